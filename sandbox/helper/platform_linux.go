package helper

import "golang.org/x/sys/unix"

// bytesReadable is the ioctl that tells how much a pipe holds.
const bytesReadable = unix.TIOCINQ

func dup2(from, to int) error { return unix.Dup3(from, to, 0) }

// pipe makes a pipe whose ends are not inherited by accident.
func pipe() (r, w int, err error) {
	var p [2]int
	err = unix.Pipe2(p[:], unix.O_CLOEXEC)
	return p[0], p[1], err
}
