package sandboxtest

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"bench/sandbox"
)

// lifecycle are promises about the beginning and the end of a sandbox.
var lifecycle = map[string]func(*testing.T, *kit){
	"sandboxes do not share files": func(t *testing.T, k *kit) {
		a, b := k.own(t), k.own(t)
		sh(t, a, "echo changed >README; echo new >new")
		equal(t, "files", sh(t, b, "cat README; ls new 2>/dev/null || echo none"), "a tree\nnone\n")
	},
	"Close is idempotent": func(t *testing.T, k *kit) {
		box := k.own(t)
		for range 3 {
			if err := box.Close(t.Context()); err != nil {
				t.Errorf("close: %v", err)
			}
		}
	},
	"Close works with a dead context": func(t *testing.T, k *kit) {
		box := k.own(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := box.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	},
	"Close ends running commands": func(t *testing.T, k *kit) {
		box := k.own(t)
		p, err := box.Start(t.Context(), sandbox.Shell("echo ready; sleep 1000"))
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "line", readLine(t, p), "ready")
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := io.Copy(io.Discard, p)
			lost(t, "read", err)
			_, err = p.Wait()
			lost(t, "wait", err)
		})
		if err := box.Close(t.Context()); err != nil {
			t.Errorf("close: %v", err)
		}
		wg.Wait()
		lost(t, "signal", p.Signal("INT"))
		lost(t, "kill", p.Kill())
	},
	"a closed sandbox is lost": func(t *testing.T, k *kit) {
		box := k.own(t)
		box.Close(t.Context())
		_, err := box.Start(t.Context(), sandbox.Shell("true"))
		lost(t, "start", err)
		lost(t, "copy in", box.CopyIn(t.Context(), "/tmp", strings.NewReader("")))
		_, err = box.CopyOut(t.Context(), "/tmp")
		lost(t, "copy out", err)
		_, err = sandbox.Run(t.Context(), box, sandbox.Shell("true"), nil)
		lost(t, "run", err)
	},
	"Close may come at any moment": func(t *testing.T, k *kit) {
		box := k.own(t)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for {
					if _, err := sandbox.Run(t.Context(), box, sandbox.Shell("echo hi"), nil); err != nil {
						lost(t, "run", err)
						return
					}
					_, err := sandbox.ReadFile(t.Context(), box, box.Workdir()+"/README")
					if err != nil {
						lost(t, "read", err)
						return
					}
				}
			})
		}
		time.Sleep(100 * time.Millisecond)
		if err := box.Close(t.Context()); err != nil {
			t.Errorf("close: %v", err)
		}
		wg.Wait()
	},
	"commands may kill everything they can": func(t *testing.T, k *kit) {
		if _, ok := k.shared.(sandbox.ImageNamer); !ok {
			t.Skip("everything they can is this machine's")
		}
		box := k.own(t)
		background := start(t, box, sandbox.Shell("sleep 1000"))
		for range 3 {
			run(t, box, sandbox.Shell("kill -9 -1"))
			equal(t, "output", sh(t, box, "echo hi"), "hi\n")
		}
		equal(t, "code", wait(t, background).Code, 137)
	},
	"no arguments is an error": func(t *testing.T, k *kit) {
		_, err := k.shared.Start(t.Context(), sandbox.Cmd{})
		if err == nil || errors.Is(err, sandbox.ErrLost) {
			t.Errorf("got error %v", err)
		}
	},
	"many use one sandbox": func(t *testing.T, k *kit) {
		dir := k.dir(t)
		var wg sync.WaitGroup
		for i := range 12 {
			wg.Go(func() {
				name := dir + "/" + strings.Repeat("x", i+1)
				for range 5 {
					if err := sandbox.WriteFile(t.Context(), k.shared, name, []byte(name), 0o600); err != nil {
						t.Error(err)
					}
					r, err := sandbox.Run(t.Context(), k.shared, sandbox.Shell("cat "+name), nil)
					if err != nil || string(r.Output) != name {
						t.Errorf("got %q, %v", r.Output, err)
					}
				}
			})
		}
		wg.Wait()
	},
}
