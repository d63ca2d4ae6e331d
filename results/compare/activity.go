package compare

import (
	"cmp"
	"slices"
	"time"

	"bench"
	"bench/results"
)

// activation is one activation of a delegation with what its sidekick did.
type activation struct {
	results.Delegation
	span  span   // from its start to its end; empty if it never started
	work  []span // the span less the time it only waited or was paused
	calls []results.Call
	tools []results.ToolCall
}

// started reports whether a sidekick began to work on it.
func (a *activation) started() bool { return !a.StartedAt.IsZero() }

// cost is what its calls cost.
func (a *activation) cost() (sum bench.USD) {
	for _, c := range a.calls {
		sum += c.Cost
	}
	return sum
}

// sentAt is when a call was sent, or when it was given up before it was.
func sentAt(c results.Call) time.Time {
	if c.Start.IsZero() {
		return c.End
	}
	return c.Start
}

// collectActivations gives each activation its calls. Those of a sidekick that
// was resumed belong to the latest activation that had started.
func (t *trial) collectActivations() []*activation {
	out := make([]*activation, len(t.delegations))
	byChild := map[string][]*activation{}
	for i, d := range t.delegations {
		a := &activation{Delegation: d, span: between(d.StartedAt, t.end(d))}
		a.work = t.working(a)
		out[i] = a
		if d.Child != "" {
			byChild[d.Child] = append(byChild[d.Child], a)
		}
	}
	for _, list := range byChild {
		slices.SortStableFunc(list, func(a, b *activation) int {
			return a.StartedAt.Compare(b.StartedAt)
		})
	}
	at := func(agent string, when time.Time) *activation {
		list := byChild[agent]
		for i := len(list) - 1; i > 0; i-- {
			if !list[i].StartedAt.After(when) {
				return list[i]
			}
		}
		if len(list) == 0 {
			return nil
		}
		return list[0]
	}
	for _, c := range t.calls {
		if a := at(c.Agent, sentAt(c)); a != nil {
			a.calls = append(a.calls, c)
		}
	}
	for _, c := range t.tools {
		if a := at(c.Agent, c.Start); a != nil {
			a.tools = append(a.tools, c)
		}
	}
	return out
}

// batches are the activations by the response that asked for them, in the order
// of these.
func (t *trial) batches() (out [][]*activation) {
	index := map[string]int{}
	for _, a := range t.activations() {
		i, ok := index[a.BatchID]
		if !ok {
			i = len(out)
			index[a.BatchID] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], a)
	}
	slices.SortStableFunc(out, func(a, b []*activation) int {
		return a[0].SpawnedAt.Compare(b[0].SpawnedAt)
	})
	return out
}

// activations are those of the trial, in the order of its delegations.
func (t *trial) activations() []*activation {
	if len(t.collected) != len(t.delegations) {
		t.collected = t.collectActivations()
	}
	return t.collected
}

// working is the time in which an activation did more than wait.
func (t *trial) working(a *activation) []span {
	if a.span == (span{}) {
		return nil
	}
	out := minus([]span{a.span}, t.waits(a.Child))
	return minus(out, append(t.pausesOf(a.Child), t.dead()...))
}

// pausesOf is the time in which an agent was not there, because its process had
// ended and the next one had not taken it up yet.
func (t *trial) pausesOf(agent string) (out []span) {
	for _, p := range t.pauses {
		if p.Agent == agent {
			out = append(out, between(p.From, p.To))
		}
	}
	return out
}

// dead is the time in which no process worked on the trial. An agent's pause
// begins with the last thing it did, which may have been long before its process
// ended; so of the pauses that end with the same process's taking over, the
// latest beginning and the earliest end count. Each agent has one of these.
func (t *trial) dead() (out []span) {
	pauses := slices.Clone(t.pauses)
	slices.SortStableFunc(pauses, func(a, b results.Pause) int {
		return cmp.Or(a.To.Compare(b.To), a.From.Compare(b.From))
	})
	seen := map[string]bool{}
	var from, to time.Time
	for _, p := range pauses {
		if len(seen) == 0 || seen[p.Agent] {
			out = append(out, between(from, to))
			clear(seen)
			from, to = p.From, p.To
		}
		seen[p.Agent] = true
		if p.From.After(from) {
			from = p.From
		}
	}
	return union(append(out, between(from, to)))
}
