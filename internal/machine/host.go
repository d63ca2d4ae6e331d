package machine

import (
	"os"
	"runtime"

	"bench"
)

// Host describes this machine. What it does not tell is left out.
func Host() bench.Host {
	h := bench.Host{OS: runtime.GOOS, Arch: runtime.GOARCH, CPUs: runtime.NumCPU()}
	if name, err := os.Hostname(); err == nil {
		h.Name = name
	}
	h.Memory, h.Kernel = memory(), kernel()
	return h
}
