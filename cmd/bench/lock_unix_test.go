//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"golang.org/x/sys/unix"

	"bench/results"
	"bench/results/resultstest"
)

// twoRuns is an open database with the runs a and b.
func twoRuns(t *testing.T) *results.Store {
	t.Helper()
	s, err := results.Open(t.Context(), filepath.Join(t.TempDir(), "bench.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	for _, id := range []string{"a", "b"} {
		resultstest.Write(t, s.Append, resultstest.Spec{RunID: id, Tasks: 1})
	}
	return s
}

// Whoever asks whether a run is alive just when a process begins to work on it does not
// keep it from that; whoever stays does.
func TestLockWhileSomeoneAsks(t *testing.T) {
	t.Parallel()
	s := twoRuns(t)
	for _, stays := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			asks, err := os.Create(lockName(s.Path(), "a"))
			if err != nil {
				t.Fatal(err)
			}
			defer asks.Close()
			if err := unix.Flock(int(asks.Fd()), unix.LOCK_SH); err != nil {
				t.Fatal(err)
			}
			locked := make(chan error, 1)
			go func() {
				lock, err := lockRun(s, "a")
				if err == nil {
					err = lock.Close()
				}
				locked <- err
			}()
			synctest.Wait()
			if !stays {
				asks.Close()
			}
			if err := <-locked; (err != nil) != stays {
				t.Errorf("stays %t: %v", stays, err)
			}
		})
	}
}

// What keeps a run from writing for long is not begun while one is worked on.
func TestNothingLongWhileARunIsWorkedOn(t *testing.T) {
	t.Parallel()
	s := twoRuns(t)
	lock, err := lockRun(s, "b")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(s.Path())
	for _, args := range [][]string{{"runs", "rm", "a", "--yes"}, {"db", "vacuum"}} {
		out, said, status := program(t, dir, nil, args...)
		if status != 2 || out != "" || !strings.Contains(said, "a run in bench.db is worked on: wait") {
			t.Errorf("bench %v: status %d\n%s%s", args, status, out, said)
		}
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	out, said, status := program(t, dir, nil, "runs", "rm", "a", "--yes")
	if status != 0 || !strings.HasPrefix(out, "removed a: ") {
		t.Errorf("status %d\n%s%s", status, out, said)
	}
}
