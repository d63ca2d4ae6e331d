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
}

// NoCostInterval says that too few tasks have pairs for an interval of the cost
// ratio.
type NoCostInterval struct{}

// BaselineResolvedNothing says that being as good says nothing.
type BaselineResolvedNothing struct{}

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

// Code implements Warning.
func (TooFewTasks) Code() string { return "too_few_tasks" }

// Code implements Warning.
func (NoCostInterval) Code() string { return "no_cost_interval" }

// Code implements Warning.
func (BaselineResolvedNothing) Code() string { return "baseline_resolved_nothing" }

// Code implements Warning.
func (MarginAssumed) Code() string { return "margin_assumed" }

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

// UsualDiscordance is the share of tasks that differ where fewer than
// EnoughTasks are known to tell.
const (
	UsualDiscordance = 0.15
	EnoughTasks      = 30
)

// warnings are those that follow from the pairs themselves.
func (e Evidence) warnings(a Assumptions) (all []Warning) {
	discordance := UsualDiscordance
	if e.Tasks >= EnoughTasks && e.Discordance > 0 {
		discordance = float64(e.Discordance)
	}
	need := stats.PairsNeeded(a.margin(), discordance, a.Alpha, a.Power)
	if e.Tasks < need && !e.NonInferior {
		all = append(all, TooFewTasks{e.Tasks, need, a.MarginPP, discordance, e.repeated()})
	}
	if e.N() > 0 && e.CostRatio.OK() && !e.CostRatioInterval.OK() {
		all = append(all, NoCostInterval{})
	}
	if e.N() > 0 && e.BaselineNeverSolves {
		all = append(all, BaselineResolvedNothing{})
	}
	if a.Assumed {
		all = append(all, MarginAssumed{a.MarginPP})
	}
	if e.NonInferior && e.DifferenceInterval.Hi < 0 {
		all = append(all, LowerWithinMargin{})
	}
	if saved := 1 - float64(e.CostRatio); a.MinSaving > 0 && e.CostRatio.OK() &&
		float64(e.CostRatio) > 1-a.MinSaving {
		all = append(all, SavesLess{saved, a.MinSaving})
	}
	return all
}
