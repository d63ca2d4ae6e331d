package docker

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bench/internal/require"
	"bench/sandbox"
)

// overSSH starts a real sshd on loopback, for this user and with keys of its own, and
// returns the host of the engine behind it, and how
// often somebody has logged in.
func overSSH(t testing.TB) (host string, logins func() int) {
	t.Helper()
	require.Docker(t)
	require.Program(t, "ssh")
	sshd := require.Program(t, "sshd")
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"host", "own"} {
		cmd := exec.CommandContext(t.Context(), "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
			filepath.Join(dir, key))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatal(err, string(out))
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	config := write("sshd_config", fmt.Sprintf("Port %d\nListenAddress 127.0.0.1\nHostKey %s/host\n"+
		"AuthorizedKeysFile %s/own.pub\nPidFile none\nStrictModes no\nUsePAM no\n"+
		"PasswordAuthentication no\nPermitRootLogin yes\n", port, dir, dir))
	// The client finds its key and the server's as users have it: in its configuration.
	client := write("ssh_config", fmt.Sprintf("Host *\n IdentityFile %s/own\n IdentitiesOnly yes\n"+
		" UserKnownHostsFile %s/known\n StrictHostKeyChecking accept-new\n", dir, dir))
	write("ssh", fmt.Sprintf("#!/bin/sh\nexec %s -F %s \"$@\"\n", require.Program(t, "ssh"), client))
	if err := os.Chmod(filepath.Join(dir, "ssh"), 0o700); err != nil {
		t.Fatal(err)
	}
	_ = os.Mkdir("/run/sshd", 0o755) // where root's sshd goes to be nobody
	server := exec.CommandContext(t.Context(), sshd, "-D", "-e", "-f", config)
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	server.Stderr = log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	host = fmt.Sprintf("ssh://%s@127.0.0.1:%d", me.Username, port)
	logins = func() int {
		said, _ := os.ReadFile(log.Name())
		return strings.Count(string(said), "Accepted publickey")
	}
	t.Cleanup(func() {
		exec.Command("ssh", "-o", "ControlPath="+controlPath(), "-p", fmt.Sprint(port), "-O", "exit",
			me.Username+"@127.0.0.1").Run()
		server.Process.Kill()
		server.Wait()
	})
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			conn.Close()
			return host, logins
		}
		if time.Now().After(end) {
			said, _ := os.ReadFile(log.Name())
			t.Fatalf("no sshd: %v\n%s", err, said)
		}
	}
}

// TestOverSSH: sandboxes on an engine behind a real sshd. All that goes to it is one
// connection, with one login.
func TestOverSSH(t *testing.T) {
	task := onImage(t, debian)
	host, logins := overSSH(t)
	p := newPool(t, Options{Host: host})
	box := open(t, p, task, sandbox.ForAgent)
	for n := range 20 {
		res, err := sandbox.Run(t.Context(), box, sandbox.Shell(fmt.Sprintf("echo %d", n)), nil)
		if err != nil || string(res.Output) != fmt.Sprintln(n) {
			t.Fatalf("%q, %v", res.Output, err)
		}
	}
	if err := box.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if n := logins(); n != 1 {
		t.Errorf("%d logins", n)
	}
	if _, err := New(t.Context(), Options{Host: strings.Replace(host, "@127", "@nowhere.127", 1)}); err == nil {
		t.Error("an engine where there is none")
	}
}

// TestControlPath: the socket is where nobody else can put one, or there is none.
func TestControlPath(t *testing.T) {
	home, err := os.MkdirTemp("", "h") // shorter than that of a test
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	t.Setenv("XDG_CACHE_HOME", "")
	for _, home := range []string{home, "/" + strings.Repeat("x", 100)} {
		t.Setenv("HOME", home)
		cache, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		want := filepath.Join(cache, "bench", "ssh-%C")
		if len(filepath.Dir(want)) > longestControl {
			want = ""
		}
		if got := controlPath(); got != want {
			t.Errorf("%s: %q, want %q", home, got, want)
		}
		shared := strings.Contains(fmt.Sprint(sharedConnection()), "ControlMaster")
		if shared != (want != "") {
			t.Errorf("%s: shared %v", home, shared)
		}
	}
}

// BenchmarkStepOverSSH measures what BenchmarkStep/helper does, on this machine and over
// ssh to it; ceiling: ssh/local ≤ 1.5.
func BenchmarkStepOverSSH(b *testing.B) {
	task := onImage(b, debian)
	host, _ := overSSH(b)
	for name, o := range map[string]Options{"local": {}, "ssh": {Host: host}} {
		box := open(b, newPool(b, o), task, sandbox.ForAgent).(*box)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				viaHelper(b, box)
			}
		})
	}
}
