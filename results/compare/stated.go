package compare

import (
	"slices"
	"strings"

	"bench"
)

// stated is what sidekicks said of their own work, and what became of the trials
// in which they said it.
type stated struct {
	Reports, Risks int                        // activations with one, and that state its risk
	ByRisk         map[bench.Risk]resolution  // graded trials by the highest risk stated in them
	BySentinel     map[bench.SentinelForm]int // activations handed back by the word, by its form
}

// resolution is how many graded trials there are, and how many of them are
// resolved.
type resolution struct{ Resolved, Graded int }

func (w *work) stated() stated {
	out := stated{ByRisk: map[bench.Risk]resolution{}, BySentinel: map[bench.SentinelForm]int{}}
	for _, a := range w.Activations() {
		if a.Report != "" {
			out.Reports++
		}
		if a.Report != "" && a.Risk != "" {
			out.Risks++
		}
		if a.Sentinel != "" {
			out.BySentinel[a.Sentinel]++
		}
	}
	if w.Resolved == nil || !w.Counts() || len(w.Delegations) == 0 {
		return out
	}
	of := resolution{Graded: 1}
	if *w.Resolved {
		of.Resolved = 1
	}
	out.ByRisk[w.risk()] = of
	return out
}

// risk is the highest that a report of the trial states; empty if none does.
func (w *work) risk() (highest bench.Risk) {
	for _, a := range w.Activations() {
		if slices.Index(bench.Risks, a.Risk) > slices.Index(bench.Risks, highest) {
			highest = a.Risk
		}
	}
	return highest
}

// riskMetrics say how often sidekicks state the risk of their reports, and what
// that is worth.
func riskMetrics() []Metric {
	out := []Metric{{
		Name: "reports.risk_stated", Label: "reports that state a risk", Group: GroupDelegation,
		Unit: Percent, For: fusions, Extra: true,
		Formula: "activations whose report states its risk / activations with a report",
		Source:  "delegations.risk, delegations.report", Per: "activations with a report",
		Of: func(c *Column) Value { return overN(c.Stated.Risks, c.Stated.Reports) },
	}}
	for _, r := range append(slices.Clone(bench.Risks), "") {
		name, what := string(r), "the highest risk that their reports state is "+string(r)
		if r == "" {
			name, what = "unstated", "no report states a risk"
		}
		out = append(out, Metric{
			Name:  "reports.resolved_if_risk." + name,
			Label: "resolved, if risk is " + name + " (association)", Group: GroupDelegation,
			Unit: Percent, Kind: Association, For: fusions, Extra: true,
			Formula: "resolved / graded trials that delegated and in which " + what,
			Source:  "trials.resolved, delegations.risk", Per: "such trials",
			Of: func(c *Column) Value {
				of := c.Stated.ByRisk[r]
				return overN(of.Resolved, of.Graded)
			},
		})
	}
	return out
}

// sentinelMetrics count the forms in which the word was written that hands work
// back.
func sentinelMetrics() (out []Metric) {
	for _, form := range bench.SentinelForms {
		out = append(out, Metric{
			Name:  "escalation.by_sentinel." + string(form),
			Label: "by the word, " + strings.ReplaceAll(string(form), "_", " "), Group: GroupEscalation,
			Unit: Count, For: fusions, Extra: true,
			Formula: "activations handed back by ESCALATE_TO_MAIN in this form",
			Source:  "delegations.sentinel",
			Of:      func(c *Column) Value { return count(c.Stated.BySentinel[form]) },
		})
	}
	return out
}
