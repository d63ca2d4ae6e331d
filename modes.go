package bench

// The keys of a configuration that take one of a few words: their types, their
// words, and in the order in which users are shown them, their Choices.

// Kind is the shape of a configuration: who works on a task.
type Kind string

// The kinds of configuration.
const (
	KindSingle  Kind = "single"  // one agent, no task tools
	KindFusion  Kind = "fusion"  // a main agent that may delegate to sidekicks
	KindAdvisor Kind = "advisor" // one agent that may ask a stronger model for advice
	KindRouter  Kind = "router"  // one agent whose model may change from turn to turn
	KindCommand Kind = "command" // a program of somebody else's, run in the sandbox
)

// Choices returns the kinds.
func (Kind) Choices() []string {
	return []string{string(KindSingle), string(KindFusion), string(KindAdvisor), string(KindRouter),
		string(KindCommand)}
}

// Role is an agent's part in a trial.
type Role string

// The roles. Single is main without the task tools; the executor of an advisor
// configuration is single with the tool that asks, and the agent of a router
// configuration is single.
const (
	RoleSingle   Role = "single"
	RoleMain     Role = "main"
	RoleSidekick Role = "sidekick"
	RoleAdvisor  Role = "advisor"
	RoleRouter   Role = "router" // chooses the model of a turn
	RoleCommand  Role = "command"
	// RoleUnknown is that of the calls of a program of which nobody can say whether
	// its main agent or a sidekick made them.
	RoleUnknown Role = "unknown"
)

// Leads reports whether an agent of this role answers for a whole trial.
func (r Role) Leads() bool {
	switch r {
	case RoleMain, RoleSingle, RoleCommand:
		return true
	case RoleSidekick, RoleAdvisor, RoleRouter, RoleUnknown:
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

// Choices returns the delegation modes.
func (DelegationMode) Choices() []string {
	return []string{string(DelegationOff), string(DelegationOptional), string(DelegationMandatory)}
}

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

// Choices returns the escalation modes.
func (EscalationMode) Choices() []string {
	return []string{
		string(EscalationOff), string(EscalationVoluntary), string(EscalationForced),
		string(EscalationBoth),
	}
}

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

// Choices returns the workspace modes.
func (Workspace) Choices() []string {
	return []string{
		string(WorkspaceSnapshot), string(WorkspaceSharedLocked), string(WorkspaceSharedFree),
	}
}

// Memory says what a sidekick remembers of earlier delegations.
type Memory string

// The memories.
const (
	MemoryFresh      Memory = "fresh"      // nothing: every delegation starts anew
	MemoryResumable  Memory = "resumable"  // main may resume a delegation that has ended
	MemoryPersistent Memory = "persistent" // one sidekick, which every task call resumes
)

// Choices returns the memories.
func (Memory) Choices() []string {
	return []string{string(MemoryFresh), string(MemoryResumable), string(MemoryPersistent)}
}

// Context says what a sidekick knows when a delegation starts.
type Context string

// The contexts.
const (
	ContextBrief Context = "brief" // main's brief
	ContextIssue Context = "issue" // the brief and the problem statement
	ContextFork  Context = "fork"  // the brief and a transcript of main's conversation
)

// Choices returns the contexts.
func (Context) Choices() []string {
	return []string{string(ContextBrief), string(ContextIssue), string(ContextFork)}
}

// BriefStyle says what kind of briefs main is asked for.
type BriefStyle string

// The styles of briefs.
const (
	BriefComplete BriefStyle = "complete" // goal, place, constraints, edge cases, definition of done
	BriefShort    BriefStyle = "short"    // the goal, in a sentence or two
)

// Choices returns the styles of briefs.
func (BriefStyle) Choices() []string {
	return []string{string(BriefComplete), string(BriefShort)}
}

// Permission says how a program's requests for permission are answered.
type Permission string

// The answers. Where a program does not offer one, the other of the same sense is given.
const (
	AllowOnce   Permission = "allow_once"
	AllowAlways Permission = "allow_always"
	Reject      Permission = "reject"
)

// Choices returns the answers.
func (Permission) Choices() []string {
	return []string{string(AllowOnce), string(AllowAlways), string(Reject)}
}
