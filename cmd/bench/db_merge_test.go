package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"bench"
	"bench/results"
	"bench/results/resultstest"
)

// A merge whose process is killed, whenever that is, leaves the file as it was or has done
// all of it, and the next one does the rest.
func TestMergeKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var in []string
	for i := range 3 {
		path := filepath.Join(dir, fmt.Sprintf("%d.db", i))
		s, err := results.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		var events []bench.Event
		for j := range 3 { // as many as make a merge take a moment
			spec := resultstest.Spec{RunID: fmt.Sprintf("r%d-%d", i, j), Tasks: 4, Turns: 4}
			events = append(events, resultstest.Events(spec)...)
		}
		if _, err := s.AppendAll(t.Context(), events); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		in = append(in, path)
	}
	out := filepath.Join(dir, "out.db")
	if _, err := results.Merge(t.Context(), out, in[:1]); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	args := append([]string{"db", "merge", out}, in...)
	done := false
	for wait := 20 * time.Millisecond; !done; wait += wait / 3 {
		c := exec.Command("bench", args...)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(wait, func() { _ = c.Process.Kill() })
		done = c.Wait() == nil
		timer.Stop()
		after, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if !done && !bytes.Equal(before, after) && len(runsOf(t, out)) != 9 {
			t.Fatalf("killed after %s: the file is neither as it was nor as it is to be", wait)
		}
	}
	if n := len(runsOf(t, out)); n != 9 {
		t.Errorf("%d runs", n)
	}
}

// runsOf are the runs of a database that is whole.
func runsOf(t *testing.T, path string) []results.Run {
	t.Helper()
	s, err := results.OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if h, err := s.Check(t.Context()); err != nil || len(h.Faults) > 0 {
		t.Fatal(h.Faults, err)
	}
	runs, err := s.Runs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return runs
}
