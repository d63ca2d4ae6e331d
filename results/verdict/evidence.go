package verdict

import (
	"math"

	"bench/stats"
)

// Observation is what came of one trial.
type Observation struct {
	Resolved bool
	Cost     stats.Number // dollars; absent if it is not known
	// MainTokens are what the main or single agent's calls read and wrote: of pairs
	// of a model alone and of a fusion that it leads. Elsewhere 0, or absent.
	MainTokens stats.Number
}

// Pair is one attempt at a task by both sides.
type Pair struct {
	Task                string
	Baseline, Candidate Observation
}

// Assumptions are what is taken for granted about a comparison. Resampling says
// how intervals of the cost ratio are drawn, and has the confidence of all
// intervals.
type Assumptions struct {
	stats.Resampling
	MarginPP float64 // percentage points fewer that still count as not worse
	Assumed  bool    // nobody declared that margin before the run
	// MinSaving is the share of the baseline's cost that is asked for, 0 to 1; 0
	// if nothing is.
	MinSaving float64
	Alpha     float64 // level of tests; that of non-inferiority is one-sided
	Power     float64 // that a number of pairs still needed rests on
}

// margin is the margin as a share of 1.
func (a Assumptions) margin() float64 { return a.MarginPP / 100 }

// Test names a test of the difference.
type Test string

// The tests.
const (
	TestMcNemar  Test = "mcnemar_mid_p"
	TestSignFlip Test = "sign_flip_by_task"
)

// Evidence is what a verdict rests on. Shares are of 1.
type Evidence struct {
	stats.Paired                       // pairs by which side resolved them
	Tasks               int            // distinct
	Difference          stats.Number   // mean over tasks, candidate minus baseline
	DifferenceInterval  stats.Interval // Tango's, with tasks as its units
	Discordance         stats.Number   // mean absolute difference over tasks
	PValue              stats.Number   // of no difference, two-sided
	Test                Test           // that PValue is of
	NonInferior         bool           // by the margin of the assumptions
	CostRatio           stats.Number   // candidate over baseline
	CostRatioInterval   stats.Interval
	BaselineNeverSolves bool // the baseline resolved none of the pairs
	// Displacement is the share of the work of a model alone that it is spared as
	// the main agent of a fusion: 1 − main's tokens over those of the model alone.
	// It is absent where the pair is not of these two.
	Displacement         stats.Number
	DisplacementInterval stats.Interval // from drawing tasks
}

// taskPairs are the pairs of one task.
type taskPairs struct {
	cost       stats.Pair // dollars
	tokens     stats.Pair // of main
	difference float64    // verdicts of candidate minus baseline
	n          int
}

// byTask sums pairs up by task, in order of appearance.
func byTask(pairs []Pair) (tasks []taskPairs) {
	index := map[string]int{}
	for _, p := range pairs {
		i, ok := index[p.Task]
		if !ok {
			i = len(tasks)
			index[p.Task] = i
			tasks = append(tasks, taskPairs{})
		}
		t := &tasks[i]
		t.n++
		t.cost.Baseline += float64(p.Baseline.Cost)
		t.cost.Candidate += float64(p.Candidate.Cost)
		t.tokens.Baseline += float64(p.Baseline.MainTokens)
		t.tokens.Candidate += float64(p.Candidate.MainTokens)
		switch {
		case p.Candidate.Resolved && !p.Baseline.Resolved:
			t.difference++
		case p.Baseline.Resolved && !p.Candidate.Resolved:
			t.difference--
		}
	}
	return tasks
}

// Weigh turns pairs into evidence.
func Weigh(pairs []Pair, a Assumptions) Evidence {
	e := Evidence{Test: TestMcNemar, PValue: stats.None()}
	for _, p := range pairs {
		e.Add(p.Baseline.Resolved, p.Candidate.Resolved)
	}
	e.BaselineNeverSolves = e.Both+e.OnlyBaseline == 0
	tasks := byTask(pairs)
	e.Tasks = len(tasks)
	e.compare(tasks, a)
	e.weighCost(tasks, a)
	e.Displacement, e.DisplacementInterval, _ = displaced(tasks, a.Resampling)
	return e
}

// weighCost finds the cost ratio.
func (e *Evidence) weighCost(tasks []taskPairs, a Assumptions) {
	e.CostRatio, e.CostRatioInterval = ratio(a.Resampling, tasks,
		func(t taskPairs) stats.Pair { return t.cost })
}

// ratio is that of the sums over all tasks. One value that is not known leaves
// none, as resamples without it would be about other tasks.
func ratio(
	r stats.Resampling, tasks []taskPairs, of func(taskPairs) stats.Pair,
) (stats.Number, stats.Interval) {
	values := make([]stats.Pair, len(tasks))
	for i, t := range tasks {
		if values[i] = of(t); math.IsNaN(values[i].Baseline + values[i].Candidate) {
			return stats.None(), stats.NoInterval()
		}
	}
	x, ci := r.Ratio(values)
	return stats.Number(x), ci
}

// Displaced is the displacement in pairs of a model alone and of a fusion that it
// leads, with its interval, and the number of tasks.
func Displaced(pairs []Pair, r stats.Resampling) (stats.Number, stats.Interval, int) {
	return displaced(byTask(pairs), r)
}

func displaced(tasks []taskPairs, r stats.Resampling) (stats.Number, stats.Interval, int) {
	left, ci := ratio(r, tasks, func(t taskPairs) stats.Pair { return t.tokens })
	return 1 - left, stats.Interval{Lo: 1 - ci.Hi, Hi: 1 - ci.Lo}, len(tasks)
}

// compare tests the difference. Attempts at one task are not independent of one
// another, so with several the tasks are what is counted.
func (e *Evidence) compare(tasks []taskPairs, a Assumptions) {
	var units stats.Clustered
	differences := make([]float64, len(tasks))
	for i, t := range tasks {
		differences[i] = t.difference / float64(t.n)
		units.Add(differences[i])
	}
	e.Difference, e.Discordance = stats.Number(units.Difference()), stats.Number(units.Discordance())
	e.DifferenceInterval = units.Interval(a.Confidence)
	e.NonInferior = !e.BaselineNeverSolves && units.NonInferior(a.margin(), a.Alpha)
	switch {
	case e.repeated():
		e.Test, e.PValue = TestSignFlip, stats.Number(a.SignFlip(differences))
	case e.N() > 0:
		e.PValue = stats.Number(e.McNemar())
	}
}

// repeated reports whether a task has several attempts.
func (e Evidence) repeated() bool { return e.N() > e.Tasks }
