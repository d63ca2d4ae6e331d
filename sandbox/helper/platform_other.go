//go:build unix && !linux

package helper

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// bytesReadable is the ioctl that tells how much a pipe holds: FIONREAD.
const bytesReadable = 0x4004667f

func dup2(from, to int) error { return unix.Dup2(from, to) }

// pipe makes a pipe whose ends are not inherited by accident.
func pipe() (r, w int, err error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	var p [2]int
	if err = unix.Pipe(p[:]); err != nil {
		return -1, -1, err
	}
	unix.CloseOnExec(p[0])
	unix.CloseOnExec(p[1])
	return p[0], p[1], nil
}
