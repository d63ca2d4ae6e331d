package local

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

// What has ended while this process was stopped has ended in time.
func TestInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ended, late := make(chan struct{}), make(chan time.Time)
		close(late)
		if inTime(ended, late) {
			t.Error("what has not ended is in time")
		}
		close(ended)
		for range 50 {
			if !inTime(ended, late) {
				t.Fatal("what has ended is late")
			}
		}
	})
}

// Whatever moment a process dies at while it removes the directory of a pool, what is left
// of it has its lock, by which it is found.
func TestRootsLoseTheirLocksLast(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, name := range []string{"box-1/a", "lock", "plain-1/b", "z/c"} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	removed := 0
	err := removeRoot(root, func(path string) error {
		removed++
		if _, err := os.Stat(filepath.Join(root, "lock")); err != nil {
			t.Errorf("before %s is removed: %v", path, err)
		}
		if left, err := os.ReadDir(root); path == root && (err != nil || len(left) != 1) {
			t.Errorf("beside the lock there is %v, %v", left, err)
		}
		return removeAll(path)
	})
	if _, gone := os.Stat(root); err != nil || !os.IsNotExist(gone) || removed != 4 {
		t.Errorf("%v; %d were removed; %v", err, removed, gone)
	}
}
