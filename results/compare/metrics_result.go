package compare

import "bench/stats"

// resultMetrics are how the trials ended.
var resultMetrics = []Metric{
	{
		Name: "n_tasks", Label: "tasks", Group: GroupResult, Unit: Count,
		OfMany:  true,
		Formula: "distinct tasks with a trial", Source: "trials",
		Of: func(c *Column) Value { return count(len(c.ends.tasks)) },
	},
	{
		Name: "n_trials", Label: "trials", Group: GroupResult, Unit: Count,
		OfMany:  true,
		Formula: "trials, ended or not", Source: "trials",
		Of: func(c *Column) Value { return count(len(c.trials)) },
	},
	{
		Name: "n_graded", Label: "graded", Group: GroupResult, Unit: Count,
		OfMany:  true,
		Formula: "trials with a verdict", Source: "trials.resolved",
		Of: func(c *Column) Value { return count(c.ends.graded) },
	},
	{
		Name: "n_infra", Label: "infrastructure faults", Group: GroupResult, Unit: Count, Better: Lower,
		OfMany:  true,
		Formula: "trials ended by infrastructure; no failures of a model", Source: "trials.blame",
		Of: func(c *Column) Value { return count(c.ends.infra) },
	},
	{
		Name: "resolved", Label: "resolved", Group: GroupResult, Unit: Count, Better: Higher,
		OfMany:  true,
		Formula: "trials whose verdict is yes", Source: "trials.resolved",
		Of: func(c *Column) Value { return c.resolved() },
	},
	{
		Name: "resolved_rate", Label: "resolved rate", Group: GroupResult, Unit: Percent, Better: Higher,
		OfMany:   true,
		Formula:  "resolved / graded; 95 % Wilson interval with tasks as its n",
		Source:   "trials.resolved",
		Of:       func(c *Column) Value { return c.resolvedRate() },
		Interval: "resolved_ci",
	},
	{
		Name: "pass_at_k", Label: "by any of k attempts", Group: GroupResult, Unit: Percent,
		Better: Higher, Extra: true, OfMany: true, Per: "attempts at each task, k",
		Formula: "pass@k: mean of 1 − C(graded − resolved, k) / C(graded, k) over tasks; 95 % Wilson " +
			"interval",
		Source:   "trials.resolved",
		Of:       func(c *Column) Value { return c.pass(stats.PassAt) },
		Interval: "pass_at_k_ci",
	},
	{
		Name: "pass_all_k", Label: "by all of k attempts", Group: GroupResult, Unit: Percent,
		Better: Higher, Extra: true, OfMany: true, Per: "attempts at each task, k",
		Formula:  "pass^k: mean of C(resolved, k) / C(graded, k) over tasks; 95 % Wilson interval",
		Source:   "trials.resolved",
		Of:       func(c *Column) Value { return c.pass(stats.PassAll) },
		Interval: "pass_all_k_ci",
	},
}
