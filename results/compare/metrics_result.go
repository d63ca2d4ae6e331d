package compare

import (
	"fmt"

	"bench/stats"
)

// denominators are the numbers a count of resolved trials is out of: those with
// a verdict, and, where trials have none, all that ended as well.
func denominators(c Configuration) string {
	out := fmt.Sprintf(" of %d", c.Graded)
	if ended := c.Trials - c.Unfinished; ended > c.Graded {
		out += fmt.Sprintf(" (%d ended)", ended)
	}
	return out
}

// resultMetrics are how the trials ended.
var resultMetrics = []Metric{
	{
		Name: "n_tasks", Label: "tasks", Group: GroupResult, Unit: Count,
		Formula: "distinct tasks with a trial", Source: "trials",
		Of: func(c Configuration) stats.Number { return stats.Number(c.Tasks) },
	},
	{
		Name: "n_trials", Label: "trials", Group: GroupResult, Unit: Count,
		Formula: "trials, ended or not", Source: "trials",
		Of: func(c Configuration) stats.Number { return stats.Number(c.Trials) },
	},
	{
		Name: "n_graded", Label: "graded", Group: GroupResult, Unit: Count,
		Formula: "trials with a verdict", Source: "trials.resolved",
		Of: func(c Configuration) stats.Number { return stats.Number(c.Graded) },
	},
	{
		Name: "n_infra", Label: "infrastructure faults", Group: GroupResult, Unit: Count, Better: Lower,
		Formula: "trials ended by infrastructure; no failures of a model", Source: "trials.blame",
		Of: func(c Configuration) stats.Number { return stats.Number(c.Infra) },
	},
	{
		Name: "resolved", Label: "resolved", Group: GroupResult, Unit: Count, Better: Higher,
		Formula: "trials whose verdict is yes", Source: "trials.resolved",
		Of:     func(c Configuration) stats.Number { return stats.Number(c.Resolved) },
		Beside: denominators,
	},
	{
		Name: "resolved_rate", Label: "resolved rate", Group: GroupResult, Unit: Percent, Better: Higher,
		Formula: "resolved / graded; 95 % Wilson interval, or bootstrap by task if tasks repeat",
		Source:  "trials.resolved",
		Of:      func(c Configuration) stats.Number { return c.ResolvedRate },
		Interval: func(c Configuration) stats.Interval {
			return c.ResolvedCI
		},
	},
}
