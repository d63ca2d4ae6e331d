package compare

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
		Formula:  "resolved / graded; 95 % Wilson interval, or bootstrap by task if tasks repeat",
		Source:   "trials.resolved",
		Of:       func(c *Column) Value { return c.resolvedRate() },
		Interval: "resolved_ci",
	},
}
