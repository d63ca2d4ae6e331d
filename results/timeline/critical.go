package timeline

import (
	"cmp"
	"slices"
	"time"

	"bench"
	"bench/results"
)

// work is what one trial's critical path is found in: the solve phase, and what
// the agents did in it.
type work struct {
	From, To    time.Time // of the solve phase; To is now, or the last event, of one under way
	Agents      []results.Agent
	Calls       []results.Call
	Tools       []results.ToolCall
	Delegations []results.Delegation
	Pauses      []results.Pause
	Handing     []string // tools of a program that wait for its sidekicks
}

// SegmentKind says what an agent did in a segment of the critical path.
type SegmentKind string

// The kinds. What a queue or a lock was held by is not followed any further:
// that may be another trial.
const (
	SegmentCall    SegmentKind = "call"    // of a model
	SegmentTool    SegmentKind = "tool"    // at work
	SegmentQueue   SegmentKind = "queue"   // waits for a place
	SegmentLock    SegmentKind = "lock"    // waits for files
	SegmentInspect SegmentKind = "inspect" // what main has changed is taken, for a sidekick's copy
	SegmentPrepare SegmentKind = "prepare" // a sidekick's workspace is made ready
	SegmentCollect SegmentKind = "collect" // a sidekick's changes are taken over
	SegmentRemove  SegmentKind = "remove"  // a sidekick's copy is removed
	SegmentWait    SegmentKind = "wait"    // rate limits, failed attempts, a task_output in vain
	SegmentOther   SegmentKind = "other"   // the harness itself
)

// SegmentKinds are all kinds, in the order in which they are shown.
var SegmentKinds = []SegmentKind{SegmentCall, SegmentTool, SegmentQueue, SegmentLock,
	SegmentInspect, SegmentPrepare, SegmentCollect, SegmentRemove, SegmentWait, SegmentOther}

// Workspace reports whether the harness was at work on a sidekick's workspace,
// which is work neither of main's nor of the sidekick's.
func (k SegmentKind) Workspace() bool {
	switch k {
	case SegmentInspect, SegmentPrepare, SegmentCollect, SegmentRemove:
		return true
	case SegmentCall, SegmentTool, SegmentQueue, SegmentLock, SegmentWait, SegmentOther, SpanDelegates:
	}
	return false
}

// Segment is a stretch of the critical path. Times count from the beginning of
// the solve phase, by the clock on the wall.
type Segment struct {
	Agent    string // that worked or waited, or whose workspace was worked on
	Role     bench.Role
	Kind     SegmentKind
	From, To time.Duration
	Call     string // id of the model or tool call; empty for the kinds that belong to none
}

// Join is where an agent got the report of an activation it had waited for.
type Join struct {
	Delegation string
	Activation int
	At         time.Duration // since the beginning of the solve phase
}

// Path is the longest chain of work of which each part had to wait for the one
// before it. Its segments and the pauses cover the solve phase, each moment
// once and in order.
type Path struct {
	Segments []Segment
	Pauses   []Segment // in which no process was at work; only From and To are set
	Joins    []Join    // by delegation and activation
}

// Length is the time the path takes, which is that of the solve phase without
// pauses.
func (p Path) Length() (d time.Duration) {
	for _, s := range p.Segments {
		d += s.To - s.From
	}
	return d
}

// ByRole is the time on the path of each role, without that of workspaces.
func (p Path) ByRole() map[bench.Role]time.Duration {
	out := map[bench.Role]time.Duration{}
	for _, s := range p.Segments {
		if !s.Kind.Workspace() {
			out[s.Role] += s.To - s.From
		}
	}
	return out
}

// Workspaces is the time on the path in which the harness was at work on
// workspaces. With that of the roles it is the length of the path.
func (p Path) Workspaces() (d time.Duration) {
	for _, s := range p.Segments {
		if s.Kind.Workspace() {
			d += s.To - s.From
		}
	}
	return d
}

// ByKind is the time on the path of each kind.
func (p Path) ByKind() map[SegmentKind]time.Duration {
	out := map[SegmentKind]time.Duration{}
	for _, s := range p.Segments {
		out[s.Kind] += s.To - s.From
	}
	return out
}

// activity is a model call or a tool call of an agent, with what it waited for
// before it began.
type activity struct {
	by         string // agent whose it is, where another one waited for it
	start, end time.Time
	kind       SegmentKind
	call       string
	before     []wait              // the last comes first
	join       *results.Delegation // whose end it waited for
	stops      *results.Delegation // that it ended
}

// wait is a time of a kind that lies directly before something.
type wait struct {
	kind SegmentKind
	d    time.Duration
}

// walk goes from the end of the phase to its beginning, always to what the
// moment had to wait for.
type walk struct {
	work
	roles map[string]bench.Role
	by    map[string][]activity // agent
	out   []Segment             // the last comes first
}

// work is what the critical path of the trial is found in.
func (t *Trial) work() work {
	w := work{
		From: t.SolveAt, To: t.solveEnd(), Calls: t.Calls, Tools: t.pieces(),
		Delegations: t.Delegations, Pauses: t.Pauses, Handing: t.handing,
	}
	for _, a := range t.Agents {
		w.Agents = append(w.Agents, a)
	}
	return w
}

// Path is the critical path of the trial.
func (t *Trial) Path() Path { return pathOf(t.work()) }

// pathOf finds the critical path. Agents that nobody delegated to lead; there is
// one.
func pathOf(of work) Path {
	w := walk{work: of, roles: map[string]bench.Role{}, by: map[string][]activity{}}
	lead := ""
	for _, a := range w.Agents {
		w.roles[a.ID] = a.Role
		if a.Role != bench.RoleSidekick && a.Role != bench.RoleUnknown && (lead == "" || a.Parent == "") {
			lead = a.ID
		}
	}
	for _, d := range w.Delegations {
		if w.roles[d.Child] == "" { // it never began
			w.roles[d.Child] = bench.RoleSidekick
		}
	}
	var p Path
	if !w.From.Before(w.To) {
		return p
	}
	w.collect()
	p.Joins = w.joins()
	w.agent(lead, w.From, w.To)
	slices.Reverse(w.out)
	p.Pauses = w.pauses()
	p.Segments = without(w.out, p.Pauses)
	return p
}

// collect sorts calls and tools by agent, and finds out which of them waited
// for sidekicks.
func (w *walk) collect() {
	for _, c := range w.Calls {
		waits := w.waiting(c.Agent)
		w.by[waits] = append(w.by[waits], activity{by: c.Agent, start: SentAt(c), end: c.End,
			kind: SegmentCall, call: c.ID, before: []wait{{SegmentWait, c.Waited}}})
	}
	joined := map[*results.Delegation]bool{}
	for _, c := range w.Tools {
		a := activity{start: c.Start, end: c.End, kind: SegmentTool, call: c.ID,
			before: []wait{{SegmentLock, c.LockWait}, {SegmentQueue, c.Queue}}}
		switch {
		case slices.Contains(w.Handing, c.Name), len(w.Handing) == 0 && c.Name == "task":
			if a.join = w.foreground(c); a.join != nil { // which may have ended before it is told
				a.start = earliest(a.start, a.join.SpawnedAt)
			}
		case c.Name == "task_output":
			a.kind, a.join = SegmentWait, w.background(c)
		case c.Name == "task_stop":
			a.stops = w.stopped(c)
		}
		joined[a.join] = true
		w.by[c.Agent] = append(w.by[c.Agent], a)
	}
	for i := range w.Delegations { // task calls that were cut off with the trial
		d := &w.Delegations[i]
		if !joined[d] && !d.Background && !d.SpawnedAt.IsZero() {
			w.by[d.Agent] = append(w.by[d.Agent], activity{
				start: d.SpawnedAt, end: w.ended(d), kind: SegmentOther, join: d,
			})
		}
	}
}

// waiting is the agent that waits for the calls of an agent: a turn begins when it is
// known who takes it.
func (w *walk) waiting(agent string) string {
	for _, a := range w.Agents {
		if a.ID == agent && a.Role == bench.RoleRouter {
			return a.Parent
		}
	}
	return agent
}

// agent walks through the work of an agent, from the moment to back to from.
func (w *walk) agent(id string, from, to time.Time) {
	for to.After(from) {
		last := w.last(id, to)
		if last == nil || !last.end.After(from) {
			w.nothing(id, from, to)
			return
		}
		if last.end.Before(to) {
			w.nothing(id, last.end, to)
			to = last.end
		}
		to = w.back(id, last, from, to)
	}
}

// nothing goes back over a time in which an agent did nothing itself. The copies
// of sidekicks that it left behind may have been removed in it.
func (w *walk) nothing(id string, from, to time.Time) {
	left := w.lastEnded(id, from, to, func(d *results.Delegation) bool { return d.Abandoned })
	if left != nil {
		to = w.closing(id, left, SegmentOther, "", from, to)
	}
	w.add(id, SegmentOther, "", from, to)
}

// closing goes back over the time since a sidekick stopped working: what the agent
// that waited did after the end of the activation, and before that what was done
// with the workspace. It returns when that began.
func (w *walk) closing(
	id string, d *results.Delegation, kind SegmentKind, call string, from, to time.Time,
) time.Time {
	at := latest(from, earliest(w.ended(d), to))
	w.add(id, kind, call, at, to)
	begin := w.ended(d)
	for _, s := range epilogue(*d) {
		begin = begin.Add(-s.d.Round(time.Millisecond))
		next := earliest(at, latest(from, latest(d.StartedAt, begin)))
		w.add(d.Child, s.kind, "", next, at)
		at = next
	}
	return at
}

// last returns what an agent did last before a moment. Of calls that ended
// together it is the one whose sidekick ended last.
func (w *walk) last(id string, to time.Time) (last *activity) {
	for i := range w.by[id] {
		a := &w.by[id][i]
		if !a.start.Before(to) {
			continue
		}
		if last == nil || cmp.Or(earliest(a.end, to).Compare(earliest(last.end, to)),
			w.done(a).Compare(w.done(last))) > 0 {
			last = a
		}
	}
	return last
}

// done is when the work of an activity was done, by whomever.
func (w *walk) done(a *activity) time.Time {
	if a.join != nil {
		return w.ended(a.join)
	}
	return a.end
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// back walks through one activity and returns when it was asked for.
func (w *walk) back(id string, a *activity, from, to time.Time) time.Time {
	if d := a.join; d != nil && d.SpawnedAt.Before(to) {
		return w.delegation(id, d, from, to)
	}
	start := latest(a.start, from)
	if a.stops != nil {
		to = w.closing(id, a.stops, a.kind, a.call, start, to)
	}
	id = cmp.Or(a.by, id)
	w.add(id, a.kind, a.call, start, to)
	return w.waits(id, a.call, a.before, from, start)
}

// delegation walks through an activation: what is left of it after its end, the
// sidekick's work, and what that waited for.
func (w *walk) delegation(lead string, d *results.Delegation, from, to time.Time) time.Time {
	from = latest(from, d.SpawnedAt)
	end := w.closing(lead, d, SegmentOther, "", from, to)
	if d.StartedAt.IsZero() { // it only waited, nobody knows for what
		w.add(lead, SegmentOther, "", from, end)
		return from
	}
	begin := earliest(end, latest(from, d.StartedAt))
	w.agent(d.Child, begin, end)
	asked := w.waits(d.Child, "", prelude(*d), from, begin)
	w.add(lead, SegmentOther, "", from, asked)
	return from
}

// waits goes back over stretches of time, as far as from.
func (w *walk) waits(id, call string, before []wait, from, to time.Time) time.Time {
	for _, s := range before {
		begin := latest(from, ago(to, s.d.Round(time.Millisecond), w.Pauses))
		w.add(id, s.kind, call, begin, to)
		to = begin
	}
	return to
}

// add puts a segment before those there are.
func (w *walk) add(id string, kind SegmentKind, call string, from, to time.Time) {
	if !from.Before(to) {
		return
	}
	s := Segment{Agent: id, Role: w.roles[id], Kind: kind, From: from.Sub(w.From), To: to.Sub(w.From),
		Call: call}
	if n := len(w.out) - 1; n >= 0 {
		if next := &w.out[n]; next.Agent == id && next.Kind == kind && next.Call == call {
			next.From = s.From
			return
		}
	}
	w.out = append(w.out, s)
}
