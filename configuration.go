package bench

import (
	"slices"
	"time"
)

// NamePattern is what the names of models and configurations look like, as a
// regular expression: they become parts of file names, labels and other names.
const NamePattern = `^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`

// Configuration is one column of the comparison: a named way to work on tasks.
type Configuration struct {
	Name             string         `json:"name"`
	Kind             Kind           `json:"kind"`
	Main             Model          `json:"main"` // the model of the main or single agent
	Limits           Limits         `json:"limits"`
	MaxParallelTools int            `json:"max_parallel_tools"` // at once, within one response
	CommandTimeout   time.Duration  `json:"command_timeout"`    // hard limit of one terminal command
	Offline          bool           `json:"offline,omitempty"`  // agents' sandboxes have no network
	Notice           float64        `json:"notice"`             // share of a limit that agents hear of
	Sidekick         *Sidekick      `json:"sidekick,omitempty"` // fusion only
	Delegation       DelegationMode `json:"delegation,omitempty"`
	Escalation       EscalationMode `json:"escalation,omitempty"`
	Strict           bool           `json:"strict,omitempty"`     // escalated tasks cannot be resumed
	ShowCosts        bool           `json:"show_costs,omitempty"` // of each delegation or consultation
	Advisor          *Advisor       `json:"advisor,omitempty"`    // advisor only
	Command          *Command       `json:"command,omitempty"`    // command only
}

// Simulated reports whether any answer comes from a script.
func (c Configuration) Simulated() bool {
	return slices.ContainsFunc(c.Models(), func(m Model) bool { return m.Simulated })
}

// Models returns the models of a configuration, that of its main or single
// agent first.
func (c Configuration) Models() []Model {
	all := []Model{c.Main}
	if c.Sidekick != nil {
		all = append(all, c.Sidekick.Model)
	}
	if c.Advisor != nil {
		all = append(all, c.Advisor.Model)
	}
	if c.Command != nil {
		all = append(all, c.Command.Models...)
	}
	return all
}

// Sidekick describes the cheap agents that a fusion main delegates to.
type Sidekick struct {
	Model            Model      `json:"model"`
	Limits           Limits     `json:"limits"`         // of one activation
	Total            Limits     `json:"total,omitzero"` // of one delegation, over all its activations
	MaxParallel      int        `json:"max_parallel"`   // running activations per trial
	MaxParallelTools int        `json:"max_parallel_tools"`
	Workspace        Workspace  `json:"workspace"`
	ReadOnly         bool       `json:"read_only,omitempty"` // told to change no files
	Memory           Memory     `json:"memory,omitempty"`
	Background       bool       `json:"background,omitempty"` // main may go on while it works
	Context          Context    `json:"context,omitempty"`
	Brief            BriefStyle `json:"brief,omitempty"`
	Notice           float64    `json:"notice"`       // as Configuration.Notice
	ReportChars      int        `json:"report_chars"` // of a report that main is shown
	WrapUp           bool       `json:"wrap_up"`      // one last call at a limit, without tools
	// MaxProviderFailures is the share of a trial's activations that the provider's
	// faults may end, 0 to 1. Above it the trial says nothing of the configuration.
	MaxProviderFailures float64 `json:"max_provider_failures"`
}

// Advisor describes the model that an agent of an advisor configuration may
// ask. Each consultation is one call without tools.
type Advisor struct {
	Model    Model  `json:"model"`
	Consults int64  `json:"consults,omitempty"` // per trial; 0 is unlimited
	Limits   Limits `json:"limits"`             // of one consultation: cost and tokens
}

// Command describes an agent program that is run inside the sandbox.
type Command struct {
	Run   string `json:"run"`             // for the shell, in the work directory
	Usage string `json:"usage,omitempty"` // file in the sandbox that it reports its model calls in
	// Models are those its reports may name; calls without a name are Main's.
	Models []Model `json:"models,omitempty"`
}

// Model is a model as a configuration uses it: where it is served, what it is
// called there, how it is sampled and what it costs.
type Model struct {
	Name            string `json:"name"`  // key in the config's models block
	Model           string `json:"model"` // name on the wire
	Provider        string `json:"provider"`
	API             string `json:"api,omitempty"` // protocol: responses or messages; empty is chat
	Price           Price  `json:"price"`
	MaxOutputTokens int64  `json:"max_output_tokens"` // per call
	ContextWindow   int64  `json:"context_window,omitempty"`
	// KnownWindow is what the built-in table says, in tokens. It bounds nothing: it
	// helps to tell why a request was refused.
	KnownWindow     int64    `json:"known_window,omitempty"`
	Temperature     *float64 `json:"temperature,omitempty"`
	TopP            *float64 `json:"top_p,omitempty"`
	ReasoningEffort string   `json:"reasoning_effort,omitempty"`
	Seed            *int     `json:"seed,omitempty"`
	Simulated       bool     `json:"simulated,omitempty"` // answers come from a script
}

// Limits bounds what an agent, a trial or a run may use. Zero means unlimited.
type Limits struct {
	Iterations int64         `json:"iterations,omitempty"` // model calls
	Cost       USD           `json:"cost,omitempty"`
	Tokens     int64         `json:"tokens,omitempty"` // input plus output
	Wall       time.Duration `json:"wall,omitempty"`
}
