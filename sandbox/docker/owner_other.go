//go:build !linux

package docker

import (
	"errors"
	"os"
	"syscall"
)

func thisMachine() (boot, space string) { return "", "" }

func started(int) string { return "" }

// running errs on the side of the living.
func running(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	return !errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone)
}
