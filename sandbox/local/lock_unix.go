//go:build unix

package local

import (
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// A pool's directory belongs to the process that holds the lock on a file in it, which
// the kernel takes away from a process that dies.

// hold locks dir for this process. The file gets its name only once it is
// locked, so that there is no moment at which the directory looks abandoned.
func hold(dir string) (io.Closer, error) {
	f, err := os.CreateTemp(dir, lockName+"-")
	if err != nil {
		return nil, err
	}
	if err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, lockName))
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// abandoned reports whether the holder of dir is gone, and locks it if so.
func abandoned(dir string) (io.Closer, bool) {
	f, err := os.Open(filepath.Join(dir, lockName))
	if err != nil {
		return nil, false
	}
	if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
		f.Close()
		return nil, false
	}
	return f, true
}
