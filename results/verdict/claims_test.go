package verdict

import (
	"fmt"
	"slices"
	"testing"

	"bench/stats"
)

// even are pairs of n tasks, of which both sides resolve all but a fifth; the
// candidate costs dollars where the baseline costs one.
func even(n int, dollars float64) (pairs []Pair) {
	for i := range n {
		o := Observation{Resolved: i%5 != 0, Cost: 1, MainTokens: stats.None(), Tokens: 100, Seconds: 10}
		c := o
		c.Cost = stats.Number(dollars * (1 + float64(i%7)/100))
		pairs = append(pairs, Pair{
			Task: fmt.Sprint("task-", i), Repository: fmt.Sprint("repo-", i%4), Baseline: o, Candidate: c,
		})
	}
	return pairs
}

func has(v Verdict, code string) bool {
	return slices.ContainsFunc(v.Warnings, func(w Warning) bool { return w.Code() == code })
}

// A saving that is gone without one task is refused, and the task is named. One
// that all tasks have stays.
func TestOneTaskSaves(t *testing.T) {
	t.Parallel()
	pairs := even(30, 1)
	pairs[7].Baseline.Cost = 40 // a dollar, but for one task that went astray
	v := Judge(pairs, assumed)
	if i := v.Evidence.Influence; i.LargestTask != "task-7" || i.LargestShare < 0.9 {
		t.Errorf("got %+v", i)
	}
	v = Judge(even(30, 0.5), assumed)
	if i := v.Evidence.Influence; v.Cost != CostCheaper || i.CostTask != "" || i.LargestShare > 0.04 {
		t.Errorf("got %s, %+v", v.Cost, i)
	}
	// Six tasks are the least that have an interval, so each of them decides.
	if v = Judge(even(6, 0.5), assumed); v.Cost != CostOpen || !has(v, "one_task_saves") ||
		v.Evidence.CostRatioInterval.Hi >= 1 {
		t.Errorf("six tasks: %s, %+v", v.Cost, v.Warnings)
	}
}

// Without the one task that was gained, what is better is not.
func TestOneTaskDecides(t *testing.T) {
	t.Parallel()
	pairs := even(60, 1)
	for i := range 5 {
		pairs[1+5*i].Baseline.Resolved = false
	}
	v := Judge(pairs, assumed)
	want := OneTaskDecides{"task-1", v.Evidence.Influence.Quality}
	if v.Quality != QualityBetter || v.Evidence.Influence.Quality == QualityBetter ||
		!slices.Contains(v.Warnings, Warning(want)) {
		t.Errorf("%s: %+v", v.Quality, v.Warnings)
	}
	if v = Judge(even(400, 1), assumed); has(v, "one_task_decides") {
		t.Errorf("of 400 tasks one decides: %+v", v.Warnings)
	}
}

// A fusion's saving is one only if its main agent had less to do than alone.
func TestNothingDisplaced(t *testing.T) {
	t.Parallel()
	with := func(tokens func(i int) float64) []Pair {
		pairs := even(30, 0.5)
		for i := range pairs {
			pairs[i].Baseline.MainTokens = 1000
			pairs[i].Candidate.MainTokens = stats.Number(tokens(i))
		}
		return pairs
	}
	for name, test := range map[string]struct {
		c    Candidate
		want Cost
	}{
		"moved":           {Candidate{Pairs: with(func(int) float64 { return 400 })}, CostCheaper},
		"as much":         {Candidate{Pairs: with(func(int) float64 { return 1000 })}, CostOpen},
		"now and then":    {Candidate{Pairs: with(func(i int) float64 { return 500 + 1000*float64(i%2) })}, CostOpen},
		"never delegated": {Candidate{Pairs: even(30, 0.5), Idle: true}, CostOpen},
		"no fusion":       {Candidate{Pairs: even(30, 0.5)}, CostCheaper},
	} {
		v := JudgeAll([]Candidate{test.c}, assumed)[0]
		if v.Cost != test.want || has(v, "nothing_displaced") != (test.want == CostOpen) {
			t.Errorf("%s: %s, %+v", name, v.Cost, v.Warnings)
		}
	}
}

// Of several candidates each is judged by corrected p values: what is shown alone
// is not beside others that show nothing.
func TestSeveralCandidates(t *testing.T) {
	t.Parallel()
	pairs := even(60, 1)
	for i := range 5 {
		pairs[1+5*i].Baseline.Resolved = false
	}
	alone := Judge(pairs, assumed)
	nothing := Candidate{Pairs: even(60, 1)}
	all := JudgeAll([]Candidate{{Pairs: pairs}, nothing, nothing, {}}, assumed)
	e := all[0].Evidence
	if alone.Quality != QualityBetter || all[0].Quality == QualityBetter || e.Candidates != 3 {
		t.Errorf("alone %s, with others %s of %d", alone.Quality, all[0].Quality, e.Candidates)
	}
	if e.Adjusted.PValue != 3*e.PValue || alone.Evidence.Adjusted.PValue != alone.Evidence.PValue {
		t.Errorf("p %v becomes %v", e.PValue, e.Adjusted.PValue)
	}
	if e.Needed <= alone.Evidence.Needed || !has(all[0], "several_candidates") ||
		has(alone, "several_candidates") || all[3].Word != Invalid {
		t.Errorf("needed %d, alone %d; %+v", e.Needed, alone.Evidence.Needed, all[0].Warnings)
	}
}

// Twenty tasks of four repositories with five each: clusters of five pairs.
func TestSensitivity(t *testing.T) {
	t.Parallel()
	pairs := even(20, 1)
	pairs[1].Candidate.Resolved, pairs[2].Candidate.Resolved = false, false
	e := Judge(pairs, assumed).Evidence
	s := e.Sensitivity
	clusters := stats.Clusters{{N: 5}, {N: 5, Lost: 1}, {N: 5, Lost: 1}, {N: 5}}
	if s.Repositories != 4 || s.ByRepository != clusters.Interval(0.95) ||
		s.RepositoryP.Yang != stats.ChiSquareP(clusters.Yang()) {
		t.Errorf("got %+v", s)
	}
	if s.Skewed != e.Skewed(0.95) || s.Newcombe != e.Newcombe(0.95) || s.McNemarExact != 0.5 {
		t.Errorf("got %+v", s)
	}
	if e.TokensRatio.Value != 1 || e.TimeRatio.Median != 1 || e.CostRatioMedian != 1.03 {
		t.Errorf("got %+v", e)
	}
}
