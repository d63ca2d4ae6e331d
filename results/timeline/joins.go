package timeline

import (
	"cmp"
	"slices"
	"time"

	"bench"
	"bench/results"
)

// foreground returns the activation that a call of a delegating tool waited for: the
// one that is as far along in its batch. Of a program that is known to have ended only
// once its next call has come.
func (w *walk) foreground(c results.ToolCall) *results.Delegation {
	before := map[int]bool{}
	for _, other := range w.Tools {
		if other.Agent == c.Agent && other.BatchID == c.BatchID && other.Index < c.Index &&
			(other.Name == c.Name || slices.Contains(w.Handing, other.Name)) {
			before[other.Index] = true
		}
	}
	for i := range w.Delegations {
		d := &w.Delegations[i]
		if d.Agent == c.Agent && d.BatchID == c.BatchID && d.Index == len(before) && !d.Background &&
			(len(w.Handing) > 0 || !w.ended(d).After(c.End)) {
			return d
		}
	}
	return nil
}

// background returns the activation that a task_output call waited for: of
// those that came to an end meanwhile the last.
func (w *walk) background(c results.ToolCall) *results.Delegation {
	return w.lastEnded(c.Agent, c.Start, c.End, func(d *results.Delegation) bool {
		return d.Background && d.State != bench.AgentCancelled // which waited for main
	})
}

// stopped returns the activation that a task_stop call ended: of those that main
// stopped, and that came to an end meanwhile, the last.
func (w *walk) stopped(c results.ToolCall) *results.Delegation {
	return w.lastEnded(c.Agent, c.Start, c.End, func(d *results.Delegation) bool {
		return d.Reason == bench.ReasonCancelledByMain
	})
}

// lastEnded returns the activation of an agent's that ended last within a time.
func (w *walk) lastEnded(
	agent string, from, to time.Time, of func(d *results.Delegation) bool,
) (last *results.Delegation) {
	for i := range w.Delegations {
		d := &w.Delegations[i]
		end := w.ended(d)
		if d.Agent == agent && of(d) && end.After(from) && !end.After(to) &&
			(last == nil || end.After(w.ended(last))) {
			last = d
		}
	}
	return last
}

// ended is when an activation ended; one that was cut off ended with its trial.
func (w *walk) ended(d *results.Delegation) time.Time {
	if d.EndedAt.IsZero() {
		return w.To
	}
	return d.EndedAt
}

// joins lists where reports arrived.
func (w *walk) joins() (out []Join) {
	for _, all := range w.by {
		for _, a := range all {
			if d := a.join; d != nil {
				out = append(out, Join{d.ID, d.Activation, min(a.end.Sub(w.From), w.To.Sub(w.From))})
			}
		}
	}
	slices.SortFunc(out, func(a, b Join) int {
		return cmp.Or(cmp.Compare(a.Delegation, b.Delegation), cmp.Compare(a.Activation, b.Activation),
			cmp.Compare(a.At, b.At))
	})
	return out
}
