package compare

import (
	"time"

	"bench"
	"bench/results"
	"bench/stats"
)

// Comparison is everything a comparison says.
type Comparison struct {
	Runs           []string
	Simulated      bool          // a model of some configuration is a script
	Imported       bool          // the trials of some configuration were made elsewhere
	Replay         *bench.Replay // set if a run plays another one again
	Configurations []Configuration
	Pairs          []Pair
	Noise          []Noise  // of configurations that were run a second time
	Frontier       []string // not beaten in both rate and cost
	NetBenefit     NetBenefit
	Axes           []Axis  // by dollars first
	Curves         []Curve // resolved rates under budgets
	// Alarms are what must be known before any number is read.
	Alarms   []string
	Warnings []string // about the runs; those of a pair are in Pairs
	Images   []Image
	Hosts    []Host
	// Kinds are the metrics that are not exact, by name.
	Kinds     map[string]Kind
	Repricing *Repricing // null: costs are as they were recorded
	// SidekickPrice names the price behind cost_usd.sidekicks_at_other_price.
	SidekickPrice string

	Excluded *results.Exclusion // that were left out as contaminated; nil: nobody asked

	Metrics []Metric // those that tables show
	Asked   bool     // somebody chose them
}

// Repricing says which prices took the place of those of the runs.
type Repricing struct {
	File   string   `json:"file"`
	Models []string `json:"models"` // config names of those with a new price
	Kept   []string `json:"kept"`   // and of the others
}

// Image is an image that a run's agents worked in.
type Image struct {
	Run    string `json:"run"`
	Name   string `json:"name"`
	Digest string `json:"digest"` // of a registry if it came from one, else the image's id
}

// Configuration is one column of a comparison.
type Configuration struct {
	Run           string
	Name          string // with "@run" where several runs have one of that name
	Kind          bench.Kind
	Repeats       *string // the configuration of its run that it is once more
	MainModel     string  // config name
	SidekickModel *string
	AdvisorModel  *string
	MainWire      string // name at the provider
	SidekickWire  string
	AdvisorWire   string
	RoutedWire    []string // names of the models beside the main one that turns may go to
	Simulated     bool
	Imported      bool // its trials were made elsewhere

	Cost       Knowledge // how much of what it cost was reported
	CostOpen   bool      // so little that nothing is concluded from it
	NoUsage    int       // trials whose program reported no model calls
	Unfinished int       // trials queued or under way
	Outcomes   map[bench.Outcome]int
	Flags      map[string]int // trials by the doubts of their grades
	// Contaminated are trials by the worst of what was found in them. Unexamined ones have
	// ended, and nobody has looked.
	Contaminated map[bench.Severity]int
	Unexamined   int
	Roles        []Role
	Routed       []Routed // by turns; nil where the model cannot change

	delegates bool             // it is a program whose gateway sees that it delegates
	values    map[string]Value // by the metric's name
}

// Value is the value of a metric.
func (c Configuration) Value(m Metric) Value { return c.values[m.Name] }

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
	Unreported  bench.USD     // estimate of what it cost besides
	Time        time.Duration // in model calls
	Waited      time.Duration // rate limits, back-off and failed attempts
	CachedShare stats.Number
}
