package verdict

import (
	"bench"
	"bench/stats"
)

// Warning is something that stands between the numbers and a conclusion.
type Warning interface {
	// Code is its word for programs.
	Code() string
}

// TooFewTasks says that a difference within the margin could not be shown.
type TooFewTasks struct {
	Tasks, Needed int
	MarginPP      float64
	Discordance   float64 // mean absolute difference assumed
	Repeated      bool    // attempts at one task count as one pair
	Shown         bool    // the candidate is shown to be non-inferior all the same
}

// NoCostInterval says that too few tasks have pairs for an interval of the cost
// ratio.
type NoCostInterval struct{}

// BaselineResolvedNothing says that being as good says nothing.
type BaselineResolvedNothing struct{}

// BaselineResolvedEverything says that no candidate can be better.
type BaselineResolvedEverything struct{}

// OneTaskSaves says that no saving is claimed, as it is not shown without one task.
type OneTaskSaves struct {
	Task    string       // without which
	Largest string       // the task that saves most
	Share   stats.Number // of the whole saving
}

// OneTaskDecides says that quality would be another without one task.
type OneTaskDecides struct {
	Task    string
	Without Quality
}

// NothingDisplaced says that no saving is claimed for a fusion, as its main agent is
// not shown to have had less to do than alone. Absent numbers: it never delegated.
type NothingDisplaced struct {
	Displacement stats.Number
	Interval     stats.Interval
}

// SeveralCandidates says that p values are corrected.
type SeveralCandidates struct{ Candidates int }

// MarginChanged says that the margin is not the one that was declared before the
// run; none was if it is 0.
type MarginChanged struct{ Declared, MarginPP float64 }

// SimulatedModels says that a model is a script.
type SimulatedModels struct{}

// UnequalInfra says that infrastructure ended more trials of one side than chance
// explains, so that what is left may be a selection.
type UnequalInfra struct {
	Baseline, BaselineTrials   int
	Candidate, CandidateTrials int
	P                          float64 // Fisher's, two-sided
}

// UnequalMachines says that trials of pairs ran on machines that are not the same, which
// changes how long they took. The two machines are those of most of these pairs; empty: not
// to be told.
type UnequalMachines struct {
	Pairs, Unequal      int // all, and those of unequal machines
	Baseline, Candidate string
	Most                int // pairs of these two
}

// DifferentLimits says that the sides had different limits.
type DifferentLimits struct{ Baseline, Candidate bench.Limits }

// ExpiredCaches says how much of a configuration's cost, 0 to 1, went to caches that
// had expired, which depends on how busy the machine was.
type ExpiredCaches struct {
	Configuration string
	Share         float64
}

// InOutages says which part of the time that agents of a configuration worked, 0 to 1, they
// waited for models that answered nobody.
type InOutages struct {
	Configuration string
	Share         float64
}

// DoubtfulGrades says how many trials of a configuration have grades with a doubt,
// such as a flaky test.
type DoubtfulGrades struct {
	Configuration string
	Flag          string
	Trials        int
}

// Contaminated says how many trials of a configuration touched the upstream fix of their
// tasks: what they resolved says little.
type Contaminated struct {
	Configuration string
	Trials        int
}

// MarginAssumed says that no margin was declared before the run.
type MarginAssumed struct{ MarginPP float64 }

// LowerWithinMargin says that a non-inferior candidate is worse all the same.
type LowerWithinMargin struct{}

// SavesLess says that less is saved than was asked for, in shares of the
// baseline's cost.
type SavesLess struct{ Saved, Asked float64 }

// CostShort says that a configuration's cost is not known well enough to
// conclude anything from it: attempts reported no usage, or all of them.
type CostShort struct {
	Configuration string
	Attempts      int       // without a report
	Cost          bench.USD // of the others; 0 if nothing was reported
	Estimate      bench.USD // of those without
}

// LeftOut says which trials of a configuration are in no pair, and why.
type LeftOut struct {
	Configuration string
	Trials, Pairs int // all of its trials, and those in a pair
	Infra         int // ended by infrastructure
	Cancelled     int
	Unjudged      int // ended without a verdict
	Open          int // not ended
	NoPartner     int // the other side has no verdict for that attempt
}

// NeverDelegated says that a fusion's numbers are those of its main agent.
type NeverDelegated struct{ Configuration string }

// Runs are the ids of the runs of baseline and candidate.
type Runs struct{ Baseline, Candidate string }

// DifferentTasks says that two runs have different tasks.
type DifferentTasks struct{ Runs }

// DifferentRules says that two runs are scored by different rules.
type DifferentRules struct {
	Runs
	BaselineRules, CandidateRules string
}

// DifferentWorkers says that two runs had different numbers of workers, which
// changes how often caches expire.
type DifferentWorkers struct {
	Runs
	BaselineWorkers, CandidateWorkers int
}

// LookedAtEachTask says that the run could end as soon as quality was decided, and how
// many tasks it has by now: quality is judged by what holds at every look, cost as if
// that number had been set beforehand.
type LookedAtEachTask struct{ Tasks int }

// Code implements Warning.
func (TooFewTasks) Code() string { return "too_few_tasks" }

// Code implements Warning.
func (NoCostInterval) Code() string { return "no_cost_interval" }

// Code implements Warning.
func (BaselineResolvedNothing) Code() string { return "baseline_resolved_nothing" }

// Code implements Warning.
func (MarginAssumed) Code() string { return "margin_assumed" }

// Code implements Warning.
func (LookedAtEachTask) Code() string { return "looked_at_each_task" }

// Code implements Warning.
func (LowerWithinMargin) Code() string { return "lower_within_margin" }

// Code implements Warning.
func (SavesLess) Code() string { return "saves_less" }

// Code implements Warning.
func (CostShort) Code() string { return "cost_short" }

// Code implements Warning.
func (LeftOut) Code() string { return "left_out" }

// Code implements Warning.
func (NeverDelegated) Code() string { return "never_delegated" }

// Code implements Warning.
func (DifferentTasks) Code() string { return "different_tasks" }

// Code implements Warning.
func (DifferentRules) Code() string { return "different_rules" }

// Code implements Warning.
func (DifferentWorkers) Code() string { return "different_workers" }

// Code implements Warning.
func (BaselineResolvedEverything) Code() string { return "baseline_resolved_everything" }

// Code implements Warning.
func (OneTaskSaves) Code() string { return "one_task_saves" }

// Code implements Warning.
func (OneTaskDecides) Code() string { return "one_task_decides" }

// Code implements Warning.
func (NothingDisplaced) Code() string { return "nothing_displaced" }

// Code implements Warning.
func (SeveralCandidates) Code() string { return "several_candidates" }

// Code implements Warning.
func (MarginChanged) Code() string { return "margin_changed" }

// Code implements Warning.
func (SimulatedModels) Code() string { return "simulated_models" }

// Code implements Warning.
func (UnequalInfra) Code() string { return "unequal_infra" }

// Code implements Warning.
func (UnequalMachines) Code() string { return "unequal_machines" }

// Code implements Warning.
func (DifferentLimits) Code() string { return "different_limits" }

// Code implements Warning.
func (ExpiredCaches) Code() string { return "expired_caches" }

// Code implements Warning.
func (InOutages) Code() string { return "in_outages" }

// Code implements Warning.
func (DoubtfulGrades) Code() string { return "doubtful_grades" }

// Code implements Warning.
func (Contaminated) Code() string { return "contaminated_trials" }

// UsualDiscordance is the share of tasks that differ where fewer than
// EnoughTasks are known to tell.
const (
	UsualDiscordance = 0.15
	EnoughTasks      = 30
)

// plan finds how many tasks the margin takes for each candidate, at the level that
// Holm's correction leaves to each of several at the least.
func plan(verdicts []Verdict, a Assumptions) {
	type question struct{ discordance, alpha float64 }
	needed := map[question]int{}
	for i := range verdicts {
		e := &verdicts[i].Evidence
		e.NeededFor = UsualDiscordance
		if e.Tasks >= EnoughTasks && e.Discordance > 0 {
			e.NeededFor = float64(e.Discordance)
		}
		q := question{e.NeededFor, a.Alpha / float64(e.Candidates)}
		if needed[q] == 0 {
			needed[q] = a.pairsNeeded(q.discordance, q.alpha)
		}
		e.Needed = needed[q]
	}
}

// pairsNeeded is by how many pairs the margin is shown, with the power assumed.
func (a Assumptions) pairsNeeded(discordance, alpha float64) int {
	if a.Sequential {
		return stats.SequenceNeeded(a.margin(), discordance, alpha, a.Power)
	}
	return stats.PairsNeeded(a.margin(), discordance, alpha, a.Power)
}

// warnings are those that follow from the pairs themselves.
func (e Evidence) warnings(a Assumptions) (all []Warning) {
	say := func(is bool, w Warning) {
		if is {
			all = append(all, w)
		}
	}
	some := e.N() > 0
	decided := a.Sequential && e.quality(a) != QualityOpen
	say(e.Tasks < e.Needed && !decided,
		TooFewTasks{e.Tasks, e.Needed, a.MarginPP, e.NeededFor, e.repeated(), e.NonInferior})
	say(some && e.CostRatio.OK() && !e.CostRatioInterval.OK(), NoCostInterval{})
	say(some && e.BaselineNeverSolves, BaselineResolvedNothing{})
	say(some && e.OnlyCandidate+e.Neither == 0, BaselineResolvedEverything{})
	say(a.Assumed, MarginAssumed{a.MarginPP})
	say(a.Sequential && some, LookedAtEachTask{e.Tasks})
	say(e.Candidates > 1 && some, SeveralCandidates{e.Candidates})
	say(e.NonInferior && e.DifferenceInterval.Hi < 0, LowerWithinMargin{})
	say(a.MinSaving > 0 && e.CostRatio.OK() && float64(e.CostRatio) > 1-a.MinSaving,
		SavesLess{1 - float64(e.CostRatio), a.MinSaving})
	// A sequence ends at the task that decides.
	say(e.Influence.QualityTask != "" && !a.Sequential,
		OneTaskDecides{e.Influence.QualityTask, e.Influence.Quality})
	return all
}
