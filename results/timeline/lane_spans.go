package timeline

import (
	"slices"
	"time"

	"bench/results"
)

// activation is what was asked of a sidekick.
func (b laneBuilder) activation(d results.Delegation) *LaneActivation {
	a := &LaneActivation{
		ID: d.ID, Number: d.Activation, Background: d.Background, By: d.Agent, Batch: d.BatchID,
		Index: d.Index, Description: d.Description, Spawned: b.since(d.SpawnedAt),
		Abandoned: d.Abandoned, Escalation: d.Escalation, Reason: d.Reason, ReasonText: d.ReasonText,
		Sentinel: d.Sentinel, Misplaced: d.SentinelMisplaced, Risk: d.Risk,
		Changed: append([]string{}, d.ChangedFiles...), Error: d.Error,
		PatchUse: d.PatchUse, PatchLines: d.PatchLines, PatchLinesKept: d.PatchLinesKept,
	}
	if i := slices.IndexFunc(b.Calls, func(c results.Call) bool { return c.ID == d.BatchID }); i >= 0 {
		a.Turn = b.Calls[i].Turn
	}
	for _, j := range b.path.Joins {
		if j.Delegation == d.ID && j.Activation == d.Activation && a.Joined == nil {
			at := Secs(j.At)
			a.Joined = &at
		}
	}
	return a
}

// before lays times one before the other, the last one first.
func (b laneBuilder) before(at time.Time, call string, all ...wait) (out []Span) {
	for _, x := range all {
		d := x.d.Round(time.Millisecond)
		if d <= 0 {
			continue
		}
		from := ago(at, d, b.Pauses)
		out = append(out, Span{Stretch: Stretch{b.since(from), b.since(at)}, Kind: x.kind, Call: call})
		at = from
	}
	return out
}

// prelude is what an activation waited for before its sidekick began.
func (b laneBuilder) prelude(d results.Delegation) []Span {
	if d.StartedAt.IsZero() {
		return nil
	}
	return b.before(d.StartedAt, "", prelude(d)...)
}

// epilogue is what was done with its workspace after its sidekick had ended.
func (b laneBuilder) epilogue(d results.Delegation) []Span {
	if d.EndedAt.IsZero() {
		return nil
	}
	return b.before(d.EndedAt, "", epilogue(d)...)
}

// call is a model call, after what it waited for.
func (b laneBuilder) call(c results.Call) []Span {
	start := SentAt(c)
	s := Span{
		Stretch: Stretch{b.since(start), b.since(c.End)}, Kind: SegmentCall, Call: c.ID,
		Turn: c.Turn, Purpose: c.Purpose, Usage: &c.Usage, Cost: &c.Cost,
		Unreported: c.EstimatedUnknown, Retries: c.Retries,
		Finish: c.FinishReason, Error: c.Error, Parameters: &c.Parameters,
		Changed: c.Changed,
	}
	if b.routed(c.Agent) {
		s.Model = c.WireModel
	}
	return append(b.before(start, c.ID, wait{SegmentWait, c.Waited}), s)
}

// tool is a tool call, after what it waited for. While a call waits for
// sidekicks, only they are at work.
func (b laneBuilder) tool(c results.ToolCall) []Span {
	s := Span{
		Stretch: Stretch{b.since(c.Start), b.since(c.End)}, Kind: SegmentTool, Call: c.ID,
		Name: c.Name, ExitCode: c.ExitCode, Bytes: c.Bytes, Touched: c.Touched, Error: c.ErrorClass,
		RoundTrip: float64(c.RoundTrip) / float64(time.Millisecond),
		Title:     c.Title, Permission: c.Permission,
	}
	switch {
	case delegates[c.Name], slices.Contains(handing(b.Configuration), c.Name):
		s.Kind = SpanDelegates
	case enclosing(c, b.Calls, b.ToolCalls):
		s.Kind = SegmentOther
	}
	return append(b.before(c.Start, c.ID, wait{SegmentLock, c.LockWait},
		wait{SegmentQueue, c.Queue}), s)
}

// SpanDelegates is the kind of a tool call whose work is done by sidekicks.
const SpanDelegates SegmentKind = "delegates"

// mark says which spans of an agent lie on the critical path.
func (b laneBuilder) mark(agent string, spans []Span) {
	for i := range spans {
		s := &spans[i]
		s.Critical = slices.ContainsFunc(b.path.Segments, func(c Segment) bool {
			return c.Agent == agent && c.Call == s.Call &&
				(c.Kind == s.Kind || s.Kind == SpanDelegates) &&
				Secs(c.From) < s.To && Secs(c.To) > s.From
		})
	}
}
