package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"bench"
	"bench/internal/require"
	"bench/sandbox/docker/enginetest"
	"bench/sandbox/docker/registrytest"
)

const outageConfig = `
dataset: {path: tasks}
sandbox: {kind: docker, build: {base_image: %s}, outage_patience: %s}
workers: {agents: 2, grading: 2}
models:
  m: {provider: scripted, script: say.yaml, price: {input: 1, output: 1}}
configurations:
  solo: {kind: single, model: m}
`

// outage is bench as a process of its own, and its engine.
type outage struct {
	*enginetest.Proxy
	t       *testing.T
	dir, id string
	said    safeBuffer
	ended   chan error
	bench   *exec.Cmd
}

// safeBuffer is written to by a process while the test reads it.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// newOutage writes an experiment of two trials.
func newOutage(t *testing.T, proxy *enginetest.Proxy, base, patience string) *outage {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{
		"bench.yaml": fmt.Sprintf(outageConfig, base, patience), "say.yaml": twoTurns(0, 2.7),
	}
	for _, task := range []string{"s", "t"} {
		addTask(files, task, 1.8)
	}
	writeAll(t, dir, files)
	o := &outage{
		Proxy: proxy, t: t, dir: dir,
		id: fmt.Sprintf("test-%d-%s", os.Getpid(), filepath.Base(filepath.Dir(dir))),
	}
	return o
}

// own has the tasks made in images that no other test has, and removed with the test.
func (o *outage) own() {
	o.t.Helper()
	for _, task := range []string{"s", "t"} {
		name := filepath.Join(o.dir, "tasks", task, "repo", "own")
		if err := os.WriteFile(name, []byte(o.dir), 0o644); err != nil {
			o.t.Fatal(err)
		}
	}
	o.t.Cleanup(func() {
		c := exec.Command("bench", "images", "prune", "-c", "bench.yaml", "--all")
		c.Dir, c.Env = o.dir, append(os.Environ(), "BENCH_CACHE="+o.dir)
		if out, err := c.CombinedOutput(); err != nil {
			o.t.Errorf("%v: %s", err, out)
		}
	})
}

// start starts bench.
func (o *outage) start(args ...string) {
	o.t.Helper()
	o.bench = exec.CommandContext(o.t.Context(), "bench", args...)
	o.bench.Dir, o.bench.Stderr = o.dir, &o.said
	o.bench.Env = append(os.Environ(), "DOCKER_HOST="+o.Host(), "BENCH_CACHE="+o.dir)
	if err := o.bench.Start(); err != nil {
		o.t.Fatal(err)
	}
	o.ended = make(chan error, 1)
	go func() { o.ended <- o.bench.Wait() }()
}

func (o *outage) run() { o.start("run", "-c", "bench.yaml", "--run-id", o.id) }

// await waits until something is so while bench runs.
func (o *outage) await(what string, so func() bool) {
	o.t.Helper()
	for end := time.Now().Add(15 * time.Minute); !so(); time.Sleep(50 * time.Millisecond) {
		select {
		case err := <-o.ended:
			o.ended <- err
			o.t.Fatalf("bench has ended (%v), before %s\n%s", err, what, &o.said)
		default:
		}
		if time.Now().After(end) {
			o.t.Fatalf("waited in vain until %s\n%s", what, &o.said)
		}
	}
}

// says waits until bench has said something.
func (o *outage) says(text string) {
	o.t.Helper()
	o.await("it says "+text, func() bool { return strings.Contains(o.said.String(), text) })
}

// runs waits until a command runs in a container of the run.
func (o *outage) runs(command string) {
	o.t.Helper()
	o.await(command+" runs", func() bool {
		for _, id := range o.containers() {
			out, err := exec.Command("docker", "top", id).Output()
			if err == nil && strings.Contains(string(out), command) {
				return true
			}
		}
		return false
	})
}

// containers are those of the run, ended ones included.
func (o *outage) containers() []string {
	o.t.Helper()
	out, err := exec.Command("docker", "ps", "-aq", "--filter", "label=bench.run="+o.id).Output()
	if err != nil {
		o.t.Fatal(err)
	}
	return strings.Fields(string(out))
}

// ends waits for the end of bench, with a status.
func (o *outage) ends(status int) {
	o.t.Helper()
	<-o.ended
	if got := o.bench.ProcessState.ExitCode(); got != status {
		o.t.Errorf("status %d, want %d\n%s", got, status, &o.said)
	}
}

// whole holds a run against one that nothing has disturbed, but for how many trials were
// taken up again.
func (o *outage) whole(taken int) {
	o.t.Helper()
	db := database(o.t, filepath.Join(o.dir, "bench.db"))
	var trials, resolved, calls, grades, again int
	var state string
	scan(o.t, db, "select count(*), sum(outcome = 'resolved') from v_trials", &trials, &resolved)
	scan(o.t, db, "select count(*) from llm_calls where error is null", &calls)
	scan(o.t, db, "select count(*) from grades", &grades)
	scan(o.t, db, "select state from runs", &state)
	scan(o.t, db, "select count(*) from events where payload ->> '$.code' = 'machine_lost'", &again)
	if trials != 2 || resolved != 2 || calls != 6 || grades != 2 || state != string(bench.RunDone) {
		o.t.Errorf("%d trials, %d resolved, %d calls, %d grades, %s\n%s", trials, resolved, calls, grades,
			state, &o.said)
	}
	if taken >= 0 && again != taken {
		o.t.Errorf("%d trials were taken up again, want %d\n%s", again, taken, &o.said)
	}
	recountIn(o.t, o.dir, o.id)
	if left := o.containers(); len(left) > 0 {
		o.t.Errorf("containers %v are left\n%s", left, &o.said)
	}
}

// TestEngineOutage: the one engine of a run is gone for a while. Trials wait for it, those
// that were under way are taken up again from their logs, and nothing is done twice.
func TestEngineOutage(t *testing.T) {
	require.Image(t, "bench-test/bullseye")
	t.Parallel()
	for name, c := range map[string]struct {
		cut   func(o *outage)
		taken int // -1: as it comes
	}{
		"while images are built":       {func(o *outage) { o.own(); o.On("/build?", o.Cut) }, 0},
		"while containers are created": {func(o *outage) { o.On("/containers/create?name=bench-s", o.Cut) }, 0},
		"while containers start":       {func(o *outage) { o.On("/start", o.Cut) }, 0},
		"in a command":                 {func(o *outage) { o.runs("sleep 2.7"); o.Cut() }, -1},
		"in tests":                     {func(o *outage) { o.runs("sleep 1.8"); o.Cut() }, -1},
		"with containers that stay":    {func(o *outage) { o.runs("sleep 2.7"); o.Part() }, -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOutage(t, enginetest.NewSocket(t), "bench-test/bullseye", "5m")
			if c.taken == 0 {
				c.cut(o)
				o.run()
			} else {
				o.run()
				c.cut(o)
			}
			o.says("the engine is gone: trials wait for it, up to 5m0s (sandbox.outage_patience): ")
			o.Mend(t)
			o.says("the engine is back")
			o.ends(0)
			o.whole(c.taken)
		})
	}
}

// The engine is back before anybody has asked whether it is gone, as one that is started by
// its socket: containers have ended by themselves.
func TestEngineRestarted(t *testing.T) {
	require.Image(t, "bench-test/bullseye")
	t.Parallel()
	o := newOutage(t, enginetest.NewSocket(t), "bench-test/bullseye", "5m")
	o.run()
	o.runs("sleep 2.7")
	for _, id := range o.containers() {
		if err := exec.Command("docker", "kill", id).Run(); err != nil {
			t.Log(err) // it has ended
		}
	}
	o.ends(0)
	o.whole(-1)
}

// An engine that takes connections and answers nothing, for a while, costs nothing. With
// -full it does so until nobody believes in it any more, which takes some minutes.
func TestEngineHangs(t *testing.T) {
	require.Image(t, "bench-test/bullseye")
	t.Parallel()
	for name, stall := range map[string]func(o *outage){
		"in a command":      func(o *outage) { o.run(); o.runs("sleep 2.7"); o.Stall() },
		"at an attachment":  func(o *outage) { o.On("/attach?", o.Stall); o.run() },
		"at a container":    func(o *outage) { o.On("/containers/create?name=bench-s", o.Stall); o.run() },
		"in tests":          func(o *outage) { o.run(); o.runs("sleep 1.8"); o.Stall() },
		"at a removal":      func(o *outage) { o.On("DELETE /", o.Stall); o.run() },
		"before it is used": func(o *outage) { o.On("/images/", o.Stall); o.run() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOutage(t, enginetest.NewSocket(t), "bench-test/bullseye", "5m")
			stall(o)
			if *full {
				o.says("the engine is gone: ")
			} else {
				o.await("it hangs", o.Stalled)
				time.Sleep(2 * time.Second) // as long as it hangs
			}
			o.Mend(t)
			o.ends(0)
			if o.whole(-1); !*full {
				o.whole(0)
			}
		})
	}
}

// The engine is gone while an image is pulled: the pull is repeated.
func TestEngineOutageInAPull(t *testing.T) {
	require.Image(t, "bench-test/bullseye")
	t.Parallel()
	r, stop := registrytest.Serve()
	defer stop()
	base := r.Host + "/t/base:latest"
	o := newOutage(t, enginetest.NewSocket(t), base, "5m")
	o.own()
	o.On("/images/create?", o.Cut)
	o.run()
	o.says("again in")
	o.Mend(t)
	o.await("it is pulled", func() bool { return o.Count("/images/create?") > 1 })
	<-o.ended // as the image can run nothing
}

// TestEngineGoneForGood: the run stops with what to do, and is carried on when the engine is
// back: nothing is lost.
func TestEngineGoneForGood(t *testing.T) {
	require.Image(t, "bench-test/bullseye")
	t.Parallel()
	for name, phase := range map[string]string{"in a command": "sleep 2.7", "in tests": "sleep 1.8"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOutage(t, enginetest.NewSocket(t), "bench-test/bullseye", "1s")
			o.run()
			o.runs(phase)
			o.Cut()
			o.ends(int(bench.ExitError))
			for _, want := range []string{
				"the engine is gone: ",
				"stopped: sandbox lost: not reached: the engine has not answered for 1s (sandbox.outage_patience)",
				"nothing is lost: when that is mended, bench resume " + o.id,
			} {
				if !strings.Contains(o.said.String(), want) {
					t.Errorf("it does not say %q\n%s", want, &o.said)
				}
			}
			o.Mend(t)
			o.start("resume", o.id)
			o.ends(0)
			o.whole(-1)
		})
	}
}
