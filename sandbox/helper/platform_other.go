//go:build unix && !linux

package helper

import (
	"syscall"
	"time"

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

// socket makes a socket for streams whose calls do not block.
func socket(family int) (fd int, err error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if fd, err = unix.Socket(family, unix.SOCK_STREAM, 0); err != nil {
		return -1, err
	}
	return fd, apart(fd)
}

// accept takes a connection, whose calls do not block either; EAGAIN if there is none.
func accept(listener int) (fd int, err error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if fd, _, err = unix.Accept(listener); err != nil {
		return -1, err
	}
	return fd, apart(fd)
}

// apart makes a descriptor that is not inherited, and whose calls do not block.
func apart(fd int) error {
	unix.CloseOnExec(fd)
	return unix.SetNonblock(fd, true)
}

// lastChange is when a file, or what is known of it, was changed the last time.
func lastChange(st *syscall.Stat_t) time.Time { return time.Unix(st.Ctimespec.Unix()) }
