package compare

import (
	"time"

	"bench"
	"bench/stats"
)

// Comparison is everything a comparison says.
type Comparison struct {
	Runs           []string
	Simulated      bool // a model of some configuration is a script
	Configurations []Configuration
	Pairs          []Pair
	Frontier       []string // not beaten in both rate and cost
	// Alarms are what must be known before any number is read.
	Alarms   []string
	Warnings []string // about the runs; those of a pair are in Pairs
	Images   []Image
	// Kinds are the metrics that are not exact, by name.
	Kinds     map[string]Kind
	Repricing *Repricing // null: costs are as they were recorded
	// SidekickPrice names the price behind cost_usd.sidekicks_at_other_price.
	SidekickPrice string

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
	Name          string     `json:"name"` // with "@run" where several runs have one of that name
	Kind          bench.Kind `json:"kind"`
	MainModel     string     `json:"main_model"` // config name
	SidekickModel *string    `json:"sidekick_model"`
	AdvisorModel  *string    `json:"advisor_model"`

	Tasks        int            `json:"n_tasks"`
	Trials       int            `json:"n_trials"`
	Graded       int            `json:"n_graded"` // with a verdict
	Infra        int            `json:"n_infra"`
	Resolved     int            `json:"resolved"`
	ResolvedRate stats.Number   `json:"resolved_rate"` // of those with a verdict
	ResolvedCI   stats.Interval `json:"resolved_ci"`

	Cost          Cost                  `json:"cost_usd"`
	Calls         Calls                 `json:"calls"`
	SidekickShare Share                 `json:"sidekick_share"`
	Tokens        *bench.Usage          `json:"tokens"` // null if not known
	CachedShare   CachedShare           `json:"cached_share"`
	Parallelism   Parallelism           `json:"parallelism"`
	CriticalPath  CriticalShare         `json:"critical_path"`
	Escalation    Escalation            `json:"escalation"`
	Reports       Reports               `json:"reports"`
	Duplication   Duplication           `json:"duplication"`
	Reread        Reread                `json:"reread"`
	Edits         Edits                 `json:"edits"`
	Faults        Faults                `json:"workspace_faults"`
	Wall          Wall                  `json:"wall_s"`
	Outcomes      map[bench.Outcome]int `json:"outcomes"`
	Flags         map[string]int        `json:"flags"` // trials by the doubts of their grades
	// N is how many things a metric is taken over, by the metric's name.
	N map[string]int `json:"n"`

	// What the tables show beside the document.
	Run          string `json:"-"`
	MainWire     string `json:"-"` // name at the provider
	SidekickWire string `json:"-"`
	AdvisorWire  string `json:"-"`
	NoUsage      int    `json:"-"` // trials whose program reported no model calls
	Simulated    bool   `json:"-"`
	Cancelled    int    `json:"-"`
	Unfinished   int    `json:"-"` // queued or under way
	Roles        []Role `json:"-"`
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
	CachedShare stats.Number
}
