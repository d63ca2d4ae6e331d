package bench

// Outcome is how a trial ended. A limit keeps the patch and the trial is still
// graded, so the verdict (resolved or not) is recorded beside the outcome.
type Outcome string

// The outcomes.
const (
	OutcomeResolved        Outcome = "resolved"
	OutcomeUnresolved      Outcome = "unresolved"
	OutcomeEmptyPatch      Outcome = "empty_patch"
	OutcomePatchFailed     Outcome = "patch_failed"
	OutcomeUngraded        Outcome = "ungraded" // nobody was asked to judge it
	OutcomeLimitIterations Outcome = "limit_iterations"
	OutcomeLimitCost       Outcome = "limit_cost"
	OutcomeLimitTokens     Outcome = "limit_tokens"
	OutcomeLimitContext    Outcome = "limit_context" // main's context window was full
	OutcomeLimitWall       Outcome = "limit_wall"
	OutcomeLimitDisk       Outcome = "limit_disk" // a sandbox of the trial took more than it may
	OutcomeGradingTimeout  Outcome = "grading_timeout"
	OutcomeInfraLLM        Outcome = "infra_llm"
	OutcomeInfraSandbox    Outcome = "infra_sandbox"
	OutcomeInfraGrading    Outcome = "infra_grading"
	OutcomeInternal        Outcome = "internal"
	OutcomeCancelled       Outcome = "cancelled"
)

// Outcomes lists every outcome in the order tables show them.
var Outcomes = []Outcome{
	OutcomeResolved, OutcomeUnresolved, OutcomeEmptyPatch, OutcomePatchFailed, OutcomeUngraded,
	OutcomeLimitIterations, OutcomeLimitCost, OutcomeLimitTokens,
	OutcomeLimitContext, OutcomeLimitWall, OutcomeLimitDisk,
	OutcomeGradingTimeout, OutcomeInfraLLM, OutcomeInfraSandbox, OutcomeInfraGrading,
	OutcomeInternal, OutcomeCancelled,
}

// Blame says who an outcome is held against.
type Blame string

// The blames. None is that of a trial that was resolved, or not judged.
const (
	BlameNone  Blame = ""
	BlameAgent Blame = "agent"
	BlameInfra Blame = "infra"
	BlameUser  Blame = "user"
)

// Blame returns who the outcome is held against. Anything unknown is held
// against the infrastructure: an unexplained end is never a failed task.
func (o Outcome) Blame() Blame {
	switch o {
	case OutcomeResolved, OutcomeUngraded:
		return BlameNone
	case OutcomeUnresolved, OutcomeEmptyPatch, OutcomePatchFailed, OutcomeGradingTimeout,
		OutcomeLimitIterations, OutcomeLimitCost, OutcomeLimitTokens, OutcomeLimitContext,
		OutcomeLimitWall, OutcomeLimitDisk:
		return BlameAgent
	case OutcomeCancelled:
		return BlameUser
	case OutcomeInfraLLM, OutcomeInfraSandbox, OutcomeInfraGrading, OutcomeInternal:
		return BlameInfra
	}
	return BlameInfra
}

// Open reports whether a trial with this outcome, or none yet, is worked on when its run
// is resumed: what the user ended is.
func (o Outcome) Open() bool { return o == "" || o == OutcomeCancelled }

// LimitOutcome is the outcome of a trial whose agent ran out of r.
func LimitOutcome(r Resource) Outcome { return Outcome("limit_" + string(r)) }

// AgentState is how one agent's loop stands or ended.
type AgentState string

// The states. Running is the only one that is not terminal.
const (
	AgentRunning         AgentState = "running"
	AgentFinished        AgentState = "finished"
	AgentEscalated       AgentState = "escalated"
	AgentLimitIterations AgentState = "limit_iterations"
	AgentLimitCost       AgentState = "limit_cost"
	AgentLimitTokens     AgentState = "limit_tokens"
	AgentLimitContext    AgentState = "limit_context" // the model's window was full
	AgentLimitWall       AgentState = "limit_wall"
	AgentLimitDisk       AgentState = "limit_disk"
	AgentStuck           AgentState = "stuck"
	AgentRefused         AgentState = "refused" // the model, or a filter in front of it, declined
	AgentCancelled       AgentState = "cancelled"
	AgentErrorLLM        AgentState = "error_llm"
	AgentErrorSandbox    AgentState = "error_sandbox"
	AgentErrorInternal   AgentState = "error_internal"
)

// IsTerminal reports whether the agent has ended.
func (s AgentState) IsTerminal() bool { return s != AgentRunning && s != "" }

// LimitState is the state of an agent that ran out of r.
func LimitState(r Resource) AgentState { return AgentState("limit_" + string(r)) }

// Limit returns the resource an agent ran out of, if its state is a limit.
func (s AgentState) Limit() (Resource, bool) {
	switch s {
	case AgentLimitIterations:
		return ResourceIterations, true
	case AgentLimitCost:
		return ResourceCost, true
	case AgentLimitTokens:
		return ResourceTokens, true
	case AgentLimitContext:
		return ResourceContext, true
	case AgentLimitWall:
		return ResourceWall, true
	case AgentLimitDisk:
		return ResourceDisk, true
	default:
		return "", false
	}
}

// EscalationKind says whether and how a delegation was handed back.
type EscalationKind string

// The kinds of escalation.
const (
	NotEscalated       EscalationKind = "none"
	EscalatedVoluntary EscalationKind = "voluntary" // the sidekick decided
	EscalatedByHarness EscalationKind = "forced"    // a limit or a fault not the provider's decided
	// EscalationUnknown: a program delegated, and what became of it shows in no call.
	EscalationUnknown EscalationKind = "unknown"
)

// Escalated reports whether a delegation is known to have been handed back.
func (k EscalationKind) Escalated() bool {
	return k == EscalatedVoluntary || k == EscalatedByHarness
}

// SentinelForm says how the sentinel was written that handed work back.
type SentinelForm string

// The forms. Prompts ask for the exact one; the others are read, too.
const (
	SentinelExact      SentinelForm = "exact"
	SentinelMarked     SentinelForm = "marked"    // bold, as a heading, a list item, or in quotes
	SentinelSeparated  SentinelForm = "separated" // by a dash, or by nothing but a space
	SentinelSpelled    SentinelForm = "spelled"   // in lower case, or with blanks or dashes
	SentinelFenced     SentinelForm = "fenced"    // as a block of code
	SentinelBare       SentinelForm = "bare"      // without a reason on its line
	SentinelInSentence SentinelForm = "sentence"  // after a sentence
	SentinelBelow      SentinelForm = "below"     // on a line of its own below other text
)

// SentinelForms are all forms.
var SentinelForms = []SentinelForm{SentinelExact, SentinelMarked, SentinelSeparated,
	SentinelSpelled,
	SentinelFenced, SentinelBare, SentinelInSentence, SentinelBelow}

// Risk is how risky a sidekick says it is to rely on its report.
type Risk string

// The risks.
const (
	RiskLow    Risk = "low"
	RiskMedium Risk = "medium"
	RiskHigh   Risk = "high"
)

// Risks are all risks.
var Risks = []Risk{RiskLow, RiskMedium, RiskHigh}

// Reason says why a delegation was escalated.
type Reason string

// The reasons. The first eight are voluntary, the others forced; the last three
// are no escalation.
const (
	ReasonOutOfScope      Reason = "out_of_scope"
	ReasonAmbiguousIntent Reason = "ambiguous_intent"
	ReasonArchitecture    Reason = "architecture"
	ReasonSecurity        Reason = "security"
	ReasonLowConfidence   Reason = "low_confidence"
	ReasonMissingInfo     Reason = "missing_info"
	ReasonNeedsWrite      Reason = "needs_write"
	ReasonOther           Reason = "other"
	ReasonIterations      Reason = "iterations"
	ReasonCost            Reason = "cost"
	ReasonTokens          Reason = "tokens"
	ReasonWall            Reason = "wall"
	ReasonContextOverflow Reason = "context_overflow"
	ReasonStuck           Reason = "stuck"
	ReasonRefused         Reason = "refused"
	ReasonSandboxLost     Reason = "sandbox_lost" // a fault of the machine
	ReasonLLMError        Reason = "llm_error"    // faults of the provider
	ReasonCancelledByMain Reason = "cancelled_by_main"
)

// Reasons lists every reason to escalate, voluntary ones first, in the order tables show
// them.
var Reasons = []Reason{
	ReasonOutOfScope, ReasonAmbiguousIntent, ReasonArchitecture, ReasonSecurity,
	ReasonLowConfidence, ReasonMissingInfo, ReasonNeedsWrite, ReasonOther,
	ReasonIterations, ReasonCost, ReasonTokens, ReasonWall, ReasonContextOverflow,
	ReasonStuck, ReasonRefused,
}
