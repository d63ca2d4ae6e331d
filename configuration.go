package bench

import "time"

// Kind is the shape of a configuration: who works on a task.
type Kind string

// The kinds of configuration.
const (
	KindSingle Kind = "single" // one agent, no task tools
	KindFusion Kind = "fusion" // a main agent that may delegate to sidekicks
)

// Role is an agent's part in a trial.
type Role string

// The roles. Single is main without the task tools.
const (
	RoleSingle   Role = "single"
	RoleMain     Role = "main"
	RoleSidekick Role = "sidekick"
)

// Delegation says how strongly the main agent is told to delegate.
type Delegation string

// The delegation modes. Off offers no task tools.
const (
	DelegationOff       Delegation = "off"
	DelegationOptional  Delegation = "optional"
	DelegationMandatory Delegation = "mandatory"
)

// EscalationMode says which escalations exist in a configuration.
type EscalationMode string

// The escalation modes. Where forced escalations are off, a sidekick that hits
// a limit is reported as an error observation; where voluntary ones are off,
// its prompt does not mention them and the sentinel has no effect.
const (
	EscalationOff       EscalationMode = "off"
	EscalationVoluntary EscalationMode = "voluntary"
	EscalationForced    EscalationMode = "forced"
	EscalationBoth      EscalationMode = "both"
)

// Voluntary reports whether a sidekick may escalate by its own decision.
func (m EscalationMode) Voluntary() bool { return m == EscalationVoluntary || m == EscalationBoth }

// Forced reports whether a sidekick's limit becomes an escalation.
func (m EscalationMode) Forced() bool { return m == EscalationForced || m == EscalationBoth }

// Workspace says which files a sidekick works on.
type Workspace string

// The workspace modes.
const (
	WorkspaceSnapshot     Workspace = "snapshot"      // own sandbox; a patch comes back
	WorkspaceSharedLocked Workspace = "shared_locked" // main's sandbox, one activation at a time
)

// Configuration is one column of the comparison: a named way to work on tasks.
type Configuration struct {
	Name             string         `json:"name"`
	Kind             Kind           `json:"kind"`
	Main             Model          `json:"main"` // the model of the main or single agent
	Limits           Limits         `json:"limits"`
	MaxParallelTools int            `json:"max_parallel_tools"` // at once, within one response
	CommandTimeout   time.Duration  `json:"command_timeout"`    // hard limit of one terminal command
	Sidekick         *Sidekick      `json:"sidekick,omitempty"` // fusion only
	Delegation       Delegation     `json:"delegation,omitempty"`
	Escalation       EscalationMode `json:"escalation,omitempty"`
}

// Sidekick describes the cheap agents that a fusion main delegates to.
type Sidekick struct {
	Model            Model     `json:"model"`
	Limits           Limits    `json:"limits"`       // of one activation
	MaxParallel      int       `json:"max_parallel"` // running activations per trial
	MaxParallelTools int       `json:"max_parallel_tools"`
	Workspace        Workspace `json:"workspace"`
	WrapUp           bool      `json:"wrap_up"` // one last call without tools at a limit
}

// Model is a model as a configuration uses it: where it is served, what it is
// called there, how it is sampled and what it costs.
type Model struct {
	Name            string   `json:"name"`  // key in the config's models block
	Model           string   `json:"model"` // name on the wire
	Provider        string   `json:"provider"`
	Price           Price    `json:"price"`
	MaxOutputTokens int64    `json:"max_output_tokens"` // per call
	ContextWindow   int64    `json:"context_window,omitempty"`
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
