package bench

import (
	"slices"
	"time"
)

// Kind is the shape of a configuration: who works on a task.
type Kind string

// The kinds of configuration.
const (
	KindSingle  Kind = "single"  // one agent, no task tools
	KindFusion  Kind = "fusion"  // a main agent that may delegate to sidekicks
	KindAdvisor Kind = "advisor" // one agent that may ask a stronger model for advice
	KindCommand Kind = "command" // a program of somebody else's, run in the sandbox
)

// Role is an agent's part in a trial.
type Role string

// The roles. Single is main without the task tools; the executor of an advisor
// configuration is single with the tool that asks.
const (
	RoleSingle   Role = "single"
	RoleMain     Role = "main"
	RoleSidekick Role = "sidekick"
	RoleAdvisor  Role = "advisor"
	RoleCommand  Role = "command"
)

// Leads reports whether an agent of this role answers for a whole trial.
func (r Role) Leads() bool {
	switch r {
	case RoleMain, RoleSingle, RoleCommand:
		return true
	case RoleSidekick, RoleAdvisor:
	}
	return false
}

// DelegationMode says how strongly the main agent is told to delegate.
type DelegationMode string

// The delegation modes. Off offers no task tools.
const (
	DelegationOff       DelegationMode = "off"
	DelegationOptional  DelegationMode = "optional"
	DelegationMandatory DelegationMode = "mandatory"
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
	WorkspaceSharedFree   Workspace = "shared_free"   // main's sandbox, all at once
)

// Memory says what a sidekick remembers of earlier delegations.
type Memory string

// The memories.
const (
	MemoryFresh      Memory = "fresh"      // nothing: every delegation starts anew
	MemoryResumable  Memory = "resumable"  // main may resume a delegation that has ended
	MemoryPersistent Memory = "persistent" // one sidekick, which every task call resumes
)

// Context says what a sidekick knows when a delegation starts.
type Context string

// The contexts.
const (
	ContextBrief Context = "brief" // main's brief
	ContextIssue Context = "issue" // the brief and the problem statement
	ContextFork  Context = "fork"  // the brief and a transcript of main's conversation
)

// BriefStyle says what kind of briefs main is asked for.
type BriefStyle string

// The styles of briefs.
const (
	BriefComplete BriefStyle = "complete" // goal, place, constraints, edge cases, definition of done
	BriefShort    BriefStyle = "short"    // the goal, in a sentence or two
)

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
