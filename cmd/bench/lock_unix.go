//go:build unix

package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"bench"

	"golang.org/x/sys/unix"

	"bench/results"
)

// runLock is held by the process that works on a run. The kernel takes it from
// one that dies.
type runLock struct{ file *os.File }

// Close gives the lock back. The file goes first: whoever opens it later must
// not lock one that has no name.
func (l runLock) Close() error {
	return errors.Join(os.Remove(l.file.Name()), l.file.Close())
}

// lockRun makes this process the one that works on a run. The error is a usage
// error if another one is at it.
func lockRun(store *results.Store, id string) (io.Closer, error) {
	name := lockName(store, id)
	for {
		f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, fmt.Errorf("lock run %s: %w", id, err)
		}
		if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
			f.Close()
			return nil, bench.Usagef("run %s: another process works on it", id)
		}
		if same(f, name) {
			return runLock{f}, nil
		}
		f.Close() // removed by who held it, in between
	}
}

func same(f *os.File, name string) bool {
	mine, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(name)
	return err == nil && os.SameFile(mine, there)
}

// alive reports whether a process works on a run.
func alive(store *results.Store, id string) bool {
	f, err := os.Open(lockName(store, id))
	if err != nil {
		return false
	}
	defer f.Close()
	return unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB) != nil
}

// lockName is beside the database, so that all who use that see it.
func lockName(store *results.Store, id string) string { return store.Path() + "." + id + ".lock" }
