package bench

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// Event is one line of a run's append-only log, from which every table, view
// and report is derived.
type Event struct {
	RunID   string    `json:"run_id"`
	Seq     int64     `json:"seq"` // position in the run's log, from 1; given by the journal
	Time    time.Time `json:"time"`
	Trial   TrialKey  `json:"trial,omitzero"` // zero for run-level events
	Agent   string    `json:"agent,omitempty"`
	Payload Payload   `json:"payload"`
	// Bodies are large texts the payload names by hash. They are stored once
	// per content, outside the event.
	Bodies []Body `json:"-"`
}

// Body is a large text: a message, an observation, a patch, a log.
type Body []byte

// BodyHash is the hex SHA-256 of a body, by which payloads refer to it; the
// empty hash stands for the empty body.
type BodyHash string

// Hash returns the body's name.
func (b Body) Hash() BodyHash {
	if len(b) == 0 {
		return ""
	}
	sum := sha256.Sum256(b)
	return BodyHash(hex.EncodeToString(sum[:]))
}

// RunStarted opens a run. Config is the resolved configuration file as
// canonical JSON, without secrets.
type RunStarted struct {
	Name               string          `json:"name"`
	Version            string          `json:"version"` // of bench
	Config             BodyHash        `json:"config"`
	DatasetSource      string          `json:"dataset_source"`
	DatasetFingerprint string          `json:"dataset_fingerprint"`
	Seed               int64           `json:"seed"`
	Rules              string          `json:"rules"` // scoring rules: v5 or v4
	SandboxKind        string          `json:"sandbox_kind"`
	Workers            Workers         `json:"workers"`
	Limits             Limits          `json:"limits"` // of the run
	Baseline           string          `json:"baseline,omitempty"`
	MarginPP           float64         `json:"margin_pp,omitempty"` // non-inferiority margin, points
	MinSaving          float64         `json:"min_saving,omitempty"`
	Stop               Stop            `json:"stop,omitempty"` // when the run may end early
	Simulated          bool            `json:"simulated"`
	Home               string          `json:"home,omitempty"`          // of the database, then
	Host               *Host           `json:"host,omitempty"`          // what it ran on
	Imported           string          `json:"imported,omitempty"`      // file its trials are from
	Points             []Point         `json:"points,omitempty"`        // instead of trials
	Replay             *Replay         `json:"replay,omitempty"`        // set if it plays another run
	RepetitionOf       string          `json:"repetition_of,omitempty"` // the run that it runs again
	Shard              *Shard          `json:"shard,omitempty"`         // of a run that was divided
	Configurations     []Configuration `json:"configurations"`
	Tasks              []TaskRef       `json:"tasks"`
	Trials             []TrialKey      `json:"trials"` // in the planned order
}

// Workers are the sizes of the worker pools. They are stored with a run
// because the time between a trial's calls decides how often caches expire.
type Workers struct {
	Agents    int `json:"agents"`
	Grading   int `json:"grading"`
	Sidekicks int `json:"sidekicks,omitempty"` // at work at once in the whole run; 0 is unlimited
}

// TaskRef is what the log keeps of a task.
type TaskRef struct {
	InstanceID string   `json:"instance_id"`
	Repo       string   `json:"repo"`
	BaseCommit string   `json:"base_commit"`
	Version    string   `json:"version,omitempty"`
	Row        BodyHash `json:"row"` // the whole task as JSON
}

// RunState is how a run stands or ended.
type RunState string

// The states of a run.
const (
	RunRunning     RunState = "running"
	RunDone        RunState = "done"
	RunInterrupted RunState = "interrupted" // by the user
	RunBudget      RunState = "budget"      // the run's own limit was reached
	RunFailed      RunState = "failed"      // by a fault that stopped everything
	RunDeadline    RunState = "deadline"    // its time was up before all trials had ended
	RunDecided     RunState = "decided"     // its question was answered before all trials began
)

// Stop says when a run may end before all of its trials have begun.
type Stop string

// StopDecided ends a run when quality is decided for each candidate. Without a word, no
// run ends early.
const StopDecided Stop = "decided"

// RunEnded closes a run.
type RunEnded struct {
	State RunState `json:"state"`
	Error string   `json:"error,omitempty"`
}

// RunResumed opens a run again after its process has ended. Trials are those
// added: new attempts of trials that ended without a verdict worth keeping.
type RunResumed struct {
	Version string     `json:"version"` // of bench
	Workers Workers    `json:"workers"`
	Limits  Limits     `json:"limits"` // of the run
	Trials  []TrialKey `json:"trials,omitempty"`
}

// TrialResumed resumes a trial that was cut off or cancelled: it returns to the
// queue, and its agents continue where their logs end.
type TrialResumed struct{}

// PhaseStarted moves a trial to its next phase.
type PhaseStarted struct {
	Phase Phase `json:"phase"`
}

// TrialEnded closes a trial. Resolved is nil where there is no verdict.
type TrialEnded struct {
	Outcome  Outcome  `json:"outcome"`
	Resolved *bool    `json:"resolved"`
	Limit    Resource `json:"limit,omitempty"` // what the main agent ran out of
	Error    string   `json:"error,omitempty"`
}

// AgentStarted opens one agent's loop (one activation, for a sidekick).
type AgentStarted struct {
	Parent       string   `json:"parent,omitempty"`
	Role         Role     `json:"role"`
	Model        string   `json:"model"` // config name of the model
	WireModel    string   `json:"wire_model"`
	DelegationID string   `json:"delegation_id,omitempty"`
	SystemPrompt BodyHash `json:"system_prompt"`
	Tools        BodyHash `json:"tools"` // schemas as sent
	Limits       Limits   `json:"limits"`
}

// AgentResumed is an agent that continues where its log ended when its process
// did. Its conversation was taken from the log, and its tool calls were replayed
// in a new sandbox.
type AgentResumed struct {
	Paused time.Duration `json:"paused"` // from its last event to this one
	// Still is for how long no time of the trial ran, because its agents were put where
	// they were; or, of a program that is run again, since it first began.
	Still time.Duration `json:"still,omitzero"`
}

// AgentEnded closes an agent's loop.
type AgentEnded struct {
	State      AgentState `json:"state"`
	Message    BodyHash   `json:"message,omitempty"` // final text
	Iterations int64      `json:"iterations"`
	Error      string     `json:"error,omitempty"`
	// StopReason is why the turn stopped of a program that says so, in its word.
	StopReason string `json:"stop_reason,omitempty"`
}

// ToolCall is one executed tool call. The program of a command configuration
// is one too, which no model asked for: its BatchID is empty. So is that of calls that a
// program tells of and whose model calls nobody sees.
type ToolCall struct {
	CallID    string        `json:"call_id"`  // as the model named it
	BatchID   string        `json:"batch_id"` // the llm_call that asked for it
	Index     int           `json:"index"`    // position in the batch
	Name      string        `json:"name"`
	Arguments BodyHash      `json:"arguments"`
	Result    BodyHash      `json:"result"`
	Queue     time.Duration `json:"queue"`     // waiting for a free one of max_parallel_tools
	LockWait  time.Duration `json:"lock_wait"` // waiting for the workspace or a file
	Start     time.Time     `json:"start"`     // of the work itself
	End       time.Time     `json:"end"`
	ExitCode  *int          `json:"exit_code,omitempty"` // terminal only
	// RoundTrip is how long a question to the sandbox took that was sent with a terminal
	// command and does not wait for it. 0: not known.
	RoundTrip  time.Duration `json:"round_trip,omitempty"`
	Bytes      int64         `json:"bytes"`   // of output before clipping
	Clipped    int64         `json:"clipped"` // bytes left out of the observation
	IsError    bool          `json:"is_error,omitempty"`
	ErrorClass string        `json:"error_class,omitempty"`
	Touched    []Touch       `json:"touched,omitempty"` // files read and written
	// Of a call that a program tells of: what it calls it, and the kind of the option
	// by which it was allowed or not, if it asked.
	Title      string `json:"title,omitempty"`
	Permission string `json:"permission,omitempty"`
}

// Whole reports whether the call is the run of a whole program, which no model asked for.
func (c ToolCall) Whole() bool { return c.BatchID == "" && c.Name == string(KindCommand) }

// Touch is a file, or some lines of it, that a tool call has read or written.
type Touch struct {
	Path  string `json:"path"` // relative to the work directory, if it lies below
	Write bool   `json:"write,omitempty"`
	// From and To are the first and last line, from 1; both are 0 for all of it.
	From  int   `json:"from,omitempty"`
	To    int   `json:"to,omitempty"`
	Bytes int64 `json:"bytes,omitempty"` // shown to the model
	// Derived marks what was read off a shell command, or what a program says that it
	// touches. Such touches are a lower bound: most of what commands read cannot be known.
	Derived bool `json:"derived,omitempty"`
}

// DelegationSpawned is a task call that was accepted: a new delegation, or
// another activation of one that has ended.
type DelegationSpawned struct {
	DelegationID string   `json:"delegation_id"` // t0001, t0002, … per trial
	Activation   int      `json:"activation"`    // from 1; more than 1 resumes the delegation
	Background   bool     `json:"background,omitempty"`
	BatchID      string   `json:"batch_id"`   // the llm_call that asked for it
	Index        int      `json:"index"`      // among the task calls of the batch
	BatchSize    int      `json:"batch_size"` // task calls in the batch, refused ones included
	Description  string   `json:"description,omitempty"`
	Prompt       BodyHash `json:"prompt"`
	SubagentType string   `json:"subagent_type"`
	Limits       Limits   `json:"limits"`
}

// DelegationStarted is a delegation whose sidekick begins to work. Child is its
// agent.
type DelegationStarted struct {
	DelegationID string        `json:"delegation_id"`
	Activation   int           `json:"activation"`
	Child        string        `json:"child"`
	Queue        time.Duration `json:"queue"`     // waiting for a place in the batch and a slot
	LockWait     time.Duration `json:"lock_wait"` // waiting for the workspace
	Inspect      time.Duration `json:"inspect"`   // taking what main has changed, for its copy
	Prepare      time.Duration `json:"prepare"`   // making its workspace ready
}

// DelegationEnded is the end of one activation.
type DelegationEnded struct {
	DelegationID      string         `json:"delegation_id"`
	Activation        int            `json:"activation"`
	Child             string         `json:"child,omitempty"`
	State             AgentState     `json:"state"`
	Escalation        EscalationKind `json:"escalation"`
	Reason            Reason         `json:"reason,omitempty"`
	ReasonText        string         `json:"reason_text,omitempty"`
	Sentinel          SentinelForm   `json:"sentinel,omitempty"` // that handed the work back
	SentinelMisplaced bool           `json:"sentinel_misplaced,omitempty"`
	Risk              Risk           `json:"risk,omitempty"`      // as the sidekick states it
	Abandoned         bool           `json:"abandoned,omitempty"` // main finished without it
	Report            BodyHash       `json:"report,omitempty"`
	Patch             BodyHash       `json:"patch,omitempty"`
	ChangedFiles      []string       `json:"changed_files,omitempty"`
	Turns             int64          `json:"turns"`
	Usage             Usage          `json:"usage"`
	Cost              USD            `json:"cost"`
	UnreportedCost    USD            `json:"unreported_cost,omitempty"` // estimated, besides Cost
	Error             string         `json:"error,omitempty"`
	// Collect and Remove come after the sidekick's end: taking its changes over, and
	// removing its copy.
	Collect time.Duration `json:"collect"`
	Remove  time.Duration `json:"remove"`
}

// ProviderFailure reports whether faults of the model's provider ended the
// activation. That is no escalation, although earlier versions have recorded it
// as one: nobody decided anything.
func (d DelegationEnded) ProviderFailure() bool { return d.Reason == ReasonLLMError }

// NoticeKind says how much of a budget was spent when an agent heard of it.
type NoticeKind string

// The kinds of budget notices.
const (
	NoticeNear  NoticeKind = "notice" // the share that a configuration's notice names
	NoticeLimit NoticeKind = "limit"  // all of it: the agent's work has ended
)

// BudgetNotice says that an agent was told of a limit nearby, or ran into one.
type BudgetNotice struct {
	Kind     NoticeKind `json:"kind"`
	Scope    Scope      `json:"scope"`
	Resource Resource   `json:"resource,omitempty"`
}

// WorkspaceDelta lists the files one activation changed in a workspace.
type WorkspaceDelta struct {
	DelegationID string   `json:"delegation_id,omitempty"`
	Activation   int      `json:"activation"`
	Paths        []string `json:"paths"`
}

// FaultKind says what went wrong in a workspace.
type FaultKind string

// The kinds of workspace faults.
const (
	FaultConflict FaultKind = "conflict"  // two sidekicks at work at once changed the same files
	FaultReadOnly FaultKind = "read_only" // files changed while one worked that was to change none
)

// WorkspaceFault is something that sidekicks sharing files must not do.
type WorkspaceFault struct {
	Kind         FaultKind `json:"kind"`
	DelegationID string    `json:"delegation_id"`
	Activation   int       `json:"activation"`
	With         string    `json:"with,omitempty"` // the other delegation of a conflict
	Paths        []string  `json:"paths"`
	// Certain: the editors say so. Otherwise the files changed while several
	// were at work, and a shell may have done it in the name of any of them.
	Certain bool `json:"certain"`
}

// Patch is the diff a trial hands in.
type Patch struct {
	Diff  BodyHash `json:"diff"`
	Bytes int      `json:"bytes"`
	Files int      `json:"files"`
}

// TestStatus is one test and how it ended, in the words of the log parser.
type TestStatus struct {
	Test   string `json:"test"`
	Status string `json:"status"`
}

// Verdicts splits a list of tests into those that did as demanded and those
// that did not.
type Verdicts struct {
	Success []string `json:"success"`
	Failure []string `json:"failure"`
}

// Grade is the judgement of one patch.
type Grade struct {
	Rules        string        `json:"rules"` // v5 or v4
	PatchApplied bool          `json:"patch_applied"`
	Found        bool          `json:"found"`    // the log could be read
	Status       string        `json:"status"`   // FULL, PARTIAL or NO
	Resolved     *bool         `json:"resolved"` // nil: no verdict
	FailToPass   Verdicts      `json:"FAIL_TO_PASS"`
	PassToPass   Verdicts      `json:"PASS_TO_PASS"`
	Tests        []TestStatus  `json:"tests,omitempty"` // in the log's order
	InfraReason  string        `json:"infra_reason,omitempty"`
	Flags        []string      `json:"flags,omitempty"` // doubts that leave the verdict alone
	TimedOut     bool          `json:"timed_out,omitempty"`
	ExitCode     int           `json:"exit_code"`
	Duration     time.Duration `json:"duration"` // of the evaluation script
	Log          BodyHash      `json:"log,omitempty"`
	Script       BodyHash      `json:"script,omitempty"`
	Network      string        `json:"network,omitempty"`    // of the sandbox: none or bridge
	CanaryLog    BodyHash      `json:"canary_log,omitempty"` // of the evaluation with a canary
	Error        string        `json:"error,omitempty"`
}

// Image is an image a run used, by digest or id.
type Image struct {
	Name   string `json:"name"`
	Digest string `json:"digest"`
}

// The codes of notices by which comparisons know what a cost is worth.
const (
	NoticeNoUsage  = "no_usage"  // a program reported no model calls: its cost is not known
	NoticeBadUsage = "bad_usage" // a report was not counted: its cost is a lower bound
)

// NoticeOnlyThoughts is the code of a notice that an answer reached the bound on
// output while the model was still thinking.
const NoticeOnlyThoughts = "only_thoughts"

// Notice is something a person should know: a leak found, a sandbox lost.
type Notice struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// BaselineNamed makes the run the baseline that gates know by a name, instead of the
// run that had the name before.
type BaselineNamed struct {
	Name string `json:"name"`
}
