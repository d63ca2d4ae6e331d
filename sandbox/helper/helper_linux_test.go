package helper

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"bench/sandbox"
)

const patience = time.Minute

// child is a helper of this machine.
type child struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out io.ReadCloser
}

func (c *child) Read(p []byte) (int, error)  { return c.out.Read(p) }
func (c *child) Write(p []byte) (int, error) { return c.in.Write(p) }
func (c *child) Close() error                { c.in.Close(); return c.out.Close() }

// spawn starts a helper, which the test's end ends.
func spawn(t testing.TB) *child {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: exec.Command(self, Arg)}
	c.cmd.Dir = t.TempDir()
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if c.out, err = c.cmd.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		c.cmd.Wait()
	})
	return c
}

func connect(t testing.TB, c *child) *Client {
	t.Helper()
	client, err := Dial(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func start(t testing.TB, c *Client, cmd sandbox.Cmd) sandbox.Process {
	t.Helper()
	p, err := c.Start(t.Context(), cmd)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// line reads output up to a newline.
func line(t testing.TB, r io.Reader) string {
	t.Helper()
	var s []byte
	for b := make([]byte, 1); ; {
		if _, err := io.ReadFull(r, b); err != nil {
			t.Fatalf("read a line: %v after %q", err, s)
		}
		if b[0] == '\n' {
			return string(s)
		}
		s = append(s, b[0])
	}
}

func alive(t testing.TB, pid string) bool {
	t.Helper()
	n, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatal(err)
	}
	stat, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	if err != nil {
		return syscall.Kill(n, 0) == nil
	}
	state, _, _ := strings.Cut(string(stat[bytes.LastIndexByte(stat, ')')+2:]), " ")
	return state != "Z"
}

func dies(t testing.TB, pid string) {
	t.Helper()
	for end := time.Now().Add(patience); alive(t, pid); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("process %s is still alive", pid)
		}
	}
}

// hermit starts a child that has left session, parent and environment, and
// prints its process id.
const hermit = `env -i /bin/sh -c 'setsid sh -c "echo \$\$; exec sleep 1000" & exit'; `

func TestTheEndOfTheStreamEndsAll(t *testing.T) {
	for name, end := range map[string]func(*child){
		"closed":        func(c *child) { c.in.Close() },
		"helper killed": func(c *child) { c.cmd.Process.Kill() },
	} {
		t.Run(name, func(t *testing.T) {
			c := spawn(t)
			client := connect(t, c)
			running := start(t, client, sandbox.Shell(hermit+"echo $$; sleep 1000"))
			left := start(t, client, sandbox.Shell(hermit+"sleep 0.5; exit"))
			pids := []string{line(t, running), line(t, running), line(t, left)}
			left.Wait()
			end(c)
			for _, pid := range pids {
				dies(t, pid)
			}
			if _, err := running.Wait(); !errors.Is(err, sandbox.ErrLost) {
				t.Errorf("wait: %v", err)
			}
		})
	}
}

func TestAReaperKilledTakesItsTreeWithIt(t *testing.T) {
	c := spawn(t)
	client := connect(t, c)
	p := start(t, client, sandbox.Shell(hermit+"echo $PPID; sleep 1000"))
	pids := []string{line(t, p), line(t, p)} // the hermit's and the reaper's, in any order
	other := start(t, client, sandbox.Shell("echo $$; sleep 1000"))
	bystander := line(t, other)
	var reaper string
	for _, pid := range pids {
		stat, err := os.ReadFile("/proc/" + pid + "/stat")
		if err != nil {
			t.Fatal(err)
		}
		if _, parent, _ := parseStat(stat); parent == c.cmd.Process.Pid {
			reaper = pid
		}
	}
	n, err := strconv.Atoi(reaper)
	if err != nil {
		t.Fatalf("no reaper among %v", pids)
	}
	syscall.Kill(n, syscall.SIGKILL)
	if e, err := p.Wait(); e.Code != 137 || err != nil {
		t.Errorf("exit %+v, %v", e, err)
	}
	for _, pid := range pids {
		dies(t, pid)
	}
	if !alive(t, bystander) {
		t.Error("another command was killed too")
	}
	r := start(t, client, sandbox.Shell("echo hi"))
	if got := line(t, r); got != "hi" {
		t.Errorf("next command: %q", got)
	}
}

func TestReapersAreReused(t *testing.T) {
	c := spawn(t)
	client := connect(t, c)
	parents := map[string]bool{}
	for range 30 {
		p := start(t, client, sandbox.Shell("echo $PPID"))
		parents[line(t, p)] = true
		p.Wait()
	}
	if len(parents) != 1 {
		t.Errorf("30 commands in turn had %d reapers", len(parents))
	}
	// One that minds a child is not.
	p := start(t, client, sandbox.Shell("sleep 1000 & echo $PPID; exit"))
	minder := line(t, p)
	p.Wait()
	for range 10 {
		p := start(t, client, sandbox.Shell("echo $PPID"))
		if line(t, p) == minder {
			t.Fatal("a command shares the reaper of another one's child")
		}
		p.Wait()
	}
}

func TestCommandsCannotReachTheHelper(t *testing.T) {
	c := spawn(t)
	client := connect(t, c)
	if os.Getuid() == 0 {
		t.Skip("root may do everything here; in containers it may not")
	}
	p := start(t, client, sandbox.Shell("echo x >/proc/$PPID/fd/1 && echo reached"))
	out, _ := io.ReadAll(p)
	if strings.Contains(string(out), "reached\n") {
		t.Error("a command writes to its reaper's descriptors")
	}
}

// TestOutputIsBounded speaks the protocol by hand: without credit a flood
// stops at the window.
func TestOutputIsBounded(t *testing.T) {
	c := spawn(t)
	if f, err := readFrame(c); err != nil || f.kind != kindHello {
		t.Fatal(f, err)
	}
	flood := command{args: []string{"yes"}}
	c.Write(frame{kindExec, 1, flood.append(nil)}.append(nil))
	got := 0
	for got < window {
		f, err := readFrame(c)
		if err != nil || f.kind != kindData {
			t.Fatal(f.kind, err)
		}
		got += len(f.data)
	}
	c.Write(frame{kind: kindPing}.append(nil))
	if f, err := readFrame(c); err != nil || f.kind != kindPong || got != window {
		t.Errorf("after %d bytes: frame %d, %v", got, f.kind, err)
	}
	c.Write(frame{kindCredit, 1, binary.BigEndian.AppendUint32(nil, 10)}.append(nil))
	if f, err := readFrame(c); err != nil || f.kind != kindData || len(f.data) != 10 {
		t.Errorf("10 bytes of credit: frame %d of %d bytes, %v", f.kind, len(f.data), err)
	}
}

func TestAHelperRefusesNonsense(t *testing.T) {
	for name, nonsense := range map[string][]byte{
		"no frame":       []byte("GET / HTTP/1.1\r\n\r\n"),
		"torn frame":     {byte(kindExec), 0, 0},
		"torn command":   frame{kindExec, 1, []byte{9}}.append(nil),
		"frame for us":   frame{kindExit, 1, nil}.append(nil),
		"unknown call":   frame{kindExec, 1, []byte{}}.append(nil),
		"enormous frame": {byte(kindData), 0, 0, 0, 1, 0x7f, 0, 0, 0},
	} {
		c := spawn(t)
		go c.in.Write(nonsense)
		if name == "torn frame" {
			time.AfterFunc(100*time.Millisecond, func() { c.in.Close() })
		}
		if name == "frame for us" {
			c.Close() // it concerns no call, so it is passed over
			continue
		}
		io.Copy(io.Discard, c)
		if err := c.cmd.Wait(); err == nil {
			t.Errorf("%s: exit status 0", name)
		}
	}
}

func TestABusyHelperIsNotLost(t *testing.T) {
	times := patient
	times.ping, times.pong = 20*time.Millisecond, 10*time.Second
	client, err := dial(t.Context(), spawn(t), times)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	p := start(t, client, sandbox.Shell("sleep 0.5"))
	if e, err := p.Wait(); e.Code != 0 || err != nil {
		t.Errorf("exit %+v, %v", e, err)
	}
}

// A process that was stopped has heard nothing for long, and asks before it gives up.
func TestAHelperIsNotLostInAStandstill(t *testing.T) {
	times := patient
	times.ping, times.pong = 100*time.Millisecond, 20*time.Second
	client, err := dial(t.Context(), spawn(t), times)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	p := start(t, client, sandbox.Shell("sleep 1"))
	client.mu.Lock()
	client.heard = time.Now().Add(-time.Hour)
	client.mu.Unlock()
	if e, err := p.Wait(); e.Code != 0 || err != nil {
		t.Errorf("exit %+v, %v", e, err)
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{"run": 0o755, "plain": 0o644} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	os.Mkdir(filepath.Join(dir, "folder"), 0o755)
	for _, c := range []struct {
		name, path, want string
		code             int
	}{
		{"run", "/none:" + dir, dir + "/run", 0}, {"plain", dir, "", 126}, {"folder", dir, "", 127},
		{"none", dir, "", 127}, {"run", "", "", 127}, {"run", ".", dir + "/run", 0},
		{"./x", "", "./x", 0},
	} {
		got, code := find(c.name, dir, []string{"PATH=/wrong", "PATH=" + c.path})
		if got != c.want || code != c.code {
			t.Errorf("find %s in %q: %q, %d", c.name, c.path, got, code)
		}
	}
}

func TestEnvironment(t *testing.T) {
	got := environment([]string{"A=1", "B=2", "odd"}, []string{"A=3", "C=4", "C=5"})
	if s := strings.Join(got, " "); s != "A=3 B=2 C=5" {
		t.Errorf("got %s", s)
	}
}

// BenchmarkStep measures a command without a container around it.
func BenchmarkStep(b *testing.B) {
	c := spawn(b)
	client := connect(b, c)
	for b.Loop() {
		p := start(b, client, sandbox.Shell("echo hi"))
		out, _ := io.ReadAll(p)
		if e, err := p.Wait(); err != nil || e.Code != 0 || string(out) != "hi\n" {
			b.Fatal(e, err, string(out))
		}
	}
}

// TestALateKillHitsNobodyElse: reapers go from command to command, and a kill
// may arrive when its command has just ended.
func TestALateKillHitsNobodyElse(t *testing.T) {
	client := connect(t, spawn(t))
	for i := range 300 {
		a := start(t, client, sandbox.Shell("exit"))
		killed := make(chan struct{})
		go func() {
			defer close(killed)
			time.Sleep(time.Duration(i%40) * 50 * time.Microsecond)
			a.Signal("KILL")
			a.Kill()
		}()
		b := start(t, client, sandbox.Shell("echo hi"))
		out, _ := io.ReadAll(b)
		if e, err := b.Wait(); e.Code != 0 || err != nil || string(out) != "hi\n" {
			t.Fatalf("command %d: %+v, %v, %q", i, e, err, out)
		}
		<-killed
	}
}
