package compare

import (
	"encoding/json"
	"math"
	"time"

	"bench"
	"bench/scoring/stats"
)

// Comparison is everything a comparison says, as `bench compare --format json`
// prints it.
type Comparison struct {
	Runs           []string        `json:"runs"`
	Simulated      bool            `json:"simulated"` // a model of some configuration is a script
	Configurations []Configuration `json:"configurations"`
	Pairs          []Pair          `json:"pairs"`
	Frontier       []string        `json:"frontier"` // not beaten in both rate and cost
	Warnings       []string        `json:"warnings"` // about the runs; those of a pair are in Pairs
	Images         []Image         `json:"images"`
}

// Image is an image that a run's agents worked in.
type Image struct {
	Run    string `json:"run"`
	Name   string `json:"name"`
	Digest string `json:"digest"` // of a registry if it came from one, else the image's id
}

// Configuration is one column of a comparison.
type Configuration struct {
	Name          string     `json:"name"` // with "@run" where several runs have one of that name
	Kind          bench.Kind `json:"kind"`
	MainModel     string     `json:"main_model"` // config name
	SidekickModel *string    `json:"sidekick_model"`

	Tasks        int      `json:"n_tasks"`
	Trials       int      `json:"n_trials"`
	Graded       int      `json:"n_graded"` // with a verdict
	Infra        int      `json:"n_infra"`
	Resolved     int      `json:"resolved"`
	ResolvedRate Number   `json:"resolved_rate"` // of those with a verdict
	ResolvedCI   Interval `json:"resolved_ci"`

	Cost          Cost                  `json:"cost_usd"`
	SidekickShare Share                 `json:"sidekick_share"`
	Tokens        bench.Usage           `json:"tokens"`
	CachedShare   CachedShare           `json:"cached_share"`
	Parallelism   Parallelism           `json:"parallelism"`
	Escalation    Escalation            `json:"escalation"`
	Wall          Wall                  `json:"wall_s"`
	Outcomes      map[bench.Outcome]int `json:"outcomes"`
	Flags         map[string]int        `json:"flags"` // trials by the doubts of their grades

	// What the tables show beside the document.
	Run          string `json:"-"`
	MainWire     string `json:"-"` // name at the provider
	SidekickWire string `json:"-"`
	Simulated    bool   `json:"-"`
	Cancelled    int    `json:"-"`
	Unfinished   int    `json:"-"` // queued or under way
	Roles        []Role `json:"-"`
}

// Cost is money in dollars.
type Cost struct {
	Total        Number   `json:"total"`
	PerTask      Number   `json:"per_task"`
	PerTaskCI    Interval `json:"per_task_ci"`
	PerResolved  Number   `json:"per_resolved"`
	Main         Number   `json:"main"`
	Sidekick     Number   `json:"sidekick"`
	WithoutCache Number   `json:"without_cache"`
}

// Share is the sidekicks' part of a sum, 0 to 1.
type Share struct {
	Cost       Number `json:"cost"`
	Tokens     Number `json:"tokens"`
	LLMSeconds Number `json:"llm_seconds"`
}

// CachedShare is the part of input tokens read from cache, 0 to 1.
type CachedShare struct {
	Main     Number `json:"main"`
	Sidekick Number `json:"sidekick"`
}

// Parallelism says how much sidekicks worked side by side.
type Parallelism struct {
	DelegationsPerTrial Number `json:"delegations_per_trial"`
	BatchSizeMean       Number `json:"batch_size_mean"`
	PeakConcurrency     int    `json:"peak_concurrency"`
	MeanConcurrency     Number `json:"mean_concurrency"`
	SpeedupEstimate     Number `json:"speedup_estimate"`
	MainIdle            Number `json:"main_idle_s"`
}

// Escalation says what sidekicks handed back.
type Escalation struct {
	Delegations int                  `json:"delegations"`
	Escalated   int                  `json:"escalated"`
	Rate        Number               `json:"rate"`
	Voluntary   int                  `json:"voluntary"`
	Forced      int                  `json:"forced"`
	ByReason    map[bench.Reason]int `json:"by_reason"`
	Wasted      Number               `json:"wasted_usd"`
}

// Wall is how long agents worked on a trial, in seconds.
type Wall struct {
	P50 Number `json:"p50"`
	P95 Number `json:"p95"`
}

// Role sums up the agents of one role with one model.
type Role struct {
	Role        bench.Role
	Model       string // config name
	WireModel   string
	Agents      int
	Calls       int
	ToolCalls   int
	Usage       bench.Usage
	Cost        bench.USD
	Time        time.Duration // in model calls
	Waited      time.Duration // rate limits, back-off and failed attempts
	CachedShare Number
}

// Pair compares a candidate with the baseline on the tasks both have verdicts
// for.
type Pair struct {
	Baseline      string   `json:"baseline"`
	Candidate     string   `json:"candidate"`
	N             int      `json:"n_pairs"`
	Both          int      `json:"both"` // resolved by both
	OnlyBaseline  int      `json:"only_baseline"`
	OnlyCandidate int      `json:"only_candidate"`
	Neither       int      `json:"neither"`
	DeltaPP       Number   `json:"delta_pp"` // candidate minus baseline, percentage points
	DeltaCI       Interval `json:"delta_ci"`
	PValue        Number   `json:"p_value"`
	Test          string   `json:"test"`
	MarginPP      Number   `json:"margin_pp"`
	NonInferior   bool     `json:"non_inferior"`
	CostRatio     Number   `json:"cost_ratio"` // candidate over baseline
	CostRatioCI   Interval `json:"cost_ratio_ci"`
	Verdict       string   `json:"verdict"`
	Warnings      []string `json:"warnings"`
}

// Number is a number that may be absent: NaN, which is null in JSON.
type Number float64

// OK reports whether there is a number.
func (n Number) OK() bool { return !math.IsNaN(float64(n)) && !math.IsInf(float64(n), 0) }

// MarshalJSON writes a number or null.
func (n Number) MarshalJSON() ([]byte, error) {
	if !n.OK() {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON reads what MarshalJSON writes.
func (n *Number) UnmarshalJSON(b []byte) error {
	f := math.NaN()
	err := json.Unmarshal(b, &f)
	*n = Number(f)
	return err
}

// Interval is a confidence interval; in JSON [lo, hi], or null.
type Interval struct{ Lo, Hi Number }

func interval(i stats.Interval) Interval { return Interval{Number(i.Lo), Number(i.Hi)} }

// scaled is an interval in another unit.
func (i Interval) scaled(by Number) Interval { return Interval{i.Lo * by, i.Hi * by} }

// OK reports whether there is an interval.
func (i Interval) OK() bool { return i.Lo.OK() && i.Hi.OK() }

// MarshalJSON writes [lo, hi] or null.
func (i Interval) MarshalJSON() ([]byte, error) {
	if !i.OK() {
		return []byte("null"), nil
	}
	return json.Marshal([2]Number{i.Lo, i.Hi})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (i *Interval) UnmarshalJSON(b []byte) error {
	limits := [2]Number{Number(math.NaN()), Number(math.NaN())}
	err := json.Unmarshal(b, &limits)
	i.Lo, i.Hi = limits[0], limits[1]
	return err
}

// over is a/b, absent if b is 0.
func over[A, B ~int | ~int64 | ~float64](a A, b B) Number {
	if b == 0 {
		return Number(math.NaN())
	}
	return Number(float64(a) / float64(b))
}
