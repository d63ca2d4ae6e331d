package compare

import (
	"fmt"
	"testing"

	"bench"
	"bench/results"
	"bench/results/verdict"
)

// asked is the question of a run of solo and some candidates, with so many tasks.
func asked(tasks, attempts int, candidates ...string) *Question {
	h := bench.RunStarted{Baseline: "solo", MarginPP: 5, Stop: bench.StopDecided}
	for _, name := range append([]string{"solo"}, candidates...) {
		h.Configurations = append(h.Configurations, bench.Configuration{Name: name})
	}
	h.Configurations = append(h.Configurations, bench.Configuration{Name: "solo-aa", Repeats: "solo"})
	var keys []bench.TrialKey
	for i := range tasks {
		for attempt := range attempts {
			for _, c := range h.Configurations {
				keys = append(keys, keyOf(c.Name, i, attempt+1))
			}
		}
	}
	return NewQuestion(h, keys)
}

func keyOf(name string, task, attempt int) bench.TrialKey {
	return bench.TrialKey{Configuration: name, InstanceID: fmt.Sprintf("t%03d", task), Attempt: attempt}
}

// end has the trials of a task end, those of solo and of its repeat resolved.
func (q *Question) end(task, attempt int, candidates map[string]bool) {
	yes := true
	for _, name := range []string{"solo", "solo-aa"} {
		q.Ended(keyOf(name, task, attempt), bench.OutcomeResolved, &yes)
	}
	for name, resolved := range candidates {
		q.Ended(keyOf(name, task, attempt), bench.OutcomeUnresolved, &resolved)
	}
}

// A candidate that resolves nothing is decided after few tasks; the tasks count in their
// planned order, whichever ends first.
func TestQuestionWaitsForTheOrder(t *testing.T) {
	t.Parallel()
	q := asked(40, 1, "cheap")
	for i := 1; i < 40; i++ {
		if q.end(i, 1, map[string]bool{"cheap": false}); q.Answered() {
			t.Fatalf("answered after task %d, before the first", i)
		}
	}
	if q.end(0, 1, map[string]bool{"cheap": false}); !q.Answered() {
		t.Error("not answered though all have ended")
	}
	for n, i := 0, 0; ; i++ {
		if n == 0 {
			q = asked(40, 1, "cheap")
		}
		q.end(i, 1, map[string]bool{"cheap": false})
		if n++; q.Answered() {
			if n < 6 || n > 12 {
				t.Errorf("answered after %d tasks", n)
			}
			break
		}
	}
}

// All candidates are decided before the run ends; the repeat is none.
func TestQuestionAboutAll(t *testing.T) {
	t.Parallel()
	q := asked(300, 1, "cheap", "good")
	for i := range 300 {
		q.end(i, 1, map[string]bool{"cheap": false, "good": true})
		if q.Answered() {
			if i < 60 || i > 150 { // a good one takes that many tasks without a loss
				t.Errorf("answered after %d tasks", i+1)
			}
			return
		}
	}
	t.Error("never answered")
}

// Trials without a verdict, and those that infrastructure ended, are in no pair and hold
// nothing up; attempts are waited for.
func TestQuestionWithoutVerdicts(t *testing.T) {
	t.Parallel()
	q := asked(300, 2, "good")
	no := false
	for i := range 200 {
		q.end(i, 1, map[string]bool{"good": true})
		if q.Answered() {
			t.Fatalf("answered after task %d of which an attempt is open", i)
		}
		q.Ended(keyOf("solo", i, 2), bench.OutcomeInfraLLM, &no)
		q.Ended(keyOf("solo-aa", i, 2), bench.OutcomeInfraLLM, nil)
		q.Ended(keyOf("good", i, 2), bench.OutcomeUnresolved, &no)
		if q.Answered() {
			return
		}
	}
	t.Error("never answered")
}

// What the question finds is what the comparison of the run finds.
func TestQuestionAgreesWithComparison(t *testing.T) {
	t.Parallel()
	q := asked(200, 1, "cheap", "good")
	f := results.Facts{Run: results.Run{ID: "r", Baseline: "solo", MarginPP: 5, Stop: bench.StopDecided,
		State: bench.RunDecided}}
	for _, name := range []string{"solo", "cheap", "good"} {
		f.Configurations = append(f.Configurations, bench.Configuration{Name: name, Kind: bench.KindSingle})
	}
	add := func(name string, i int, resolved *bool) {
		x := results.Trial{ID: int64(len(f.Trials) + 1), Key: keyOf(name, i, 1), Resolved: resolved}
		if resolved != nil {
			x.Outcome, x.StartedAt = bench.OutcomeUnresolved, x.StartedAt.Add(1)
		}
		f.Trials = append(f.Trials, x)
	}
	decided := 0
	for i := range 200 {
		resolved := map[string]bool{"cheap": i%4 == 0, "good": true}
		q.end(i, 1, resolved)
		yes, cheap := true, resolved["cheap"]
		add("solo", i, &yes)
		add("cheap", i, &cheap)
		add("good", i, &yes)
		answered := q.Answered()
		if i%20 > 0 {
			continue
		}
		c, err := Of([]results.Facts{f}, Options{Resamples: 10})
		if err != nil {
			t.Fatal(err)
		}
		all := c.Pairs[0].Quality != verdict.QualityOpen && c.Pairs[1].Quality != verdict.QualityOpen
		if answered != all {
			t.Fatalf("after %d tasks: answered %t, the comparison says %s and %s", i+1, answered,
				c.Pairs[0].Quality, c.Pairs[1].Quality)
		}
		if all && decided == 0 {
			decided = i + 1
		}
	}
	if decided == 0 || decided == 181 {
		t.Errorf("decided after %d tasks", decided)
	}
	add("solo", 200, nil)
	c, err := Of([]results.Facts{f}, Options{Resamples: 10})
	if err != nil {
		t.Fatal(err)
	}
	if n := c.Configurations[0].Unfinished; n != 0 {
		t.Errorf("%d unfinished trials: the one that did not start was not needed", n)
	}
}

// A run that may not end early has no question.
func TestNoQuestion(t *testing.T) {
	t.Parallel()
	if q := NewQuestion(bench.RunStarted{Baseline: "solo"}, nil); q != nil {
		t.Errorf("got %+v", q)
	}
}
