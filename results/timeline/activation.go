package timeline

import (
	"slices"
	"time"

	"bench"
	"bench/results"
)

// Activation is one activation of a delegation with what its sidekick did.
type Activation struct {
	results.Delegation
	Span  Range   // from its start to its end, ms; empty if it never started
	Work  []Range // the span less the time it only waited or was paused
	Calls []results.Call
	Tools []results.ToolCall
}

// Started reports whether a sidekick began to work on it.
func (a *Activation) Started() bool { return !a.StartedAt.IsZero() }

// Spent is what its calls cost.
func (a *Activation) Spent() (sum bench.USD) {
	for _, c := range a.Calls {
		sum += c.Cost
	}
	return sum
}

// Activations are those of the trial, in the order of its delegations. They are
// found once.
func (t *Trial) Activations() []*Activation {
	if len(t.activations) != len(t.Delegations) {
		t.activations = t.collectActivations()
	}
	return t.activations
}

// collectActivations gives each activation its calls. Those of a sidekick that
// was resumed belong to the latest activation that had started.
func (t *Trial) collectActivations() []*Activation {
	out := make([]*Activation, len(t.Delegations))
	for i, d := range t.Delegations {
		a := &Activation{Delegation: d, Span: between(d.StartedAt, t.EndOf(d))}
		a.Work = t.working(a)
		out[i] = a
	}
	at := finder(out)
	for _, c := range t.Calls {
		if a := at(c.Agent, SentAt(c)); a != nil {
			a.Calls = append(a.Calls, c)
		}
	}
	for _, c := range t.Tools {
		if a := at(c.Agent, c.Start); a != nil {
			a.Tools = append(a.Tools, c)
		}
	}
	return out
}

// ActivationAt is the activation that a sidekick worked on at some time; nil if the
// agent is none.
func (t *Trial) ActivationAt(agent string, when time.Time) *Activation {
	return finder(t.Activations())(agent, when)
}

// finder finds the activation that an agent worked on at some time.
func finder(all []*Activation) func(agent string, when time.Time) *Activation {
	byChild := map[string][]*Activation{}
	for _, a := range all {
		if a.Child != "" {
			byChild[a.Child] = append(byChild[a.Child], a)
		}
	}
	for _, list := range byChild {
		slices.SortStableFunc(list, func(a, b *Activation) int {
			return a.StartedAt.Compare(b.StartedAt)
		})
	}
	return func(agent string, when time.Time) *Activation {
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
}

// Batches are the activations by the response that asked for them, in the order
// of these.
func (t *Trial) Batches() (out [][]*Activation) {
	index := map[string]int{}
	for _, a := range t.Activations() {
		i, ok := index[a.BatchID]
		if !ok {
			i = len(out)
			index[a.BatchID] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], a)
	}
	slices.SortStableFunc(out, func(a, b []*Activation) int {
		return a[0].SpawnedAt.Compare(b[0].SpawnedAt)
	})
	return out
}

// working is the time in which an activation did more than wait.
func (t *Trial) working(a *Activation) []Range {
	if a.Span == (Range{}) {
		return nil
	}
	out := Minus([]Range{a.Span}, t.waits(a.Child))
	return Minus(out, append(t.absent(a.Child), dead(t.Pauses)...))
}
