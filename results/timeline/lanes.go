package timeline

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"time"

	"bench"
	"bench/results"
	"bench/stats"
)

// Timeline is who did what when in one trial, as `bench show --timeline
// --format json` prints it. docs/timeline.md says what each field means. Times
// are seconds since the beginning of the solve phase.
type Timeline struct {
	Run           string        `json:"run"`
	Configuration string        `json:"configuration"`
	Instance      string        `json:"instance_id"`
	Attempt       int           `json:"attempt"`
	Simulated     bool          `json:"simulated"`
	MainModel     string        `json:"main_model"`
	SidekickModel *string       `json:"sidekick_model"`
	Phase         bench.Phase   `json:"phase"`
	Outcome       bench.Outcome `json:"outcome"` // empty while it is under way
	Resolved      *bool         `json:"resolved"`
	Begin         *time.Time    `json:"begin"`              // of solving; null if there was none
	NoUsage       bool          `json:"no_usage,omitempty"` // its sums are not known
	Totals        Totals        `json:"totals"`
	Lanes         []Lane        `json:"lanes"`
	Pauses        []Stretch     `json:"pauses"`
	CriticalPath  CriticalPath  `json:"critical_path"`
}

// Totals sum up a trial.
type Totals struct {
	Wall            Secs         `json:"wall_s"` // pauses included
	Paused          Secs         `json:"paused_s"`
	Calls           int          `json:"calls"`
	Tools           int          `json:"tools"`
	Usage           bench.Usage  `json:"tokens"`
	Cost            bench.USD    `json:"cost_usd"`
	Unreported      bench.USD    `json:"unreported_cost_usd,omitempty"` // estimated, besides the cost
	Delegations     int          `json:"delegations"`                   // activations
	Escalated       int          `json:"escalated"`
	MeanConcurrency stats.Number `json:"concurrency_mean"` // null if no sidekick worked
	PeakConcurrency int          `json:"concurrency_peak"`
}

// Lane is one agent: main, or one activation of a sidekick.
type Lane struct {
	Agent      string           `json:"agent"` // empty if the sidekick never began
	Role       bench.Role       `json:"role"`
	Model      string           `json:"model"`
	From       *Secs            `json:"from_s"`
	To         *Secs            `json:"to_s"` // null while it is at work
	State      bench.AgentState `json:"state"`
	StopReason string           `json:"stop_reason,omitempty"` // in the word of a program
	Calls      int              `json:"calls"`
	Tools      int              `json:"tools"`
	Usage      bench.Usage      `json:"tokens"`
	Cost       bench.USD        `json:"cost_usd"`
	Unreported bench.USD        `json:"unreported_cost_usd,omitempty"` // estimated, besides the cost
	Models     []LaneModel      `json:"models"`                        // null where there is one
	Work       *LaneActivation  `json:"delegation"`                    // null for main
	Spans      []Span           `json:"spans"`                         // in order of their beginnings
	Budget     []Mark           `json:"budget"`
}

// LaneActivation is what a sidekick was asked for, and what came of it.
type LaneActivation struct {
	ID          string               `json:"id"`
	Number      int                  `json:"activation"`
	Background  bool                 `json:"background"`
	By          string               `json:"agent"` // who delegated
	Batch       string               `json:"call"`  // the model call that asked for it
	Turn        int                  `json:"turn"`  // of that call
	Index       int                  `json:"index"` // in its batch
	Description string               `json:"description"`
	Spawned     Secs                 `json:"spawned_s"`
	Joined      *Secs                `json:"joined_s"` // null if nobody waited for its report
	Abandoned   bool                 `json:"abandoned"`
	Escalation  bench.EscalationKind `json:"escalation"`
	Reason      bench.Reason         `json:"reason"`
	ReasonText  string               `json:"reason_text"`
	Sentinel    bench.SentinelForm   `json:"sentinel"`           // that handed it back
	Misplaced   bool                 `json:"sentinel_misplaced"` // one that did not count
	Risk        bench.Risk           `json:"risk"`               // of its report, as it states it
	Changed     []string             `json:"changed_files"`
	// PatchUse is what became of its patch in the answer; empty if there is none.
	PatchUse       results.PatchUse `json:"patch_use"`
	PatchLines     int              `json:"patch_lines"`
	PatchLinesKept int              `json:"patch_lines_kept"` // those in the answer
	Error          string           `json:"error"`
}

// Stretch is a time.
type Stretch struct {
	From Secs `json:"from_s"`
	To   Secs `json:"to_s"`
}

// Span is a time in which an agent did one thing.
type Span struct {
	Stretch
	Kind       SegmentKind       `json:"kind"`
	Call       string            `json:"call"` // id of the model or tool call, if it belongs to one
	Critical   bool              `json:"critical"`
	Name       string            `json:"name,omitempty"`                // of the tool
	Turn       int               `json:"turn,omitempty"`                // of the model call
	Model      string            `json:"model,omitempty"`               // of it, where it may change
	Purpose    bench.Purpose     `json:"purpose,omitempty"`             // of the model call
	Usage      *bench.Usage      `json:"tokens,omitempty"`              // of the model call
	Cost       *bench.USD        `json:"cost_usd,omitempty"`            // of the model call
	Unreported bench.USD         `json:"unreported_cost_usd,omitempty"` // estimated, besides the cost
	Retries    int               `json:"retries,omitempty"`             // before the model call
	Finish     string            `json:"finish_reason,omitempty"`
	Parameters *bench.Parameters `json:"parameters,omitempty"`    // of the model call, as sent
	Changed    bool              `json:"changed,omitempty"`       // it goes back as another
	ExitCode   *int              `json:"exit_code,omitempty"`     // of a command
	RoundTrip  float64           `json:"round_trip_ms,omitempty"` // of a command
	Bytes      int64             `json:"bytes,omitempty"`         // of a tool's output
	Touched    []bench.Touch     `json:"touched,omitempty"`       // files that a tool read and wrote
	Title      string            `json:"title,omitempty"`         // as a program calls it
	Permission string            `json:"permission,omitempty"`    // how a program was answered
	Error      string            `json:"error,omitempty"`
}

// Mark is something that happened at one moment.
type Mark struct {
	At   Secs   `json:"at_s"`
	Kind string `json:"kind"` // MarkNotice or MarkLimit
	Text string `json:"text"` // scope and resource
}

// CriticalPath is what made the trial last as long as it did.
type CriticalPath struct {
	Length     Secs                 `json:"length_s"`
	ByRole     map[bench.Role]Secs  `json:"by_role_s"` // without workspaces
	Workspaces Secs                 `json:"workspaces_s"`
	ByKind     map[SegmentKind]Secs `json:"by_kind_s"`
	Segments   []CriticalSegment    `json:"segments"`
}

// CriticalSegment is a stretch of the critical path.
type CriticalSegment struct {
	Stretch
	Agent string      `json:"agent"`
	Role  bench.Role  `json:"role"`
	Kind  SegmentKind `json:"kind"`
	Call  string      `json:"call"`
}

// Secs is a duration that is written in seconds, to the millisecond.
type Secs time.Duration

// MarshalJSON implements json.Marshaler.
func (s Secs) MarshalJSON() ([]byte, error) {
	return json.Marshal(math.Round(time.Duration(s).Seconds()*1000) / 1000)
}

// Of draws up the timeline of a trial. One under way lasts until the last thing
// that was done.
func Of(d results.Detail) Timeline {
	trial := one(d)
	path, times := trial.Path(), trial.Times()
	t := Timeline{
		Run: d.Trial.RunID, Configuration: d.Trial.Key.Configuration, Instance: d.Trial.Key.InstanceID,
		Attempt: d.Trial.Key.Attempt, Simulated: d.Configuration.Simulated(),
		MainModel: d.Configuration.Main.Model,
		Phase:     d.Trial.Phase, Outcome: d.Trial.Outcome, Resolved: d.Trial.Resolved,
		Lanes: []Lane{}, Pauses: []Stretch{}, CriticalPath: critical(path),
	}
	t.NoUsage = slices.ContainsFunc(d.Notes, func(n results.Note) bool {
		return n.Code == bench.NoticeNoUsage
	})
	if s := d.Configuration.Sidekick; s != nil {
		t.SidekickModel = &s.Model.Model
	}
	if !d.Trial.SolveAt.IsZero() {
		begin := d.Trial.SolveAt.UTC()
		t.Begin = &begin
	}
	for _, p := range path.Pauses {
		t.Pauses = append(t.Pauses, stretchOf(p.From, p.To))
		t.Totals.Paused += Secs(p.To - p.From)
	}
	t.Totals.Wall = t.CriticalPath.Length + t.Totals.Paused
	t.Totals.MeanConcurrency, t.Totals.PeakConcurrency = stats.Over(times.Sum, times.Union), times.Peak
	b := laneBuilder{Detail: d, path: path}
	for _, l := range b.lanes() {
		t.Totals.Calls += l.Calls
		t.Totals.Tools += l.Tools
		t.Totals.Usage = t.Totals.Usage.Add(l.Usage)
		if l.Work != nil {
			t.Totals.Delegations++
			if l.Work.Escalation.Escalated() {
				t.Totals.Escalated++
			}
		}
		t.Lanes = append(t.Lanes, l)
	}
	t.Totals.Cost, t.Totals.Unreported = d.Trial.Cost, d.Trial.Unreported
	return t
}

func stretchOf(from, to time.Duration) Stretch { return Stretch{Secs(from), Secs(to)} }

func critical(p Path) CriticalPath {
	out := CriticalPath{
		Length: Secs(p.Length()), ByRole: map[bench.Role]Secs{}, Workspaces: Secs(p.Workspaces()),
		ByKind: map[SegmentKind]Secs{}, Segments: []CriticalSegment{},
	}
	for role, d := range p.ByRole() {
		out.ByRole[role] = Secs(d)
	}
	for kind, d := range p.ByKind() {
		out.ByKind[kind] = Secs(d)
	}
	for _, s := range p.Segments {
		out.Segments = append(out.Segments, CriticalSegment{
			stretchOf(s.From, s.To), s.Agent, s.Role, s.Kind, s.Call,
		})
	}
	return out
}

// laneBuilder makes the lanes of a trial.
type laneBuilder struct {
	results.Detail
	path Path
}

func (b laneBuilder) since(t time.Time) Secs { return Secs(t.Sub(b.Trial.SolveAt)) }

func (b laneBuilder) sinceIf(t time.Time) *Secs {
	if t.IsZero() || b.Trial.SolveAt.IsZero() {
		return nil
	}
	s := b.since(t)
	return &s
}

// lanes are those of agents that nobody delegated to, and then those of
// activations in the order in which they were asked for.
func (b laneBuilder) lanes() (out []Lane) {
	child := map[string]bool{}
	for _, d := range b.Delegations {
		child[d.Child] = true
	}
	agents := map[string]results.Agent{}
	for _, a := range b.Agents {
		if agents[a.ID] = a; !child[a.ID] {
			out = append(out, b.lane(a, nil))
		}
	}
	asked := slices.Clone(b.Delegations)
	slices.SortStableFunc(asked, func(a, c results.Delegation) int {
		return cmp.Or(a.SpawnedAt.Compare(c.SpawnedAt), cmp.Compare(a.BatchID, c.BatchID),
			cmp.Compare(a.Index, c.Index))
	})
	for _, d := range asked {
		a, began := agents[d.Child]
		if !began {
			a = results.Agent{Role: bench.RoleSidekick, State: d.State}
		}
		out = append(out, b.lane(a, &d))
	}
	return out
}

// lane is that of an agent.
func (b laneBuilder) lane(a results.Agent, d *results.Delegation) Lane {
	l := Lane{
		Agent: a.ID, Role: a.Role, Model: a.WireModel, From: b.sinceIf(a.StartedAt),
		To: b.sinceIf(a.EndedAt), State: a.State, StopReason: a.StopReason, Spans: []Span{},
		Budget: []Mark{}, Models: b.models(a.ID),
	}
	if d != nil {
		l.Work = b.activation(*d)
		l.Spans = append(append(l.Spans, b.prelude(*d)...), b.epilogue(*d)...)
		if l.To == nil {
			l.To = b.sinceIf(d.StoppedAt())
		}
	}
	for _, c := range b.Calls {
		if c.Agent == a.ID {
			l.Calls, l.Usage, l.Cost = l.Calls+1, l.Usage.Add(c.Usage), l.Cost+c.Cost
			l.Unreported += c.EstimatedUnknown
			l.Spans = append(l.Spans, b.call(c)...)
		}
	}
	for _, c := range b.ToolCalls {
		if c.Agent == a.ID {
			l.Tools++
			l.Spans = append(l.Spans, b.tool(c)...)
		}
	}
	for _, n := range b.Notes {
		if n.Agent == a.ID && (n.Code == MarkNotice || n.Code == MarkLimit) {
			l.Budget = append(l.Budget, Mark{b.since(n.Time), n.Code, n.Text})
		}
	}
	slices.SortStableFunc(l.Spans, func(a, c Span) int { return cmp.Compare(a.From, c.From) })
	b.mark(a.ID, l.Spans)
	return l
}

// The kinds of marks: the codes of notes about budgets.
const (
	MarkNotice = "budget_notice"
	MarkLimit  = "budget_limit"
)
