package compare

// budgetMetrics are resolved rates under a budget, whatever the budget is.
var budgetMetrics = []Metric{
	{
		Name: "under_budget.cost_area", Label: "under a cost, mean", Group: GroupResult, Unit: Percent,
		OfMany: true,
		Better: Higher, Extra: true,
		Formula: "mean resolved rate over all budgets from 0 to the most B that a graded trial of the " +
			"comparison cost: Σ over resolved trials (1 − cost / B) / graded",
		Source: "trials.resolved, llm_calls.cost", Per: "graded trials",
		OfUsage: true,
		Of:      func(c *Column) Value { return c.area(dollarsTaken) },
	},
	{
		Name: "under_budget.tokens_area", Label: "under as many tokens, mean", Group: GroupResult,
		OfMany: true,
		Unit:   Percent, Better: Higher, Extra: true,
		Formula: "the same for input + output of all agents",
		Source:  "trials.resolved, llm_calls", Per: "graded trials",
		OfUsage: true,
		Of:      func(c *Column) Value { return c.area(tokensTaken) },
	},
	{
		Name: "under_budget.minutes_area", Label: "under a time, mean", Group: GroupResult, Unit: Percent,
		OfMany: true,
		Better: Higher, Extra: true, Formula: "the same for the time agents worked, dead time not",
		Source: "trials.resolved, trials.solve_started_at, dead_times", Per: "graded trials",
		Timed: true,
		Of:    func(c *Column) Value { return c.area(minutesTaken) },
	},
}
