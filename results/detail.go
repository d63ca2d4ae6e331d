package results

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"bench"
)

// Trial is one trial as it stands.
type Trial struct {
	ID         int64 // by which agents, calls and delegations refer to it
	RunID      string
	Key        bench.TrialKey
	Repo       string // of the task
	Phase      bench.Phase
	Outcome    bench.Outcome // empty until it has ended
	Blame      bench.Blame
	Resolved   *bool // nil: no verdict
	Limit      bench.Resource
	Error      string
	StartedAt  time.Time // when it left the queue
	SolveAt    time.Time // when agents began to work
	ExtractAt  time.Time // when they were done
	GradeAt    time.Time
	EndedAt    time.Time
	Cost       bench.USD
	Unreported bench.USD // estimate of what it cost besides; Cost is a lower bound if it is not 0
	Patch      bench.BodyHash
	HasPatch   bool // one was taken, if an empty one
	PatchBytes int
	PatchFiles int
	// Host is the machine that its agents worked on, GradingHost that of its tests if it is
	// another one. Empty: not known.
	Host, GradingHost string
	// BodiesDroppedAt is when what was said in it was dropped; zero if it is there.
	BodiesDroppedAt time.Time
}

// Counts reports whether the trial says something about its configuration: it
// has ended, and neither by infrastructure nor by the user.
func (t Trial) Counts() bool {
	return t.Outcome != "" && t.Blame != bench.BlameInfra && t.Blame != bench.BlameUser
}

// Worked reports whether the trial has ended and agents worked on it.
func (t Trial) Worked() bool { return t.Outcome != "" && !t.SolveAt.IsZero() }

// Agent is one agent of a trial.
type Agent struct {
	Trial        int64
	ID           string
	Parent       string
	Role         bench.Role
	Model        string // config name
	WireModel    string
	Delegation   string // of a sidekick
	SystemPrompt bench.BodyHash
	Tools        bench.BodyHash
	Limits       bench.Limits
	StartedAt    time.Time
	EndedAt      time.Time
	State        bench.AgentState
	Iterations   int64
	Message      bench.BodyHash
	Error        string
	StopReason   string // in the word of a program that says so
}

// Call is one model call.
type Call struct {
	Trial            int64
	Agent            string
	ID               string
	Turn             int
	Purpose          bench.Purpose
	Model            string
	WireModel        string
	ServedModel      string
	Usage            bench.Usage
	Attempts         []bench.Attempt // that reported something, where there were several
	Cost             bench.USD
	ReportedCost     *bench.USD
	PriceID          string
	Start            time.Time // of the last attempt
	End              time.Time
	Duration         time.Duration // End − Start, to the nanosecond
	Waited           time.Duration // before Start
	Retries          int
	FinishReason     string
	ToolCalls        int
	Error            string
	UnknownUsage     int
	EstimatedUnknown bench.USD
	Unreported       []bench.Attempt // as bench.LLMCall has them
	CacheUnclear     bool
	Parameters       bench.Parameters
	Source           bench.CallSource // of its answer
	// Open: nothing but its beginning is known. It is under way, or its process died.
	Open bool
	// Changed: what goes back of the answer is not what came, as no server would take
	// that. Only Detail looks.
	Changed bool
}

// ToolCall is one executed tool call.
type ToolCall struct {
	Trial      int64
	Agent      string
	ID         string
	BatchID    string
	Index      int
	Name       string
	Arguments  bench.BodyHash
	Result     bench.BodyHash
	Queue      time.Duration
	LockWait   time.Duration
	Start      time.Time
	End        time.Time
	Duration   time.Duration
	ExitCode   *int
	RoundTrip  time.Duration // to the sandbox of a terminal command; 0: not known
	Bytes      int64
	Clipped    int64
	IsError    bool
	ErrorClass string
	Touched    []bench.Touch
	Title      string // as the program calls it that tells of it
	Permission string // kind of the option by which a program was allowed to, or not
}

// Delegation is one activation of a task handed to a sidekick.
type Delegation struct {
	Trial             int64
	ID                string
	Activation        int
	Background        bool
	Agent             string // who delegated
	Child             string // who worked; empty until it started
	BatchID           string
	Index             int
	BatchSize         int
	SubagentType      string
	Description       string
	Prompt            bench.BodyHash
	PromptBytes       int64
	SpawnedAt         time.Time
	StartedAt         time.Time
	EndedAt           time.Time
	Queue             time.Duration
	LockWait          time.Duration
	Inspect           time.Duration    // taking what main has changed
	Prepare           time.Duration    // making its workspace ready
	Collect           time.Duration    // taking the sidekick's changes over, after its end
	Remove            time.Duration    // removing its copy, after that
	State             bench.AgentState // empty until it ended
	Escalation        bench.EscalationKind
	Reason            bench.Reason
	ReasonText        string
	Sentinel          bench.SentinelForm // that handed the work back
	SentinelMisplaced bool
	Risk              bench.Risk // as the sidekick states it
	Abandoned         bool
	Report            bench.BodyHash
	ReportBytes       int64
	Patch             bench.BodyHash
	// PatchUse is what became of Patch in the answer; empty where none was handed in.
	// PatchLines are those it adds, or, if it adds none, removes; PatchLinesKept those
	// of them that the answer adds or removes as well.
	PatchUse                   PatchUse
	PatchLines, PatchLinesKept int
	ChangedFiles               []string
	Edited                     []bench.Touch // lines that Patch adds; in Facts only
	Turns                      int64
	Usage                      bench.Usage
	Cost                       bench.USD // as reported when it ended
	Error                      string
}

// StoppedAt is when the sidekick stopped working, to the millisecond: before its
// changes were taken over and its copy was removed. It is zero until the
// activation has ended.
func (d Delegation) StoppedAt() time.Time {
	if d.EndedAt.IsZero() {
		return time.Time{}
	}
	at := d.EndedAt.Add(-d.Collect.Round(time.Millisecond) - d.Remove.Round(time.Millisecond))
	if at.Before(d.StartedAt) {
		return d.StartedAt
	}
	return at
}

// Pause is a time in which an agent did not work because its process had ended,
// from its last event on. With no agent it is dead time: nobody worked on the
// trial.
type Pause struct {
	Trial    int64
	Agent    string // empty for the whole trial
	From, To time.Time
}

// Outage is a time in which the wall of a trial stood still, or that of an activation,
// because a model answered nobody.
type Outage struct {
	Trial    int64
	Agent    string    // the sidekick of the activation; empty for the whole trial
	From, To time.Time // To is zero until it is over
}

// WorkspaceFault is something that happened to files that sidekicks share.
type WorkspaceFault struct {
	Trial int64
	bench.WorkspaceFault
}

// Grade is the judgement of a trial's patch; its tests are in Detail.Tests.
type Grade struct {
	Rules        string
	Status       string
	Resolved     *bool
	PatchApplied bool
	Found        bool
	TimedOut     bool
	ExitCode     int
	Duration     time.Duration
	F2PSuccess   int
	F2PFailure   int
	P2PSuccess   int
	P2PFailure   int
	InfraReason  string
	Flags        []string
	Log          bench.BodyHash
	Script       bench.BodyHash
	Error        string
}

// TestResult is one test of a grade. OK is nil for tests on neither list.
type TestResult struct {
	List   string // FAIL_TO_PASS, PASS_TO_PASS or other
	Test   string
	Status string // as the log says; empty if it does not
	OK     *bool
}

// Note is a notice, or a budget event, of a trial.
type Note struct {
	Time  time.Time
	Agent string
	Code  string
	Text  string
}

// Detail is everything about one trial, in the order in which it happened.
type Detail struct {
	Run           Run
	Configuration bench.Configuration
	Trial         Trial
	Image         bench.Image // that agents worked in; zero if there was none
	Host          *Host       // that they worked on; nil if it is not known
	GradingHost   *Host       // of the tests if it is another one
	Agents        []Agent
	Calls         []Call
	ToolCalls     []ToolCall
	Routes        []Route // of agents whose model may change
	Delegations   []Delegation
	Pauses        []Pause
	Outages       []Outage
	Faults        []WorkspaceFault
	Grade         *Grade // nil if it was not judged
	Tests         []TestResult
	Notes         []Note
	Patch         string
	Imported      *Imported // nil if it ran here
	Examined      *Examined // nil if nobody looked for contamination since it changed
}

// Detail returns one trial with all that belongs to it, or an error that wraps
// ErrNotFound.
func (s *Store) Detail(ctx context.Context, run string, key bench.TrialKey) (Detail, error) {
	var d Detail
	err := s.snapshot(ctx, func(tx *sql.Tx) error {
		var err error
		if d.Run, err = one(query(ctx, tx, scanRun, selectRun+" WHERE r.run_id = ?", run)); err != nil {
			return err
		}
		d.Trial, err = one(query(ctx, tx, scanTrial, selectTrials+` WHERE t.run_id = ?
			AND t.configuration = ? AND t.instance_id = ? AND t.attempt = ?`,
			run, key.Configuration, key.InstanceID, key.Attempt))
		if err != nil {
			return err
		}
		d.Configuration, err = one(query(ctx, tx, scanConfiguration,
			"SELECT settings FROM configurations WHERE run_id = ? AND configuration = ?",
			run, key.Configuration))
		if err != nil {
			return err
		}
		if err := d.work(ctx, tx); err != nil {
			return err
		}
		patch, err := s.body(ctx, tx, d.Trial.Patch)
		d.Patch = string(patch)
		return err
	})
	return d, s.readError(fmt.Sprintf("trial %s of run %s", key, run), err)
}

// work reads what the agents and the grader did.
func (d *Detail) work(ctx context.Context, tx *sql.Tx) (err error) {
	id := d.Trial.ID
	const ofTrial = " WHERE trial_id = ? ORDER BY "
	if err := d.place(ctx, tx); err != nil {
		return err
	}
	d.Agents, err = query(ctx, tx, scanAgent, selectAgents+ofTrial+"started_at, agent_id", id)
	if err != nil {
		return err
	}
	if d.Calls, err = query(ctx, tx, scanCall, selectCalls+ofTrial+"event_id", id); err != nil {
		return err
	}
	changed, err := query(ctx, tx, scanText, selectChanged, id)
	if err != nil {
		return err
	}
	for i := range d.Calls {
		d.Calls[i].Changed = slices.Contains(changed, d.Calls[i].ID)
	}
	d.ToolCalls, err = query(ctx, tx, scanToolCall, selectToolCalls+ofTrial+"event_id", id)
	if err != nil {
		return err
	}
	if d.Routes, err = query(ctx, tx, scanRoute, selectRoutes+ofTrial+"event_id", id); err != nil {
		return err
	}
	const inOrder = "delegation_id, activation"
	d.Delegations, err = query(ctx, tx, scanDelegation, selectDelegations+ofTrial+inOrder, id)
	if err != nil {
		return err
	}
	if d.Pauses, err = query(ctx, tx, scanPause, selectPauses+ofTrial+"event_id", id); err != nil {
		return err
	}
	d.Outages, err = query(ctx, tx, scanOutage, selectOutages+ofTrial+"event_id", id)
	if err != nil {
		return err
	}
	if d.Faults, err = query(ctx, tx, scanFault, selectFaults+ofTrial+"event_id", id); err != nil {
		return err
	}
	if d.Notes, err = query(ctx, tx, scanNote, selectNotes, id); err != nil {
		return err
	}
	imported, err := importedTrials(ctx, tx, " WHERE trial_id = ?", id)
	if err != nil {
		return err
	}
	if len(imported) > 0 {
		d.Imported = &imported[0]
	}
	if d.Examined, err = examinedTrial(ctx, tx, id); err != nil {
		return err
	}
	return d.judged(ctx, tx)
}

// judged reads what the grader found.
func (d *Detail) judged(ctx context.Context, tx *sql.Tx) (err error) {
	if d.Tests, err = query(ctx, tx, scanTest, selectTests, d.Trial.ID); err != nil {
		return err
	}
	g, err := one(query(ctx, tx, scanGrade, selectGrade, d.Trial.ID))
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	d.Grade = &g
	return nil
}

// snapshot lets f read one state of the database, whatever is written
// meanwhile.
func (s *Store) snapshot(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	return errors.Join(f(tx), tx.Rollback())
}
