package helper

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// bytesReadable is the ioctl that tells how much a pipe holds.
const bytesReadable = unix.TIOCINQ

func dup2(from, to int) error { return unix.Dup3(from, to, 0) }

// pipe makes a pipe whose ends are not inherited by accident.
func pipe() (r, w int, err error) {
	var p [2]int
	err = unix.Pipe2(p[:], unix.O_CLOEXEC)
	return p[0], p[1], err
}

// socket makes a socket for streams whose calls do not block.
func socket(family int) (fd int, err error) {
	return unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
}

// accept takes a connection, whose calls do not block either; EAGAIN if there is none.
func accept(listener int) (fd int, err error) {
	fd, _, err = unix.Accept4(listener, unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK)
	return fd, err
}

// lastChange is when a file, or what is known of it, was changed the last time.
func lastChange(st *syscall.Stat_t) time.Time { return time.Unix(st.Ctim.Unix()) }
