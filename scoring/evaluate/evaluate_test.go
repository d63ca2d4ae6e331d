package evaluate_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bench"
	"bench/scoring"
	"bench/scoring/evaluate"
	"bench/scoring/swebench"
)

// grader is a scoring.Grader made of a function.
type grader func(scoring.Job) (bench.Grade, []bench.Body, error)

func (g grader) Grade(_ context.Context, j scoring.Job) (bench.Grade, []bench.Body, error) {
	return g(j)
}

var tasks = []bench.Task{
	{InstanceID: "a__b-1", Patch: "diff one", FailToPass: []string{"t"}},
	{InstanceID: "a__b-2", Patch: "diff two", FailToPass: []string{"t"}},
	{InstanceID: "a__b-3", FailToPass: []string{"t"}},
}

// judge resolves tasks whose patch has the word good. Its log is the patch.
func judge(j scoring.Job) (bench.Grade, []bench.Body, error) {
	yes, no := true, false
	log, script := bench.Body("log of "+j.Task.InstanceID), bench.Body("script")
	g := bench.Grade{PatchApplied: true, Found: true, Resolved: &no, Log: log.Hash(), Script: script.Hash()}
	switch {
	case strings.Contains(j.Patch, "good"):
		g.Resolved = &yes
	case strings.Contains(j.Patch, "unfit"):
		g.PatchApplied = false
	case strings.Contains(j.Patch, "slow"):
		g.Resolved, g.TimedOut = nil, true
	case strings.Contains(j.Patch, "broken"):
		return bench.Grade{}, nil, errors.New("daemon is gone")
	}
	return g, []bench.Body{script, log}, nil
}

func prediction(id, patch string) swebench.Prediction {
	return swebench.Prediction{InstanceID: id, Model: "acme/m", Patch: &patch}
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		patch     string
		run       bool
		want      evaluate.Verdict
		undecided bool
	}{
		{"good", true, evaluate.Resolved, false},
		{"poor", true, evaluate.Unresolved, false},
		{"", false, evaluate.NoPatch, false},
		{"", true, evaluate.Unresolved, false}, // asked for
		{"unfit", true, evaluate.NotApplied, false},
		{"slow", true, evaluate.TimedOut, true},
		{"broken", true, evaluate.NoVerdict, true},
	} {
		e := &evaluate.Evaluation{
			Task: tasks[0], Prediction: prediction("a__b-1", test.patch), Attempt: 1, Run: test.run,
		}
		evaluate.Run(t.Context(), []*evaluate.Evaluation{e}, evaluate.Options{Grader: grader(judge)})
		if e.Verdict() != test.want || e.Undecided() != test.undecided {
			t.Errorf("%q, run %t: %s, undecided %t", test.patch, test.run, e.Verdict(), e.Undecided())
		}
		if test.patch == "good" && string(e.Log) != "log of a__b-1" || test.patch == "broken" &&
			e.Failure() != "daemon is gone" {
			t.Errorf("%q: log %q, failure %q", test.patch, e.Log, e.Failure())
		}
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "preds.jsonl")
	lines := `{"instance_id": "a__b-2", "model_name_or_path": "m", "model_patch": "x"}
{"instance_id": "a__b-9", "model_name_or_path": "m", "model_patch": "x"}
`
	if err := os.WriteFile(file, []byte(lines), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		source   string
		tasks    []bench.Task
		selected bool
		want     string // instances, or the error
	}{
		{evaluate.Gold, tasks[:2], false, "a__b-1 a__b-2"},
		{evaluate.Gold, tasks, false, "task a__b-3 has no gold patch"},
		{evaluate.Empty, tasks, false, "a__b-1 a__b-2 a__b-3"},
		{file, tasks, true, "a__b-2"},
		{file, tasks, false, file + ": instance a__b-9 is not in the dataset"},
		{file, tasks[:1], true, file + " has no prediction for a selected task"},
		{"absent.json", tasks, false, "read predictions: open absent.json: no such file or directory"},
	} {
		work, err := evaluate.New(test.source, test.tasks, test.selected)
		var ids []string
		for _, e := range work {
			ids = append(ids, e.Task.InstanceID)
			if !e.Run {
				t.Errorf("%s: %s is not run", test.source, e.Task.InstanceID)
			}
		}
		got := strings.Join(ids, " ")
		if err != nil {
			got = err.Error()
			if bench.ExitStatusOf(err) != bench.ExitUsage {
				t.Errorf("%v: status %d", err, bench.ExitStatusOf(err))
			}
		}
		if got != test.want {
			t.Errorf("%s: got %s, want %s", test.source, got, test.want)
		}
	}
}

// Every evaluation is graded once, by several workers, and told one at a time.
func TestRun(t *testing.T) {
	t.Parallel()
	var work []*evaluate.Evaluation
	for range 50 {
		work = append(work, &evaluate.Evaluation{
			Task: tasks[0], Prediction: prediction("a__b-1", "good"), Attempt: 1, Run: true,
		})
	}
	var told []int
	evaluate.Run(t.Context(), work, evaluate.Options{
		Grader: grader(judge), Workers: 4,
		Done: func(_ *evaluate.Evaluation, done int) { told = append(told, done) },
	})
	if n := evaluate.Count(work, (*evaluate.Evaluation).Resolved); n != 50 || len(told) != 50 ||
		!slices.IsSorted(told) || told[49] != 50 {
		t.Errorf("%d resolved, told %v", n, told)
	}
}

// What has not begun when the user interrupts has that as its error.
func TestRunInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	var work []*evaluate.Evaluation
	for range 5 {
		work = append(work, &evaluate.Evaluation{
			Task: tasks[0], Prediction: prediction("a__b-1", "good"), Attempt: 1, Run: true,
		})
	}
	evaluate.Run(ctx, work, evaluate.Options{
		Grader: grader(judge), Workers: 1,
		Done: func(*evaluate.Evaluation, int) { cancel(bench.ErrInterrupted) },
	})
	var got []evaluate.Verdict
	for _, e := range work {
		got = append(got, e.Verdict())
	}
	i := evaluate.Interrupted
	if !slices.Equal(got, []evaluate.Verdict{evaluate.Resolved, i, i, i, i}) {
		t.Errorf("got %v", got)
	}
}

// What Write lays out is what ReadStored finds, with the same verdicts.
func TestOfficialLayout(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	work := []*evaluate.Evaluation{
		{Task: tasks[0], Prediction: prediction("a__b-1", "good"), Run: true},
		{Task: tasks[1], Prediction: prediction("a__b-2", "poor"), Run: true},
		{Task: tasks[2], Prediction: prediction("a__b-3", "")},
	}
	evaluate.Run(t.Context(), work, evaluate.Options{Grader: grader(judge)})
	r := evaluate.RunReport(tasks, work)
	if err := evaluate.Write(dir, "r1", "", work, r, swebench.V5); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "acme__m.r1.json")); err != nil {
		t.Error(err)
	}
	stored, err := evaluate.ReadStored(filepath.Join(dir, "logs"))
	if err != nil {
		t.Fatal(err)
	}
	var evaluated []swebench.Evaluated
	for _, e := range work {
		evaluated = append(evaluated, stored.Evaluated(e.Prediction))
	}
	again := swebench.NewRunReport([]string{"a__b-1", "a__b-2", "a__b-3"}, evaluated)
	for _, r := range []swebench.RunReport{r, again} {
		if !slices.Equal(r.ResolvedIDs, []string{"a__b-1"}) ||
			!slices.Equal(r.UnresolvedIDs, []string{"a__b-2"}) ||
			!slices.Equal(r.EmptyPatchIDs, []string{"a__b-3"}) {
			t.Errorf("got %+v", r)
		}
	}
	if len(stored.Predictions()) != 2 || stored.OtherPatch(work[0].Prediction) ||
		!stored.OtherPatch(prediction("a__b-1", "another")) {
		t.Errorf("stored %+v", stored)
	}
	if _, err := evaluate.ReadStored(t.TempDir()); bench.ExitStatusOf(err) != bench.ExitUsage {
		t.Errorf("an empty directory: %v", err)
	}
}
