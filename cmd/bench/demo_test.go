package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// demoRun is the database of one run of the demo experiment, r, as the program
// leaves it. Scripts that only read a run share it.
var demoRun = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "bench-demo-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	config, err := filepath.Abs("testdata/demo/bench.yaml")
	if err != nil {
		return nil, err
	}
	run := exec.Command("bench", "run", "-c", config, "--run-id", "r", "--db", "bench.db")
	run.Dir = dir
	if said, err := run.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("run the demo: %w\n%s", err, said)
	}
	return os.ReadFile(filepath.Join(dir, "bench.db"))
})

// demo is the script command `demo`: it puts a database here, bench.db, that holds
// the finished run r of the demo experiment.
func demo(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: demo")
	}
	database, err := demoRun()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("bench.db"), database, 0o644))
}
