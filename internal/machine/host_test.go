package machine

import (
	"os"
	"runtime"
	"strings"
	"testing"
)

// TestHost: what is said of this machine is what the kernel's own files say.
func TestHost(t *testing.T) {
	t.Parallel()
	h := Host()
	if h.CPUs < 1 || h.OS != runtime.GOOS || h.Name == "" {
		t.Errorf("%+v", h)
	}
	if runtime.GOOS != "linux" {
		return
	}
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil || h.Kernel != strings.TrimSpace(string(release)) {
		t.Errorf("kernel %q, want %q, %v", h.Kernel, release, err)
	}
	if h.Memory < 1<<26 {
		t.Errorf("%d bytes of memory", h.Memory)
	}
}
