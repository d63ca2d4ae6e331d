//go:build unix

package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

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
	return lockFile(store.Path(), id, "run "+id)
}

// lockFile is lockRun for anything that is done with a database.
func lockFile(db, id, what string) (io.Closer, error) {
	name := lockName(db, id)
	for {
		f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, fmt.Errorf("lock %s: %w", what, err)
		}
		if lockAlone(f) != nil {
			f.Close()
			return nil, bench.Usagef("%s: another process works on it", what)
		}
		if same(f, name) {
			return runLock{f}, nil
		}
		f.Close() // removed by who held it, in between
	}
}

// lockAlone locks a file. It waits for those who only ask whether a process is alive,
// which takes them a moment.
func lockAlone(f *os.File) (err error) {
	for range 20 {
		if err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err == nil {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return err
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
func alive(db, id string) bool {
	f, err := os.Open(lockName(db, id))
	if err != nil {
		return false
	}
	defer f.Close()
	return unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB) != nil
}

// anyAlive reports whether a process works on any run of a database.
func anyAlive(db string) bool {
	dir, base := filepath.Split(db)
	entries, err := os.ReadDir(cmp.Or(dir, "."))
	if err != nil {
		return false
	}
	for _, e := range entries {
		id, isOurs := strings.CutPrefix(e.Name(), base+".")
		if id, isLock := strings.CutSuffix(id, ".lock"); isOurs && isLock && alive(db, id) {
			return true
		}
	}
	return false
}

// lockName is beside the database, so that all who use that see it.
func lockName(db, id string) string { return db + "." + id + ".lock" }
