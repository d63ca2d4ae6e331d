//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A run whose database lies on a disk that is full stops and says what to do, before it
// pays for what it cannot record. What was committed is there, and when there is room
// again the run carries on.
func TestFullDiskOfTheDatabase(t *testing.T) {
	t.Parallel()
	p := &patient{t: t, dir: t.TempDir()}
	disk := p.disk(0, "size=16m")
	db := filepath.Join(disk, "bench.db")
	tasks, err := filepath.Abs("testdata/demo/bench.yaml")
	if err != nil {
		t.Fatal(err)
	}
	run := func(id string) (string, string, int) {
		return program(t, p.dir, nil, "run", "-c", tasks, "--db", db, "--run-id", id)
	}
	if _, said, status := run("before"); status != 0 {
		t.Fatalf("status %d: %s", status, said)
	}
	var fs syscall.Statfs_t
	if err := syscall.Statfs(disk, &fs); err != nil {
		t.Fatal(err)
	}
	ballast := filepath.Join(disk, "ballast")
	room := int(fs.Bavail)*int(fs.Bsize) - 160<<10
	if err := os.WriteFile(ballast, make([]byte, room), 0o600); err != nil {
		t.Fatal(err)
	}
	_, said, status := run("full")
	if status != 1 || !strings.Contains(said, "no space left on the disk") ||
		!strings.Contains(said, "free some, and bench resume carries on") {
		t.Errorf("status %d: %s", status, said)
	}
	if out, said, status := program(t, p.dir, nil, "db", "check", "--db", db); status != 0 ||
		!strings.Contains(out, "is as it was written: 2 runs") {
		t.Errorf("status %d: %s%s", status, out, said)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if _, said, status := program(t, p.dir, nil, "resume", "full", "--db", db); status != 0 {
		t.Errorf("status %d: %s", status, said)
	}
	var before, after, ended int64
	open := database(t, db)
	scan(t, open, "SELECT sum(resolved) FROM trials WHERE run_id = 'before'", &before)
	scan(t, open, "SELECT sum(resolved), count(outcome) FROM trials WHERE run_id = 'full'", &after, &ended)
	if before == 0 || after != before || ended != 6 {
		t.Errorf("%d of %d are resolved, %d of 6 have ended", after, before, ended)
	}
}
