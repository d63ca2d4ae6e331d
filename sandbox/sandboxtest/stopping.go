package sandboxtest

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"bench/sandbox"
)

// stopping are promises about commands that do not end by themselves.
var stopping = map[string]func(*testing.T, *kit){
	"the time limit ends a command": func(t *testing.T, k *kit) {
		cmd := sandbox.Shell("echo begun; sleep 1000; echo never")
		cmd.Timeout = 300 * time.Millisecond
		r := run(t, k.shared, cmd)
		equal(t, "timed out", r.TimedOut, true)
		equal(t, "code", r.Code, 137)
		equal(t, "output", string(r.Output), "begun\n")
		if r.Duration < cmd.Timeout {
			t.Errorf("ended after %v", r.Duration)
		}
	},
	"the time limit ends children": treeDies("sh -c '%s' & wait"),
	"the time limit ends sessions": treeDies("setsid sh -c '%s' & wait"),
	"the time limit ends orphans": treeDies(
		"sh -c \"setsid sh -c '%s' >/dev/null 2>&1 </dev/null &\"; sleep 1000"),
	"the time limit ends what forgets its environment": treeDies(
		"env -i /bin/sh -c \"PATH=/bin:/usr/bin; export PATH; (setsid sh -c '%s' &)\"; sleep 1000"),
	"the time limit ends what ignores signals": treeDies(
		"trap '' TERM INT HUP QUIT; (trap '' TERM INT HUP; %s) & wait; sleep 1000"),
	"the time limit ends a stopped command": func(t *testing.T, k *kit) {
		cmd := sandbox.Shell("kill -STOP $$; echo never")
		cmd.Timeout = 300 * time.Millisecond
		equal(t, "timed out", run(t, k.shared, cmd).TimedOut, true)
	},
	"the time limit ends a tree that keeps forking": func(t *testing.T, k *kit) {
		file := k.dir(t) + "/beat"
		cmd := sandbox.Shell(`f() { echo beat >>"$1"; sleep 0.01; f "$1" & }; f "$1"; sleep 1000`)
		cmd.Args = append(cmd.Args, "sh", file)
		cmd.Timeout = 500 * time.Millisecond
		equal(t, "timed out", run(t, k.shared, cmd).TimedOut, true)
		silent(t, k.shared, file)
	},
	"a limit that is not reached does nothing": func(t *testing.T, k *kit) {
		cmd := sandbox.Shell("sleep 0.05; exit 3")
		cmd.Timeout = patience
		r := run(t, k.shared, cmd)
		equal(t, "timed out", r.TimedOut, false)
		equal(t, "code", r.Code, 3)
	},
	"cancelling kills the tree": func(t *testing.T, k *kit) {
		file := k.dir(t) + "/beat"
		ctx, cancel := context.WithCancelCause(t.Context())
		script := "(setsid sh -c '" + heartbeat(file) + "' &); sleep 1000"
		p, err := k.shared.Start(ctx, sandbox.Shell(script))
		if err != nil {
			t.Fatal(err)
		}
		beats(t, k.shared, file)
		why := errors.New("enough")
		cancel(why)
		if _, err := io.Copy(io.Discard, p); !errors.Is(err, why) {
			t.Errorf("read: %v, want the cause", err)
		}
		exit, err := p.Wait()
		if !errors.Is(err, why) || exit.Code != 137 {
			t.Errorf("wait: exit %d, %v, want the cause and 137", exit.Code, err)
		}
		silent(t, k.shared, file)
	},
	"a cancelled context starts nothing": func(t *testing.T, k *kit) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := k.shared.Start(ctx, sandbox.Shell("true")); !errors.Is(err, context.Canceled) {
			t.Errorf("got error %v", err)
		}
	},
	"Kill returns when the tree is gone": func(t *testing.T, k *kit) {
		file := k.dir(t) + "/beat"
		p := start(t, k.shared, sandbox.Shell("(setsid sh -c '"+heartbeat(file)+"' &); sleep 1000"))
		beats(t, k.shared, file)
		if err := p.Kill(); err != nil {
			t.Fatal(err)
		}
		silent(t, k.shared, file)
		equal(t, "code", wait(t, p).Code, 137)
		if err := p.Kill(); err != nil {
			t.Errorf("second kill: %v", err)
		}
	},
	"killing one command spares the others": func(t *testing.T, k *kit) {
		a := start(t, k.shared, sandbox.Shell("sleep 1000"))
		other := sandbox.Shell("echo ready; read x; echo alive")
		other.Stdin = true
		b := start(t, k.shared, other)
		equal(t, "line", readLine(t, b), "ready")
		a.Kill()
		b.CloseInput()
		equal(t, "line", readLine(t, b), "alive")
	},
	"INT reaches the whole group": func(t *testing.T, k *kit) {
		script := `trap 'echo parent; exit 5' INT
			sh -c 'trap "echo child; exit" INT; echo ready; while :; do sleep 0.05; done' &
			while :; do sleep 0.05; done`
		p := start(t, k.shared, sandbox.Shell(script))
		// A shell ignores INT in a background child; this one's trap is its own.
		equal(t, "line", readLine(t, p), "ready")
		if err := p.Signal("INT"); err != nil {
			t.Fatal(err)
		}
		equal(t, "code", wait(t, p).Code, 5)
		out, _ := io.ReadAll(p)
		if !strings.Contains(string(out), "parent") {
			t.Errorf("output %q lacks the parent's", out)
		}
	},
	"INT ends what does not catch it": func(t *testing.T, k *kit) {
		p := start(t, k.shared, sandbox.Shell("echo ready; sleep 1000; echo never"))
		equal(t, "line", readLine(t, p), "ready")
		// A shell that is just about to fork may miss one.
		ended := make(chan struct{})
		t.Cleanup(func() { <-ended })
		go func() {
			defer close(ended)
			p.Wait()
		}()
		eventually(t, "the end", func() bool {
			p.Signal("INT")
			select {
			case <-ended:
				return true
			case <-time.After(100 * time.Millisecond):
				return false
			}
		})
		equal(t, "code", wait(t, p).Code, 130)
	},
	"TERM can be caught": func(t *testing.T, k *kit) {
		p := start(t, k.shared,
			sandbox.Shell("trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.02; done"))
		equal(t, "line", readLine(t, p), "ready")
		p.Signal("TERM")
		equal(t, "code", wait(t, p).Code, 0)
		// The shell may also tell how its sleep ended.
		if out, _ := io.ReadAll(p); !strings.Contains(string(out), "bye\n") {
			t.Errorf("output %q", out)
		}
	},
	"a background child does not delay Wait": func(t *testing.T, k *kit) {
		began := time.Now()
		out := sh(t, k.shared, "sleep 1000 & echo done")
		equal(t, "output", out, "done\n")
		if took := time.Since(began); took > patience/2 {
			t.Errorf("took %v", took)
		}
	},
	"a background child lives on": func(t *testing.T, k *kit) {
		file := k.dir(t) + "/beat"
		// It writes to the command's output as well, which is read no more.
		out := sh(t, k.shared, "sh -c 'echo $$; while :; do echo noise; echo beat >>"+file+
			"; sleep 0.01; done' & sleep 0.1")
		pid, _, _ := strings.Cut(out, "\n")
		sh(t, k.shared, "rm -f "+file)
		beats(t, k.shared, file)
		sh(t, k.shared, "kill -9 "+pid)
		silent(t, k.shared, file)
	},
	"a background child may flood": func(t *testing.T, k *kit) {
		out := sh(t, k.shared, "sh -c 'echo $$; exec yes flood' & sleep 0.1")
		pid, _, _ := strings.Cut(out, "\n")
		equal(t, "output", sh(t, k.shared, "echo hi"), "hi\n")
		sh(t, k.shared, "kill -9 "+pid) // it is alive still
	},
	"the dead are buried": func(t *testing.T, k *kit) {
		pids := k.dir(t) + "/pids"
		script := "(sh -c 'echo $$ >>" + pids + "; sleep 0.05' &)" // orphans while they live
		sh(t, k.shared, strings.Repeat(script+"; ", 5)+"sleep 0.01")
		eventually(t, "all orphans are gone, none is a zombie", func() bool {
			return sh(t, k.shared, "for p in $(cat "+pids+"); do test ! -e /proc/$p || echo $p; done") == ""
		})
		equal(t, "orphans", len(strings.Fields(sh(t, k.shared, "cat "+pids))), 5)
	},
}

// treeDies checks that a script that holds a heartbeat at %s is killed whole.
func treeDies(script string) func(*testing.T, *kit) {
	return func(t *testing.T, k *kit) {
		file := k.dir(t) + "/beat"
		cmd := sandbox.Shell(strings.Replace(script, "%s", heartbeat(file), 1))
		cmd.Timeout = 600 * time.Millisecond
		r := run(t, k.shared, cmd)
		equal(t, "timed out", r.TimedOut, true)
		if n := strings.Count(sh(t, k.shared, "cat "+file), "beat"); n == 0 {
			t.Fatalf("the tree never beat: %s", r.Output)
		}
		silent(t, k.shared, file)
	}
}
