package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bench/internal/require"
	"bench/sandbox/docker/enginetest"
)

// TestEngineSlow: a run on engines that are far away ends with the verdict of any other, and
// each command of a terminal costs one round trip, which is what is recorded.
func TestEngineSlow(t *testing.T) {
	require.Image(t, "bench-test/bullseye")
	t.Parallel()
	for _, roundTrip := range []time.Duration{50 * time.Millisecond, 100 * time.Millisecond} {
		t.Run(roundTrip.String(), func(t *testing.T) {
			t.Parallel()
			turns := map[int]int{}
			for _, commands := range []int{2, 22} {
				turns[commands] = farRun(t, roundTrip, commands)
			}
			// Of either run a few more, where a busy machine sends an output in two pieces.
			if n := turns[22] - turns[2]; n < 16 || n > 24 {
				t.Errorf("%d round trips for 20 commands more (%v)", n, turns)
			}
		})
	}
}

// farRun does a run of so many commands and returns how often bench took turns with the
// containers.
func farRun(t *testing.T, roundTrip time.Duration, commands int) (turns int) {
	t.Helper()
	dir := t.TempDir()
	one, two := enginetest.New(t), enginetest.New(t)
	one.Slow(roundTrip)
	two.Slow(roundTrip)
	script := "rules:\n"
	for n := 1; n < commands; n++ {
		script += fmt.Sprintf("  - when: {turn: %d}\n"+
			"    calls: [{tool: terminal, arguments: {command: \"echo %d\"}}]\n", n, n)
	}
	script += fmt.Sprintf("  - when: {turn: %d}\n    calls: [{tool: terminal, arguments: "+
		"{command: \"echo first >b; echo right >a\"}}]\n  - say: Done.\n", commands)
	files := map[string]string{
		"bench.yaml": fmt.Sprintf(enginesConfig, one.Addr(), two.Addr()), "say.yaml": script,
	}
	addTask(files, "t", 0.3)
	writeAll(t, dir, files)
	id := fmt.Sprintf("test-%d-%s", os.Getpid(), filepath.Base(filepath.Dir(dir)))
	_, said, status := program(t, dir, []string{"BENCH_CACHE=" + dir}, "run", "-c", "bench.yaml",
		"--run-id", id)
	db := database(t, filepath.Join(dir, "bench.db"))
	var outcome string
	var measured int
	var shortest float64
	scan(t, db, "select outcome from v_trials", &outcome)
	scan(t, db, "select commands from v_hosts", &measured)
	scan(t, db, "select round_trip_min_ms from v_hosts", &shortest)
	if status != 0 || outcome != "resolved" || measured != commands ||
		shortest < float64(roundTrip.Milliseconds()) {
		t.Errorf("status %d, %s, %d of %d commands measured, %v ms at the least\n%s", status, outcome,
			measured, commands, shortest, said)
	}
	if strings.Contains(said, "is gone") {
		t.Errorf("an engine that is slow is taken for gone:\n%s", said)
	}
	return one.Turns() + two.Turns()
}
