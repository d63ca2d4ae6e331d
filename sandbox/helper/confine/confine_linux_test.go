package confine_test

import (
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"bench/sandbox"
	"bench/sandbox/helper"
)

// The kernel's numbers of rights.
const (
	setPCap  = 8
	netAdmin = 12
)

// child is a helper in a network namespace of its own, with root's rights there.
type child struct {
	io.Reader
	io.WriteCloser
}

// start starts a helper that confines itself. It inherits the rights to do so the way
// that Docker before 20.10.14 hands them down.
func start(t *testing.T) *helper.Client {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, helper.Arg, helper.ConfineArg, helper.OwnLinks, "10.0.0.0/8")
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
		AmbientCaps: []uintptr{netAdmin, setPCap},
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Skipf("no user namespace: %v", err)
	}
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	c, err := helper.Dial(t.Context(), child{out, in})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// Rights that were inheritable are given up, too: root would get them back when it
// starts a program.
func TestInheritableRights(t *testing.T) {
	t.Parallel()
	p, err := start(t).Start(t.Context(), sandbox.Shell("cat /proc/self/status"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(p)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for line := range strings.Lines(string(out)) {
		name, hex, _ := strings.Cut(line, ":")
		if !strings.HasPrefix(name, "Cap") {
			continue
		}
		found++
		set, err := strconv.ParseUint(strings.TrimSpace(hex), 16, 64)
		if err != nil || set&(1<<netAdmin|1<<setPCap) != 0 {
			t.Errorf("%s, %v", line, err)
		}
	}
	if found != 5 {
		t.Errorf("%d sets of rights in %s", found, out)
	}
	if _, err := p.Wait(); err != nil {
		t.Error(err)
	}
}
