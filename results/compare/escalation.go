package compare

import (
	"fmt"
	"slices"

	"bench"
	"bench/results/timeline"
)

// escalations is what was handed back, and what had been spent on it.
type escalations struct {
	delegations, activations, ended int
	failedProvider                  int // of those that ended; no escalations
	voluntary, forced, redelegated  int
	abandoned                       int
	byReason                        map[bench.Reason]int
	wasted, lost, total             bench.USD // on escalated and abandoned activations, and in all
}

// escalated is how many activations were handed back.
func (e escalations) escalated() int { return e.voluntary + e.forced }

// judged is how many activations ended by themselves, and not by faults of the
// provider.
func (e escalations) judged() int { return e.ended - e.failedProvider }

func (c *Column) escalations() escalations { return c.kept.escalations.or(c.foldEscalations) }

func (c *Column) foldEscalations() escalations {
	out := escalations{byReason: map[bench.Reason]int{}}
	for _, t := range c.trials {
		out.delegations += t.distinct()
		out.redelegated += t.redelegated()
		for _, call := range t.Calls {
			out.total += call.Cost
		}
		for _, a := range t.Activations() {
			out.add(t, a)
		}
	}
	return out
}

// add counts an activation.
func (e *escalations) add(t *trial, a *timeline.Activation) {
	e.activations++
	if a.State != "" {
		e.ended++
	}
	if a.Reason == bench.ReasonLLMError {
		e.failedProvider++
	}
	if t.abandoned(a) {
		e.abandoned++
		e.lost += a.Spent()
	}
	switch a.Escalation {
	case bench.EscalatedVoluntary:
		e.voluntary++
	case bench.EscalatedByHarness:
		e.forced++
	default:
		return
	}
	e.byReason[a.Reason]++
	e.wasted += a.Spent()
}

// escalated reports whether an activation was handed back.
func escalated(a *timeline.Activation) bool {
	return a.Escalation == bench.EscalatedVoluntary || a.Escalation == bench.EscalatedByHarness
}

// providerAlarms say that sidekicks did not work because their provider did not.
func (c *Column) providerAlarms() []string {
	failed, all, infra := 0, 0, 0
	for _, t := range c.trials {
		mine := 0
		for _, a := range t.Activations() {
			all++
			if a.Reason == bench.ReasonLLMError {
				mine++
			}
		}
		if failed += mine; mine > 0 && t.Outcome == bench.OutcomeInfraLLM {
			infra++
		}
	}
	if failed == 0 {
		return nil
	}
	return []string{fmt.Sprintf("faults of the sidekicks' provider ended %d of %d delegations of %s, "+
		"which are no escalations; %d of its %d trials are infra_llm and have some",
		failed, all, c.name, infra, len(c.trials))}
}

// abandoned reports whether nobody waited for the end of an activation: it was
// stopped, or the trial ended before it.
func (t *trial) abandoned(a *timeline.Activation) bool {
	cutOff := a.State == "" && t.Outcome != ""
	return cutOff || a.Abandoned || a.State == bench.AgentCancelled
}

// outcomeIf is how many graded trials that delegated are resolved, and how many
// they are: those with an escalation or those without.
func (c *Column) outcomeIf(withEscalation bool) (resolved, graded int) {
	for _, t := range c.trials {
		if t.Resolved == nil || !t.Counts() || len(t.Delegations) == 0 ||
			slices.ContainsFunc(t.Activations(), escalated) != withEscalation {
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
func (t *trial) redelegated() (n int) {
	for _, a := range t.Activations() {
		for _, before := range t.Activations() {
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
