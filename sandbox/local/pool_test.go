package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"bench"
	"bench/sandbox"
	"bench/sandbox/sandboxtest"
)

func create(t *testing.T, p *Pool, task bench.Task) (sandbox.Sandbox, error) {
	t.Helper()
	box, err := p.Create(t.Context(), sandbox.Spec{Purpose: sandbox.ForAgent, Task: task})
	if err == nil {
		t.Cleanup(func() { box.Close(context.Background()) })
	}
	return box, err
}

func must(t *testing.T, p *Pool, task bench.Task) sandbox.Sandbox {
	t.Helper()
	box, err := create(t, p, task)
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func sh(t *testing.T, box sandbox.Sandbox, script string) string {
	t.Helper()
	r, err := sandbox.Run(t.Context(), box, sandbox.Shell(script), nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Code != 0 {
		t.Fatalf("%s: exit %d: %s", script, r.Code, r.Output)
	}
	return string(r.Output)
}

// counting returns a setup command that leaves a line in the file each time it
// is run, outside of all sandboxes.
func counting(t *testing.T) (command string, runs func() int) {
	file := filepath.Join(t.TempDir(), "runs")
	return "echo run >>" + file, func() int {
		b, _ := os.ReadFile(file)
		return bytes.Count(b, []byte("\n"))
	}
}

func TestSetupRunsOncePerTask(t *testing.T) {
	p, task := newPool(t), sandboxtest.Task(t)
	count, runs := counting(t)
	task.Source.Setup = []string{count, "mkdir -p build/deep && echo made >build/deep/f",
		"echo home >~/h; ln -s f build/deep/l; chmod 500 build/deep; touch -d @1000000000 README"}
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			box := must(t, p, task)
			got := sh(t, box, "cat build/deep/l ~/h; stat -c '%a %Y' build/deep README; git status --short")
			lines := strings.Split(got, "\n")
			if lines[0] != "made" || lines[1] != "home" || !strings.HasPrefix(lines[2], "500 ") ||
				lines[3] != "644 1000000000" || lines[4] != "?? build/" {
				t.Errorf("got %q", lines)
			}
		})
	}
	wg.Wait()
	if n := runs(); n != 1 {
		t.Errorf("setup ran %d times for 5 sandboxes", n)
	}
}

// TestSetupThatNamesItsDirectory: what leads back to the directory it was made
// in, as a Python environment does, must not be copied.
func TestSetupThatNamesItsDirectory(t *testing.T) {
	for name, command := range map[string]string{
		"file": `pwd >built`, "link": `ln -s "$PWD/README" built`, "home": `echo "$PWD" >~/built`,
	} {
		t.Run(name, func(t *testing.T) {
			p, task := newPool(t), sandboxtest.Task(t)
			count, runs := counting(t)
			task.Source.Setup = []string{count, command}
			for i := range 2 {
				box := must(t, p, task)
				dir := filepath.Dir(box.Workdir())
				got := sh(t, box, "cat built 2>/dev/null || cat ~/built; readlink built || true")
				if name != "link" && got != box.Workdir()+"\n" ||
					name == "link" && got != "a tree\n"+box.Workdir()+"/README\n" {
					t.Errorf("sandbox %s: %q leads elsewhere", dir, got)
				}
				if n := runs(); n != i+2 { // once to see, once for each
					t.Errorf("setup ran %d times for %d sandboxes", n, i+1)
				}
			}
		})
	}
}

func TestSetupThatFails(t *testing.T) {
	p, task := newPool(t), sandboxtest.Task(t)
	file := filepath.Join(t.TempDir(), "present")
	task.Source.Setup = []string{"echo some words; test -e " + file}
	_, err := create(t, p, task)
	if err == nil || !strings.Contains(err.Error(), "some words") ||
		!strings.Contains(err.Error(), "exit status 1") {
		t.Errorf("got error %v", err)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := create(t, p, task); err != nil {
		t.Errorf("second attempt: %v", err)
	}
}

func TestTasksDoNotMix(t *testing.T) {
	p, a, b := newPool(t), sandboxtest.Task(t), sandboxtest.Task(t)
	if err := os.WriteFile(filepath.Join(b.Source.Tree, "README"), []byte("b\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	got := sh(t, must(t, p, a), "cat README") + sh(t, must(t, p, b), "cat README")
	if got != "a tree\nb\n" {
		t.Errorf("got %q", got)
	}
}

func TestTaskWithoutRepository(t *testing.T) {
	_, err := create(t, newPool(t), bench.Task{InstanceID: "x__y-1"})
	if err == nil || !strings.Contains(err.Error(), "x__y-1") ||
		!strings.Contains(err.Error(), "docker") {
		t.Errorf("got error %v", err)
	}
}

func TestClosedPoolCreatesNothing(t *testing.T) {
	p, err := New(Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	task := sandboxtest.Task(t)
	box := must(t, p, task)
	box.Close(t.Context())
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(p.parent); len(left) != 0 {
		t.Errorf("%d files are left", len(left))
	}
	if _, err := create(t, p, task); err == nil {
		t.Error("no error")
	}
}

func TestCancelledCreateLeavesNothing(t *testing.T) {
	p, task := newPool(t), sandboxtest.Task(t)
	must(t, p, task)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := p.Create(ctx, sandbox.Spec{Task: task})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v", err)
	}
	if boxes, _ := filepath.Glob(filepath.Join(p.root, "box-*")); len(boxes) != 1 {
		t.Errorf("%d sandboxes, want 1", len(boxes))
	}
}

func TestWrongHelper(t *testing.T) {
	p, err := New(Options{Dir: t.TempDir(), HelperPath: "/bin/false"})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if _, err = create(t, p, sandboxtest.Task(t)); !errors.Is(err, sandbox.ErrLost) {
		t.Errorf("got error %v", err)
	}
}

// TestReap has a process of its own make a sandbox and die.
func TestReap(t *testing.T) {
	if dir := os.Getenv("BENCH_TEST_REAP"); dir != "" {
		p, err := New(Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		box := must(t, p, sandboxtest.Task(t))
		fmt.Println("pid", strings.TrimSpace(sh(t, box, "setsid sleep 1000 >/dev/null 2>&1 & echo $!")))
		os.Exit(9) // no clean-up
	}
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestReap$", "-test.v")
	cmd.Env = append(os.Environ(), "BENCH_TEST_REAP="+dir)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != 9 {
		t.Fatalf("%v: %s", err, out)
	}
	_, rest, _ := strings.Cut(string(out), "pid ")
	pid, _, _ := strings.Cut(rest, "\n")
	p, err := New(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	live := must(t, p, sandboxtest.Task(t))
	if n, err := p.Reap(t.Context()); n != 1 || err != nil {
		t.Errorf("reaped %d, %v", n, err)
	}
	if n, err := p.Reap(t.Context()); n != 0 || err != nil {
		t.Errorf("reaped %d once more, %v", n, err)
	}
	if got := sh(t, live, "cat README; test -e /proc/"+pid+" && echo $(cat /proc/"+pid+
		"/stat) || true"); got != "a tree\n" && !strings.Contains(got, ") Z ") {
		t.Errorf("the live one says %q", got)
	}
	if roots, _ := os.ReadDir(dir); len(roots) != 1 {
		t.Errorf("%d directories, want that of the live one", len(roots))
	}
}

func TestEnvironmentIsAListOfWhatIsLetIn(t *testing.T) {
	outside := map[string]string{
		"PATH": "/p", "HOME": "/home/u", "OPENROUTER_API_KEY": "sk", "AWS_SECRET_ACCESS_KEY": "s",
		"LANG": "de_DE.UTF-8", "GOFLAGS": "-mod=mod", "GOPROXY": "https://user:pass@proxy",
		"GOMODCACHE": "/m", "GOCACHE": "/c", "SSH_AUTH_SOCK": "/s",
	}
	got := environment("/box", func(name string) (string, bool) {
		v, ok := outside[name]
		return v, ok
	})
	slices.Sort(got)
	want := "GOCACHE=/c GOFLAGS=-mod=mod GOMODCACHE=/m HOME=/box/home LANG=de_DE.UTF-8 " +
		"PATH=/p TERM=dumb TMPDIR=/box/tmp"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
	got = environment("/box", func(name string) (string, bool) {
		return map[string]string{"HOME": "/home/u"}[name], name == "HOME"
	})
	if !slices.Contains(got, "GOMODCACHE=/home/u/go/pkg/mod") ||
		!slices.Contains(got, "LANG=C.UTF-8") {
		t.Errorf("defaults: %s", got)
	}
}

// BenchmarkLife measures the making and removing of a sandbox.
func BenchmarkLife(b *testing.B) {
	p := newPool(b)
	spec := sandbox.Spec{Purpose: sandbox.ForAgent, Task: sandboxtest.Task(b)}
	for b.Loop() {
		box, err := p.Create(b.Context(), spec)
		if err != nil {
			b.Fatal(err)
		}
		if err := box.Close(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkStep measures a command.
func BenchmarkStep(b *testing.B) {
	p := newPool(b)
	box, err := p.Create(b.Context(), sandbox.Spec{Task: sandboxtest.Task(b)})
	if err != nil {
		b.Fatal(err)
	}
	defer box.Close(b.Context())
	for b.Loop() {
		r, err := sandbox.Run(b.Context(), box, sandbox.Shell("echo hi"), nil)
		if err != nil || string(r.Output) != "hi\n" {
			b.Fatal(r, err)
		}
	}
}
