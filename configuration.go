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
	Repeats          string         `json:"repeats,omitempty"` // the one that it is once more
	Main             Model          `json:"main"`              // the model of the main or single agent
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
	Router           *Router        `json:"router,omitempty"`     // router only
	Command          *Command       `json:"command,omitempty"`    // command only
}

// Simulated reports whether any answer comes from a script.
func (c Configuration) Simulated() bool {
	return slices.ContainsFunc(c.Models(), func(m Model) bool { return m.Simulated })
}

// Unbounded reports whether nobody can stop what a configuration spends: its program
// reaches its models by itself.
func (c Configuration) Unbounded() bool { return c.Command != nil && c.Command.Gateway == nil }

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
	if c.Router != nil {
		all = append(all, c.Router.Models...)
		if c.Router.Ask != nil {
			all = append(all, c.Router.Ask.Model)
		}
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
	// Models are those beside Main that its reports may name, or that it may call
	// through the gateway. Reports without a name are of Main's calls.
	Models  []Model  `json:"models,omitempty"`
	Preset  string   `json:"preset,omitempty"` // that Run and the rest are from
	Env     []string `json:"env,omitempty"`    // NAME=value, of the program
	Gateway *Gateway `json:"gateway,omitempty"`
	// ACP is set for a program that is driven by the Agent Client Protocol.
	ACP *ACP `json:"acp,omitempty"`
}

// ACP says how a program is driven by the Agent Client Protocol.
type ACP struct {
	Permission Permission `json:"permission"`     // how its requests for permission are answered
	Auth       string     `json:"auth,omitempty"` // way by which it is authenticated
	Mode       string     `json:"mode,omitempty"` // that its session is put in
}

// Gateway says how a program's model calls are passed on, and whose they are. A
// program without one reaches its models by itself.
type Gateway struct {
	Names []ModelName `json:"names,omitempty"`
	// Rules say whose a call is: the first that holds. Where none does it is not known.
	Rules []CallRule `json:"rules,omitempty"`
	// Delegating are the names of the tools by which an agent of the program hands
	// work to another.
	Delegating []string `json:"delegating,omitempty"`
	// DropBodies: what was said is not stored.
	DropBodies bool `json:"drop_bodies,omitempty"`
}

// ModelName is what a program calls a model; * stands for any text.
type ModelName struct {
	Name  string `json:"name"`
	Model string `json:"model"` // config name
}

// CallRule says of which part of a program the calls are for which all of its
// conditions hold: regular expressions that must be found.
type CallRule struct {
	Role   Role   `json:"role"`             // main or sidekick
	Header string `json:"header,omitempty"` // name of a header; it must be there
	Value  string `json:"value,omitempty"`  // of the header
	Key    string `json:"key,omitempty"`    // what stands behind the token and a dot
	Model  string `json:"model,omitempty"`  // as the program calls it
	System string `json:"system,omitempty"` // the system prompt
	First  string `json:"first,omitempty"`  // the first message of the user
	Tool   string `json:"tool,omitempty"`   // the name of a tool that is offered
	Aside  bool   `json:"aside,omitempty"`  // beside main's conversation, such as for a title
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
