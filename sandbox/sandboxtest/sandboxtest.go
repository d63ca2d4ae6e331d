// Package sandboxtest holds every kind of sandbox to the same promises.
package sandboxtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bench"
	"bench/sandbox"
)

// patience is how long a test waits for what should happen at once.
const patience = 60 * time.Second

// Task returns a task whose repository is a small tree of files, for kinds that
// build their machine.
func Task(t testing.TB) bench.Task {
	t.Helper()
	dir := t.TempDir()
	write := func(name, content string) {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("README", "a tree\n")
	write("src/main.txt", "line\n")
	return bench.Task{InstanceID: "tree__tree-1", Source: bench.Source{Tree: dir}}
}

// Run checks a kind of sandbox, as subtests. The function makes a sandbox that
// has a POSIX shell with the usual tools; the kit closes it.
func Run(t *testing.T, open func(t *testing.T) sandbox.Sandbox) {
	shared := open(t)
	t.Cleanup(func() { shared.Close(context.Background()) })
	k := &kit{open: open, shared: shared}
	groups := []map[string]func(*testing.T, *kit){
		commands, streams, stopping, archives, lifecycle,
	}
	for _, group := range groups {
		for _, name := range slices.Sorted(maps.Keys(group)) {
			t.Run(name, func(t *testing.T) { group[name](t, k) })
		}
	}
}

// kit is what promises are checked on.
type kit struct {
	open   func(t *testing.T) sandbox.Sandbox
	shared sandbox.Sandbox // for promises that leave it usable
}

// own opens a sandbox for one promise alone.
func (k *kit) own(t *testing.T) sandbox.Sandbox {
	t.Helper()
	box := k.open(t)
	t.Cleanup(func() { box.Close(context.Background()) })
	return box
}

// dir makes a fresh directory inside the shared sandbox.
func (k *kit) dir(t *testing.T) string {
	t.Helper()
	name := "/tmp/kit-" + strconv.FormatInt(time.Now().UnixNano(), 36)
	sh(t, k.shared, "mkdir -p "+name)
	t.Cleanup(func() {
		sandbox.Run(context.Background(), k.shared, sandbox.Shell("rm -rf "+name), nil)
	})
	return name
}

// sh runs a script that must succeed and returns its output.
func sh(t *testing.T, box sandbox.Sandbox, script string) string {
	t.Helper()
	r := run(t, box, sandbox.Shell(script))
	if r.Code != 0 {
		t.Fatalf("%s: exit %d: %s", script, r.Code, r.Output)
	}
	return string(r.Output)
}

// run runs a command and returns how it ended.
func run(t *testing.T, box sandbox.Sandbox, cmd sandbox.Cmd) sandbox.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, err := sandbox.Run(ctx, box, cmd, nil)
	if err != nil {
		t.Fatalf("%q: %v", cmd.Args, err)
	}
	return r
}

// start starts a command that the test ends.
func start(t *testing.T, box sandbox.Sandbox, cmd sandbox.Cmd) sandbox.Process {
	t.Helper()
	p, err := box.Start(t.Context(), cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Kill() })
	return p
}

// wait returns how a process ended.
func wait(t *testing.T, p sandbox.Process) sandbox.Exit {
	t.Helper()
	type result struct {
		exit sandbox.Exit
		err  error
	}
	done := make(chan result, 1)
	go func() {
		exit, err := p.Wait()
		done <- result{exit, err}
	}()
	select {
	case r := <-done:
		if r.err != nil {
			t.Fatalf("wait: %v", r.err)
		}
		return r.exit
	case <-time.After(patience):
		t.Fatal("wait does not return")
		return sandbox.Exit{}
	}
}

// readLine reads up to a newline, byte by byte so as to take nothing more.
func readLine(t *testing.T, r io.Reader) string {
	t.Helper()
	var line []byte
	b := make([]byte, 1)
	for {
		n, err := r.Read(b)
		if n > 0 {
			if b[0] == '\n' {
				return string(line)
			}
			line = append(line, b[0])
		}
		if err != nil {
			t.Fatalf("read a line: %v after %q", err, line)
		}
	}
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if holds() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}

// heartbeat is a script that appends to file for as long as it lives.
func heartbeat(file string) string {
	return "while :; do echo beat >>" + file + "; sleep 0.02; done"
}

// beats waits until the heartbeat in file is heard.
func beats(t *testing.T, box sandbox.Sandbox, file string) {
	t.Helper()
	eventually(t, "a beat in "+file, func() bool {
		return strings.TrimSpace(sh(t, box, "wc -l <"+file+" 2>/dev/null || echo 0")) > "0"
	})
}

// silent checks that the heartbeat in file has stopped: the process that beats
// every 20 ms is dead if a quarter of a second adds nothing.
func silent(t *testing.T, box sandbox.Sandbox, file string) {
	t.Helper()
	before := sh(t, box, "wc -l <"+file)
	time.Sleep(250 * time.Millisecond)
	if after := sh(t, box, "wc -l <"+file); after != before {
		t.Fatalf("%s has grown from %s to %s lines: a process is still alive",
			file, strings.TrimSpace(before), strings.TrimSpace(after))
	}
}

// lost checks that an error says that the machine is gone.
func lost(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, sandbox.ErrLost) {
		t.Errorf("%s: got error %v, want ErrLost", what, err)
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %s, want %s", what, clip(got), clip(want))
	}
}

func clip(v any) string {
	s := fmt.Sprintf("%#v", v)
	if len(s) > 300 {
		s = s[:300] + "…"
	}
	return s
}
