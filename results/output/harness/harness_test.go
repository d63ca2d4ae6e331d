package harness

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"bench"
	"bench/results"
	"bench/results/output"
	"bench/results/resultstest"
	"bench/results/storetest"
	"bench/scoring/evaluate"
	"bench/scoring/swebench"
)

const run = "2026-03-14-fusion-vs-solo"

// What is written is found by who reads the harness's folders, with the verdicts of
// the run, and the run report counts every task once.
func TestWrite(t *testing.T) {
	t.Parallel()
	s := storetest.Stored(t, resultstest.Spec{RunID: run, Tasks: 12, Seed: 5, Faults: true})
	dir := t.TempDir()
	if _, err := output.Write(t.Context(), Output{}, s, run, dir); err != nil {
		t.Fatal(err)
	}
	trials, err := s.Trials(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []string{"solo", "cheap", "fusion"} {
		predictions, err := swebench.ReadPredictions(filepath.Join(dir, c, "preds.json"))
		if err != nil {
			t.Fatal(err)
		}
		stored, err := evaluate.ReadStored(evaluate.Folder(dir, run, c))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range predictions {
			if stored.OtherPatch(p) {
				t.Errorf("%s: %s has another patch", c, p.InstanceID)
			}
		}
		data, err := os.ReadFile(filepath.Join(dir, c+"."+run+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var report swebench.RunReport
		if err := json.Unmarshal(data, &report); err != nil {
			t.Fatal(err)
		}
		want := map[string][]string{}
		for _, trial := range trials {
			if trial.Key.Configuration == c {
				kind := kindOf(trial)
				want[kind] = append(want[kind], trial.Key.InstanceID)
			}
		}
		for kind, got := range map[string][]string{
			"resolved": report.ResolvedIDs, "unresolved": report.UnresolvedIDs,
			"empty": report.EmptyPatchIDs, "incomplete": report.IncompleteIDs, "error": report.ErrorIDs,
		} {
			slices.Sort(want[kind])
			if !slices.Equal(got, want[kind]) && len(got)+len(want[kind]) > 0 {
				t.Errorf("%s: %s are %q, want %q", c, kind, got, want[kind])
			}
		}
		if report.Total != 12 {
			t.Errorf("%s: %d tasks", c, report.Total)
		}
	}
}

// kindOf is where the official report counts a trial.
func kindOf(t results.Trial) string {
	switch {
	case !t.HasPatch:
		return "incomplete"
	case t.PatchBytes == 0:
		return "empty"
	case t.Resolved == nil:
		return "error"
	case *t.Resolved:
		return "resolved"
	}
	return "unresolved"
}

// Of several attempts each is a model of its own, and tests keep the grade's order.
func TestAttempts(t *testing.T) {
	t.Parallel()
	s := storetest.Stored(t, resultstest.Spec{RunID: run, Tasks: 2, Attempts: 2, Seed: 5})
	dir := t.TempDir()
	if _, err := output.Write(t.Context(), Output{}, s, run, dir); err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(evaluate.Folder(dir, run, "solo.attempt-2"), "*", "report.json"))
	if err != nil || len(found) == 0 {
		t.Fatalf("no report of a second attempt (%v)", err)
	}
	data, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	var entries map[string]struct {
		Tests struct {
			PassToPass bench.Verdicts `json:"PASS_TO_PASS"`
		} `json:"tests_status"`
	}
	if err := json.Unmarshal(data, &entries); err != nil {
		t.Fatal(err)
	}
	id := filepath.Base(filepath.Dir(found[0]))
	if tests := entries[id].Tests.PassToPass.Success; len(tests) != 6 || tests[0] != "tests/test_core.py::test_case[2]" {
		t.Errorf("tests of %s: %q", id, tests)
	}
}

// Without their logs, imported trials would all be errors of the harness.
func TestImported(t *testing.T) {
	t.Parallel()
	s := storetest.Stored(t, resultstest.Spec{RunID: run, Tasks: 1, Seed: 5})
	started := bench.RunStarted{Name: "theirs", Imported: "trials.jsonl"}
	if _, err := s.Append(context.Background(), bench.Event{RunID: "theirs", Time: time.Now(), Payload: started}); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	_, err := output.Write(t.Context(), Output{}, s, "theirs", dir)
	if bench.ExitStatusOf(err) != bench.ExitUsage {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "logs")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something was written: %v", err)
	}
}
