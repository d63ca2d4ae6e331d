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
	Tokens     stats.Number // of all agents; absent if they are not known
	Seconds    stats.Number // for which agents worked; absent likewise
}

// Pair is one attempt at a task by both sides.
type Pair struct {
	Task                string
	Repository          string // of the task
	Baseline, Candidate Observation
}

// Candidate is what is judged against a baseline.
type Candidate struct {
	Pairs []Pair
	// Idle says that it is a fusion whose main agent never delegated: whatever it
	// saves is not saved by delegating.
	Idle bool
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
	// Sequential says that somebody looked after every task and could have ended the
	// run: quality is then judged by what holds at every look (stats.Sequence).
	Sequential bool
}

// margin is the margin as a share of 1.
func (a Assumptions) margin() float64 { return a.MarginPP / 100 }

// Test names a test of the difference.
type Test string

// The tests.
const (
	TestMcNemar  Test = "mcnemar_mid_p"
	TestSignFlip Test = "sign_flip_by_task"
	TestSequence Test = "betting_sequence"
)

// Evidence is what a verdict rests on. Shares are of 1.
type Evidence struct {
	stats.Paired                       // pairs by which side resolved them
	Tasks               int            // distinct
	Difference          stats.Number   // mean over tasks, candidate minus baseline
	DifferenceInterval  stats.Interval // Tango's, with tasks as its units; or a sequence's
	Discordance         stats.Number   // mean absolute difference over tasks
	PValue              stats.Number   // of no difference, two-sided
	Test                Test           // that PValue is of
	NonInferiority      stats.Number   // p value of being worse by the margin or more
	NonInferior         bool           // by the margin of the assumptions
	CostRatio           stats.Number   // candidate over baseline
	CostRatioInterval   stats.Interval
	CostRatioMedian     stats.Number // of the ratios of tasks
	TokensRatio         Ratio        // of all agents' tokens
	TimeRatio           Ratio        // of the time for which agents worked
	BaselineNeverSolves bool         // the baseline resolved none of the pairs
	// Displacement is the share of the work of a model alone that it is spared as
	// the main agent of a fusion: 1 − main's tokens over those of the model alone.
	// It is absent where the pair is not of these two.
	Displacement         stats.Number
	DisplacementInterval stats.Interval // from drawing tasks

	// Candidates are those that meet the baseline. With several, Adjusted are their
	// p values by Holm's correction; with one they are its own.
	Candidates int
	Adjusted   struct{ PValue, NonInferiority stats.Number }
	// Needed is how many tasks show a margin with the power assumed, if there is no
	// difference and NeededFor of them differ.
	Needed      int
	NeededFor   float64
	Influence   Influence
	Sensitivity Sensitivity
}

// Ratio is that of two totals, candidate over baseline.
type Ratio struct {
	Value    stats.Number
	Interval stats.Interval
	Median   stats.Number // of the ratios of tasks
}

// taskPairs are the pairs of one task.
type taskPairs struct {
	task       string
	repository string
	cost       stats.Pair // dollars
	main       stats.Pair // tokens of the main agent
	tokens     stats.Pair // of all
	seconds    stats.Pair
	difference float64 // verdicts of candidate minus baseline
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
			tasks = append(tasks, taskPairs{task: p.Task, repository: p.Repository})
		}
		t := &tasks[i]
		t.n++
		t.cost = plus(t.cost, p.Baseline.Cost, p.Candidate.Cost)
		t.main = plus(t.main, p.Baseline.MainTokens, p.Candidate.MainTokens)
		t.tokens = plus(t.tokens, p.Baseline.Tokens, p.Candidate.Tokens)
		t.seconds = plus(t.seconds, p.Baseline.Seconds, p.Candidate.Seconds)
		switch {
		case p.Candidate.Resolved && !p.Baseline.Resolved:
			t.difference++
		case p.Baseline.Resolved && !p.Candidate.Resolved:
			t.difference--
		}
	}
	return tasks
}

func plus(sum stats.Pair, baseline, candidate stats.Number) stats.Pair {
	return stats.Pair{
		Baseline:  sum.Baseline + float64(baseline),
		Candidate: sum.Candidate + float64(candidate),
	}
}

// mean is the mean difference of a task's pairs.
func (t taskPairs) mean() float64 { return t.difference / float64(t.n) }

// Weigh turns pairs into evidence, as if the candidate were the only one.
func Weigh(pairs []Pair, a Assumptions) Evidence {
	e := weighQuality(pairs, a)
	tasks := byTask(pairs)
	all := ratios(a.Resampling, tasks, costOf, tokensOf, secondsOf, mainOf)
	e.CostRatio, e.CostRatioInterval, e.CostRatioMedian = all[0].Value, all[0].Interval, all[0].Median
	e.TokensRatio, e.TimeRatio = all[1], all[2]
	e.Displacement, e.DisplacementInterval = spared(all[3])
	e.Sensitivity = e.sensitivity(tasks, a)
	return e
}

// weighQuality finds what quality is judged by.
func weighQuality(pairs []Pair, a Assumptions) Evidence {
	e := Evidence{Test: TestMcNemar, PValue: stats.None(), Candidates: 1}
	for _, p := range pairs {
		e.Add(p.Baseline.Resolved, p.Candidate.Resolved)
	}
	e.BaselineNeverSolves = e.Both+e.OnlyBaseline == 0
	tasks := byTask(pairs)
	e.Tasks = len(tasks)
	e.compare(tasks, a)
	e.adjust(e.PValue, e.NonInferiority, a)
	return e
}

// adjust notes p values that are corrected for several candidates.
func (e *Evidence) adjust(pValue, nonInferiority stats.Number, a Assumptions) {
	e.Adjusted.PValue, e.Adjusted.NonInferiority = pValue, nonInferiority
	e.NonInferior = !e.BaselineNeverSolves && float64(nonInferiority) <= a.Alpha
}

// What ratios are taken of.
func costOf(t taskPairs) stats.Pair    { return t.cost }
func tokensOf(t taskPairs) stats.Pair  { return t.tokens }
func secondsOf(t taskPairs) stats.Pair { return t.seconds }
func mainOf(t taskPairs) stats.Pair    { return t.main }

// ratios are those of sums over all tasks, from the same resamples. One value that is
// not known leaves none, as resamples without it would be about other tasks.
func ratios(r stats.Resampling, tasks []taskPairs, of ...func(taskPairs) stats.Pair) []Ratio {
	out := make([]Ratio, len(of))
	var known [][]stats.Pair
	var places []int
	for i, quantity := range of {
		out[i] = Ratio{stats.None(), stats.NoInterval(), stats.None()}
		if values := valuesOf(tasks, quantity); values != nil {
			known, places = append(known, values), append(places, i)
		}
	}
	if len(known) == 0 {
		return out
	}
	values, intervals := r.Ratios(known...)
	for k, i := range places {
		out[i] = Ratio{stats.Number(values[k]), intervals[k], medianOf(known[k])}
	}
	return out
}

// valuesOf are a quantity of all tasks, or nil if one is not known.
func valuesOf(tasks []taskPairs, of func(taskPairs) stats.Pair) []stats.Pair {
	values := make([]stats.Pair, len(tasks))
	for i, t := range tasks {
		if values[i] = of(t); math.IsNaN(values[i].Baseline + values[i].Candidate) {
			return nil
		}
	}
	return values
}

// medianOf is the median of the ratios of tasks.
func medianOf(values []stats.Pair) stats.Number {
	var each []float64
	for _, v := range values {
		if v.Baseline > 0 {
			each = append(each, v.Candidate/v.Baseline)
		}
	}
	return stats.Number(stats.Percentile(each, 0.5))
}

// Displaced is the displacement in pairs of a model alone and of a fusion that it
// leads, with its interval, and the number of tasks.
func Displaced(pairs []Pair, r stats.Resampling) (stats.Number, stats.Interval, int) {
	tasks := byTask(pairs)
	share, i := spared(ratios(r, tasks, mainOf)[0])
	return share, i, len(tasks)
}

// spared is the displacement that a ratio of main's tokens stands for.
func spared(left Ratio) (stats.Number, stats.Interval) {
	return 1 - left.Value, stats.Interval{Lo: 1 - left.Interval.Hi, Hi: 1 - left.Interval.Lo}
}

// compare tests the difference. Attempts at one task are not independent of one
// another, so with several the tasks are what is counted.
func (e *Evidence) compare(tasks []taskPairs, a Assumptions) {
	var units stats.Clustered
	differences := make([]float64, len(tasks))
	for i, t := range tasks {
		differences[i] = t.mean()
		units.Add(differences[i])
	}
	e.Difference, e.Discordance = stats.Number(units.Difference()), stats.Number(units.Discordance())
	if a.Sequential {
		e.follow(differences, a)
		return
	}
	e.DifferenceInterval = units.Interval(a.Confidence)
	e.NonInferiority = stats.Number(units.NonInferiority(a.margin()))
	switch {
	case e.repeated():
		e.Test, e.PValue = TestSignFlip, stats.Number(a.SignFlip(differences))
	case e.N() > 0:
		e.PValue = stats.Number(e.McNemar())
	}
}

// follow tests the difference so that the tests hold at every look.
func (e *Evidence) follow(differences stats.Sequence, a Assumptions) {
	e.Test, e.DifferenceInterval = TestSequence, differences.Interval(a.Confidence)
	e.NonInferiority = stats.Number(differences.NotAbove(-a.margin()))
	if e.N() > 0 {
		e.PValue = stats.Number(differences.P())
	}
}

// repeated reports whether a task has several attempts.
func (e Evidence) repeated() bool { return e.N() > e.Tasks }
