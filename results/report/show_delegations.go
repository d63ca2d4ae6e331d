package report

import (
	"fmt"

	"bench"
	"bench/internal/plural"
	"bench/internal/width"
	"bench/results"
)

// delegations has a row for each task handed to a sidekick.
func delegations(d results.Detail) grid {
	g := grid{
		title: titled("Delegations", simulated(d)), align: "llrrrrrllll",
		header: []string{"id", "what", "batch", "at", "queued", "took", "cost", "ended", "escalation",
			"risk", "patch"},
	}
	begin := beginning(d)
	for _, x := range d.Delegations {
		escalation := none
		switch {
		case x.Escalation.Escalated():
			escalation = fmt.Sprintf("%s: %s", x.Escalation, x.Reason)
		case x.Escalation == bench.EscalationUnknown:
			escalation = string(x.Escalation)
		case x.Reason == bench.ReasonLLMError:
			escalation = "none: the provider failed"
		case x.Reason == bench.ReasonSandboxLost:
			escalation = "none: its sandbox was lost"
		}
		var lasted, from string
		if !x.StartedAt.IsZero() {
			from = "+" + took(x.StartedAt.Sub(begin))
			if !x.EndedAt.IsZero() {
				lasted = took(x.StoppedAt().Sub(x.StartedAt))
			}
		}
		var cost, unreported bench.USD
		for _, c := range d.Calls {
			if c.Agent == x.Child {
				cost, unreported = cost+c.Cost, unreported+c.EstimatedUnknown
			}
		}
		g.add(x.ID, width.Clip(width.Line(or(x.Description)), 30),
			fmt.Sprintf("%d/%d", x.Index+1, x.BatchSize),
			or(from), waited(x.Queue+x.LockWait), or(lasted), bench.Spending(cost, unreported),
			or(endedAs(x)), escalation, or(string(x.Risk)), patchUse(x))
	}
	return g
}

// endedAs says how an activation ended. What main stopped did not fail.
func endedAs(d results.Delegation) string {
	switch {
	case d.Reason == bench.ReasonCancelledByMain:
		return "stopped"
	case d.Abandoned:
		return "left behind"
	}
	return string(d.State)
}

// patchUse is what became of a sidekick's patch, and how many of its lines are in
// the answer.
func patchUse(d results.Delegation) string {
	if d.PatchUse == "" || d.PatchUse == results.PatchDiscarded {
		return or(string(d.PatchUse))
	}
	return fmt.Sprintf("%s, %d of %s", d.PatchUse, d.PatchLinesKept,
		plural.Count(d.PatchLines, "line"))
}
