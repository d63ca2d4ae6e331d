package compare

import (
	"fmt"

	"bench"
	"bench/results/timeline"
)

// escalations is what was handed back, and what had been spent on it.
type escalations struct {
	Delegations, Activations, Ended int
	FailedProvider                  int // of those that ended; no escalations
	Voluntary, Forced, Redelegated  int
	Unseen                          int // of a program, whose sidekicks' calls were not seen
	Abandoned                       int
	ByReason                        map[bench.Reason]int
	Wasted, Lost, Total             bench.USD // on escalated and abandoned activations, and in all
}

// escalated is how many activations were handed back.
func (e escalations) escalated() int { return e.Voluntary + e.Forced }

// judged is how many activations ended by themselves, and not by faults of the
// provider.
func (e escalations) judged() int { return e.Ended - e.FailedProvider }

func (w *work) escalations() escalations {
	out := escalations{
		Delegations: w.distinct(), Redelegated: w.redelegated(), ByReason: map[bench.Reason]int{},
	}
	for _, call := range w.Calls {
		out.Total += call.Cost
	}
	for _, a := range w.Activations() {
		out.add(w, a)
	}
	return out
}

// add counts an activation.
func (e *escalations) add(w *work, a *timeline.Activation) {
	e.Activations++
	if a.State != "" {
		e.Ended++
	}
	if a.Reason == bench.ReasonLLMError {
		e.FailedProvider++
	}
	if w.abandoned(a) {
		e.Abandoned++
		e.Lost += a.Spent()
	}
	switch a.Escalation {
	case bench.EscalatedVoluntary:
		e.Voluntary++
	case bench.EscalatedByHarness:
		e.Forced++
	case bench.EscalationUnknown:
		if a.Child == "" {
			e.Unseen++
		}
		return
	default:
		return
	}
	e.ByReason[a.Reason]++
	e.Wasted += a.Spent()
}

// escalated reports whether an activation was handed back.
func escalated(a *timeline.Activation) bool {
	return a.Escalation.Escalated()
}

// providerAlarms say that sidekicks did not work because their provider did not.
func (c *Column) providerAlarms() []string {
	e, infra := c.Escalations, 0
	if e.FailedProvider == 0 {
		return nil
	}
	for _, t := range c.trials {
		if t.sums.Escalations.FailedProvider > 0 && t.Outcome == bench.OutcomeInfraLLM {
			infra++
		}
	}
	return []string{fmt.Sprintf("faults of the sidekicks' provider ended %d of %d delegations of %s, "+
		"which are no escalations; %d of its %d trials are infra_llm and have some",
		e.FailedProvider, e.Activations, c.name, infra, len(c.trials))}
}

// abandoned reports whether nobody waited for the end of an activation: it was
// stopped, or the trial ended before it.
func (w *work) abandoned(a *timeline.Activation) bool {
	cutOff := a.State == "" && w.Outcome != ""
	return cutOff || a.Abandoned || a.State == bench.AgentCancelled
}

// outcomeIf is how many graded trials that delegated are resolved, and how many
// they are: those with an escalation or those without.
func (c *Column) outcomeIf(withEscalation bool) (resolved, graded int) {
	for _, t := range c.trials {
		e := t.sums.Escalations
		if t.Resolved == nil || !t.Counts() || e.Activations == 0 ||
			e.escalated() > 0 != withEscalation {
			continue
		}
		graded++
		if *t.Resolved {
			resolved++
		}
	}
	return resolved, graded
}

// redelegated counts the activations that go over escalated work once more:
// they resume its delegation, or touch at least half of its files.
func (w *work) redelegated() (n int) {
	for _, a := range w.Activations() {
		for _, before := range w.Activations() {
			if escalated(before) && !before.EndedAt.IsZero() && !a.SpawnedAt.Before(before.EndedAt) &&
				a != before && (a.ID == before.ID || covers(a, before)) {
				n++
				break
			}
		}
	}
	return n
}

// covers reports whether an activation touched at least half of the files of
// another one.
func covers(a, other *timeline.Activation) bool {
	mine, its := paths(a), paths(other)
	common := 0
	for path := range its {
		if mine[path] {
			common++
		}
	}
	return common > 0 && 2*common >= len(its)
}

// paths are the files an activation read or wrote.
func paths(a *timeline.Activation) map[string]bool {
	paths := map[string]bool{}
	for _, c := range a.Tools {
		for _, x := range c.Touched {
			paths[x.Path] = true
		}
	}
	return paths
}
