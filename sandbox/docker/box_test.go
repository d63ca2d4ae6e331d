package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"

	"bench"
	"bench/internal/require"
	"bench/sandbox"
	"bench/sandbox/docker/images"
	"bench/sandbox/sandboxtest"
)

func sh(t testing.TB, box sandbox.Sandbox, script string) sandbox.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := sandbox.Run(ctx, box, sandbox.Shell(script), nil)
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return r
}

func inspect(t testing.TB, b sandbox.Sandbox) container.InspectResponse {
	t.Helper()
	box := b.(*box)
	c, err := box.pool.engine.ContainerInspect(t.Context(), box.id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWhatAnAgentMay(t *testing.T) {
	p := newPool(t, Options{Limits: Limits{CPUs: 1.5, Memory: 256 << 20, Pids: 100}})
	box := open(t, p, onImage(t, minimal), sandbox.ForAgent)
	c := inspect(t, box)
	h := c.HostConfig
	if h.NanoCPUs != 1.5e9 || h.Memory != 256<<20 || h.MemorySwap != h.Memory || *h.PidsLimit != 100 {
		t.Errorf("limits: %+v", h.Resources)
	}
	if h.NetworkMode != "none" || !slices.Equal(h.SecurityOpt, []string{"no-new-privileges"}) ||
		h.LogConfig.Type != "none" {
		t.Errorf("host config: %+v", h)
	}
	// CHOWN 0, DAC_OVERRIDE 1, FOWNER 3, FSETID 4, KILL 5, SETGID 6, SETUID 7
	out := string(sh(t, box, "grep CapEff /proc/self/status").Output)
	if !strings.Contains(out, "00000000000000fb") {
		t.Errorf("capabilities: %s", out)
	}
	for script, why := range map[string]string{
		"echo x >/proc/1/fd/1":                   "writes to the stream of the helper",
		"cat /proc/1/environ >/dev/null":         "reads the helper",
		"echo x >/.bench/bench-helper":           "changes the helper",
		"rm /.bench/complete":                    "changes the helper",
		"test $(ls /sys/class/net | wc -l) != 1": "has a network",
		"find / -xdev -type s | grep .":          "reaches a socket, as of the engine",
		"echo x >/proc/sys/kernel/hostname":      "changes the machine's kernel",
		"test -e /dev/sda || test -e /dev/kmsg":  "has the machine's devices",
	} {
		if r := sh(t, box, script+" 2>&1"); r.Code == 0 {
			t.Errorf("%s: a command %s", script, why)
		}
	}
	own := "chown 12:34 README; chmod 4711 README; stat -c '%u %g %a' README"
	if out := string(sh(t, box, own).Output); out != "12 34 4711\n" {
		t.Errorf("root cannot own and mark files: %s", out)
	}
}

// An agent that was given a network reaches the machine, where what it works with may
// listen, but not what hands out keys.
func TestWhatAnAgentOnANetworkReaches(t *testing.T) {
	box := open(t, newPool(t, Options{Network: "bridge"}), onImage(t, minimal), sandbox.ForAgent)
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			io.WriteString(c, "the machine")
			c.Close()
		}
	}()
	defer func() { l.Close(); <-served }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	gateway := inspect(t, box).NetworkSettings.Networks["bridge"].Gateway
	for to, want := range map[string]string{
		gateway + " " + port: "the machine", "169.254.169.254 80": "Permission denied",
	} {
		r := sh(t, box, "busybox nc -w 10 "+to+" </dev/null 2>&1")
		if !strings.Contains(string(r.Output), want) {
			t.Errorf("%s: exit %d, %s; want %s", to, r.Code, r.Output, want)
		}
	}
	// CHOWN 0, DAC_OVERRIDE 1, FOWNER 3, FSETID 4, KILL 5, SETGID 6, SETUID 7
	out := string(sh(t, box, "grep -h 'Cap[PEB]' /proc/self/status /proc/1/status").Output)
	if strings.Count(out, "00000000000000fb\n") != 6 {
		t.Errorf("capabilities: %s", out)
	}
}

func TestWhatGradingMay(t *testing.T) {
	p := newPool(t, Options{Limits: Limits{CPUs: 1, Memory: 64 << 20, Pids: 50}})
	box := open(t, p, onImage(t, minimal), sandbox.ForGrading)
	h := inspect(t, box).HostConfig
	if h.NanoCPUs != 0 || h.Memory != 0 || h.PidsLimit != nil && *h.PidsLimit > 0 ||
		!slices.Equal(h.SecurityOpt, []string{"no-new-privileges"}) || h.NetworkMode != "bridge" {
		t.Errorf("not the limits that were given, or more rights: %+v", h)
	}
	// Those of agents, NET_BIND_SERVICE 10, SYS_CHROOT 18, AUDIT_WRITE 29
	out := string(sh(t, box, "grep -h 'Cap[PEB]' /proc/self/status /proc/1/status").Output)
	if strings.Count(out, "00000000200404fb\n") != 6 {
		t.Errorf("capabilities: %s", out)
	}
	reaches(t, box)
	none := func(bench.Task) string { return "none" }
	p = newPool(t, Options{GradingLimits: Limits{Pids: 50}, GradingNetwork: none})
	box = open(t, p, onImage(t, minimal), sandbox.ForGrading)
	h = inspect(t, box).HostConfig
	if *h.PidsLimit != 50 || h.NetworkMode != "none" || box.(sandbox.NetworkNamer).Network() != "none" {
		t.Errorf("not what was asked for: %+v", h)
	}
}

// reaches holds what a container on a network may reach: nothing of this machine, of
// its neighbours, or of what tells machines of themselves.
func reaches(t *testing.T, box sandbox.Sandbox) {
	t.Helper()
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	gateway := inspect(t, box).NetworkSettings.Networks["bridge"].Gateway
	targets := []string{gateway + " " + port, "169.254.169.254 80", "10.1.2.3 80"}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() && n.IP.To4() != nil {
			targets = append(targets, n.IP.String()+" "+port)
		}
	}
	for _, to := range targets {
		r := sh(t, box, "busybox nc -w 2 "+to+" </dev/null 2>&1")
		if r.Code == 0 || !strings.Contains(string(r.Output), "Permission denied") {
			t.Errorf("%s is reached, or its packets leave: exit %d, %s", to, r.Code, r.Output)
		}
	}
	// Neither can a test undo that.
	r := sh(t, box, "busybox ip rule del pref 200 2>&1; busybox ip rule")
	if out := string(r.Output); !strings.Contains(out, "not permitted") ||
		!strings.Contains(out, "prohibit") {
		t.Errorf("the rules can be changed: %s", out)
	}
}

func TestLabelsAndImage(t *testing.T) {
	p := newPool(t, Options{})
	box := open(t, p, onImage(t, minimal), sandbox.ForAgent)
	c := inspect(t, box)
	for name, want := range map[string]string{
		labelRun: "test", labelTrial: "c/tree__tree-1#1", labelPurpose: "agent", labelOwner: p.owner,
	} {
		if c.Config.Labels[name] != want {
			t.Errorf("label %s: %q", name, c.Config.Labels[name])
		}
	}
	image := box.(sandbox.ImageNamer).Image()
	if !strings.HasPrefix(image.Name, "bench/task:") || image.Digest != c.Image {
		t.Errorf("image %+v of a container of %s", image, c.Image)
	}
	if box.Workdir() != "/testbed" || c.Config.WorkingDir != "/testbed" {
		t.Errorf("workdir %s", box.Workdir())
	}
}

func TestOutOfMemory(t *testing.T) {
	p := newPool(t, Options{Limits: Limits{Memory: 128 << 20}})
	box := open(t, p, onImage(t, minimal), sandbox.ForAgent)
	for range 2 {
		r := sh(t, box, "exec busybox dd if=/dev/zero of=/dev/null bs=1000M count=1")
		if r.Code != 137 || r.TimedOut {
			t.Errorf("exit %+v: %s", r.Exit, r.Output)
		}
	}
	if r := sh(t, box, "echo hi"); string(r.Output) != "hi\n" {
		t.Errorf("afterwards: %+v", r)
	}
}

func TestForkBomb(t *testing.T) {
	p := newPool(t, Options{Limits: Limits{Pids: 80, CPUs: 1}})
	box := open(t, p, onImage(t, debian), sandbox.ForAgent)
	cmd := sandbox.Shell("f() { f | f & }; f; sleep 1000")
	cmd.Timeout = time.Second
	for range 2 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		r, err := sandbox.Run(ctx, box, cmd, nil)
		cancel()
		if err != nil || r.Code == 0 {
			t.Fatalf("exit %+v, %v", r.Exit, err)
		}
	}
	// The shell may have given up early, for lack of processes, with its children
	// in the background. They die out or are killed with the sandbox.
	deadline := time.Now().Add(time.Minute)
	for sh(t, box, "echo hi").Code != 0 && time.Now().Before(deadline) {
		time.Sleep(50 * time.Millisecond)
	}
	if err := box.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestContainerThatEnds(t *testing.T) {
	p := newPool(t, Options{})
	box := open(t, p, onImage(t, minimal), sandbox.ForAgent).(*box)
	proc, err := box.Start(t.Context(), sandbox.Shell("sleep 1000"))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.engine.ContainerKill(t.Context(), box.id, "KILL"); err != nil {
		t.Fatal(err)
	}
	_, err = proc.Wait()
	if !errors.Is(err, sandbox.ErrLost) || !strings.Contains(err.Error(), "exit status 137") {
		t.Errorf("wait: %v", err)
	}
	if trial := box.trial; !p.Lost(trial) || p.Lost(trial) {
		t.Error("a trial that lost its container has not, or has twice")
	}
	if _, err = box.Start(t.Context(), sandbox.Shell("true")); !errors.Is(err, sandbox.ErrLost) {
		t.Errorf("start: %v", err)
	}
	if err := box.Close(t.Context()); err != nil {
		t.Errorf("close: %v", err)
	}
}

func TestContainerThatIsRemoved(t *testing.T) {
	p := newPool(t, Options{})
	box := open(t, p, onImage(t, minimal), sandbox.ForAgent).(*box)
	if err := p.remove(t.Context(), box.id); err != nil {
		t.Fatal(err)
	}
	_, err := sandbox.Run(t.Context(), box, sandbox.Shell("true"), nil)
	if !errors.Is(err, sandbox.ErrLost) {
		t.Errorf("run: %v", err)
	}
	if err := box.Close(t.Context()); err != nil {
		t.Errorf("close: %v", err)
	}
}

func TestEngineThatDies(t *testing.T) {
	proxy := viaProxy(t)
	p := newPool(t, Options{})
	task := onImage(t, minimal)
	box := open(t, p, task, sandbox.ForAgent).(*box)
	proc, err := box.Start(t.Context(), sandbox.Shell("sleep 1000"))
	if err != nil {
		t.Fatal(err)
	}
	proxy.Cut()
	if _, err := proc.Wait(); !errors.Is(err, sandbox.ErrLost) {
		t.Errorf("wait: %v", err)
	}
	if _, err := io.ReadAll(proc); !errors.Is(err, sandbox.ErrLost) {
		t.Errorf("read: %v", err)
	}
	if err := box.Close(t.Context()); err == nil {
		t.Error("close: no error, though the container is still there")
	}
	if _, err := p.Create(t.Context(), sandbox.Spec{Task: task}); !errors.Is(err, sandbox.ErrLost) {
		t.Errorf("create: %v", err)
	}
	removeLeft(t, box.id)
}

func TestNoEngine(t *testing.T) {
	t.Setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
	if _, err := New(t.Context(), Options{}); err == nil || !strings.Contains(err.Error(), "docker") {
		t.Errorf("got error %v", err)
	}
}

// TestReap has a process of its own make a sandbox and be killed. Without it
// the container ends by itself; Reap removes it, and no other one.
func TestReap(t *testing.T) {
	p := newPool(t, Options{})
	task := onImage(t, minimal)
	if os.Getenv("BENCH_TEST_REAP") != "" {
		fmt.Println("id", open(t, p, task, sandbox.ForAgent).(*box).id)
		exec.Command("kill", "-9", fmt.Sprint(os.Getpid())).Run()
	}
	live := open(t, p, task, sandbox.ForAgent)
	cmd := exec.Command(os.Args[0], "-test.run=^TestReap$", "-test.v")
	cmd.Env = append(os.Environ(), "BENCH_TEST_REAP=1")
	out, err := cmd.CombinedOutput()
	_, id, ok := strings.Cut(string(out), "id ")
	if !ok {
		t.Fatalf("%v: %s", err, out)
	}
	id, _, _ = strings.Cut(id, "\n")
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		c, err := p.engine.ContainerInspect(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if !c.State.Running {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the container outlives its owner")
		}
	}
	if n, err := p.Reap(t.Context()); n < 1 || err != nil {
		t.Errorf("reaped %d, %v", n, err)
	}
	if _, err := p.engine.ContainerInspect(t.Context(), id); err == nil {
		t.Error("the container is still there")
	}
	if r := sh(t, live, "echo hi"); string(r.Output) != "hi\n" {
		t.Errorf("the live one: %+v", r)
	}
}

func TestOwner(t *testing.T) {
	me := self()
	if got := parseOwner(me.String()); got != me || got.dead() {
		t.Errorf("%+v became %+v", me, got)
	}
	for name, c := range map[string]struct {
		change func(*owner)
		dead   bool
	}{
		"other boot":        {func(o *owner) { o.boot = "x" }, true},
		"other start":       {func(o *owner) { o.start = "1" }, true},
		"no such process":   {func(o *owner) { o.pid = 1 << 30 }, true},
		"other machine":     {func(o *owner) { o.host = "x"; o.pid = 1 << 30 }, false},
		"other namespace":   {func(o *owner) { o.space = "x"; o.pid = 1 << 30 }, false},
		"unreadable":        {func(o *owner) { *o = parseOwner("what") }, false},
		"unreadable number": {func(o *owner) { *o = parseOwner("a|b|c|d|e") }, false},
	} {
		o := me
		c.change(&o)
		if o.dead() != c.dead {
			t.Errorf("%s: dead is %t", name, !c.dead)
		}
	}
}

func TestTaskWithoutImage(t *testing.T) {
	p := newPool(t, Options{})
	_, err := p.Create(t.Context(), sandbox.Spec{Task: bench.Task{InstanceID: "x__y-1"}})
	if !errors.Is(err, images.ErrNoImage) {
		t.Errorf("got error %v", err)
	}
	task := sandboxtest.Task(t) // a tree, and nothing to build it on
	if _, err := p.Create(t.Context(), sandbox.Spec{Task: task}); !errors.Is(err, images.ErrNoImage) {
		t.Errorf("got error %v", err)
	}
}

// TestImageWithoutRepository: an image as it is pulled, with a workdir that is
// made if it is missing.
func TestImageWithoutRepository(t *testing.T) {
	require.Image(t, minimal)
	p := newPool(t, Options{Options: images.Options{
		ImageFor: func(task bench.Task) string { return task.Image },
	}})
	task := bench.Task{InstanceID: "x", Image: minimal, Source: bench.Source{Workdir: "/app/x"}}
	box := open(t, p, task, sandbox.ForGrading)
	if r := sh(t, box, "pwd"); string(r.Output) != "/app/x\n" {
		t.Errorf("got %q", r.Output)
	}
	if image := box.(sandbox.ImageNamer).Image(); image.Name != minimal {
		t.Errorf("image %+v", image)
	}
}

func TestCancelledCreateLeavesNothing(t *testing.T) {
	p := newPool(t, Options{})
	task := onImage(t, minimal)
	task.InstanceID = fmt.Sprint("cancelled-", os.Getpid())
	open(t, p, task, sandbox.ForAgent).Close(t.Context())
	for i := range 12 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*15*time.Millisecond)
		box, err := p.Create(ctx, sandbox.Spec{Purpose: sandbox.ForAgent, Task: task})
		cancel()
		if err == nil {
			box.Close(t.Context())
		}
	}
	list, err := p.engine.ContainerList(t.Context(), container.ListOptions{
		All: true, Filters: filters.NewArgs(filters.Arg("name", task.InstanceID)),
	})
	if err != nil || len(list) != 0 {
		t.Errorf("%d containers are left, %v", len(list), err)
	}
}
