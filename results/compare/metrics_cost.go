package compare

import "bench/stats"

// costMetrics are what was spent.
var costMetrics = []Metric{
	{
		Name: "cost_usd.total", Label: "total", Group: GroupCost, Unit: Dollars, Better: Lower,
		Formula: "Σ (input−cached−written)·p_in + cached·p_cached + written·p_write + output·p_out",
		Source:  "llm_calls.cost",
		OfUsage: true,
		Of:      func(c *Column) Value { return usd(c.Spending.All.Cost) },
	},
	{
		Name: "cost_usd.per_task", Label: "per task", Group: GroupCost, Unit: Dollars, Better: Lower,
		OfMany:   true,
		Formula:  "mean of trials that infrastructure or the user did not end; 95 % bootstrap by task",
		Source:   "llm_calls.cost",
		OfUsage:  true,
		Of:       func(c *Column) Value { return c.costPerTask() },
		Interval: "cost_usd.per_task_ci",
	},
	{
		Name: "cost_usd.per_resolved", Label: "per resolved task", Group: GroupCost, Unit: Dollars,
		OfMany: true,
		Better: Lower, Formula: "cost of all trials / resolved",
		Source:  "llm_calls.cost, trials.resolved",
		OfUsage: true,
		Of:      func(c *Column) Value { return over(c.Spending.All.Cost.Float(), c.ends.resolved) },
	},
	{
		Name: "cost_usd.main", Label: "main", Group: GroupCost, Unit: Dollars,
		Formula: "Σ_M cost", Source: "llm_calls.cost, agents.role",
		OfUsage: true, OfRole: true,
		Of: func(c *Column) Value { return usd(c.Spending.Main.Cost) },
	},
	{
		Name: "cost_usd.sidekick", Label: "sidekicks", Group: GroupCost, Unit: Dollars,
		For: withSidekicks, Formula: "Σ_S cost", Source: "llm_calls.cost, agents.role",
		OfUsage: true, OfRole: true,
		Of: func(c *Column) Value { return usd(c.Spending.Sidekick.Cost) },
	},
	{
		Name: "cost_usd.advisor", Label: "advisor", Group: GroupCost, Unit: Dollars, For: withAdvisor,
		Formula: "Σ_A cost", Source: "llm_calls.cost, agents.role",
		OfUsage: true,
		Of:      func(c *Column) Value { return usd(c.Spending.Advisor.Cost) },
	},
	{
		Name: "cost_usd.router", Label: "choosing models", Group: GroupCost, Unit: Dollars, For: routers,
		Formula: "Σ_R cost", Source: "llm_calls.cost, agents.role",
		OfUsage: true,
		Of:      func(c *Column) Value { return c.ifRouted(usd(c.Spending.Router.Cost)) },
	},
	{
		Name: "sidekick_share.cost", Label: "sidekick share", Group: GroupCost, Unit: Percent,
		For: withSidekicks, Formula: "Σ_S cost / Σ cost", Source: "llm_calls.cost, agents.role",
		OfUsage: true, OfRole: true,
		Of: func(c *Column) Value { return over(c.Spending.Sidekick.Cost, c.Spending.All.Cost) },
	},
	{
		Name: "cost_usd.failed_share", Label: "share of unresolved", Group: GroupCost, Unit: Percent,
		OfMany: true,
		Better: Lower, Extra: true,
		Formula: "Σ cost of graded trials that are not resolved / Σ cost of graded trials",
		Source:  "llm_calls.cost, trials.resolved", Per: "graded trials",
		OfUsage: true,
		Of:      func(c *Column) Value { return c.failedShare() },
	},
	{
		Name: "cost_usd.reported", Label: "reported by the provider", Group: GroupCost, Unit: Dollars,
		Better: Lower, Extra: true, Formula: "Σ cost as the provider reports it",
		Source:  "llm_calls.reported_cost",
		OfUsage: true, Apart: true,
		Of: func(c *Column) Value { return c.reportedCost() },
	},
	{
		Name: "calls.total", Label: "model calls", Group: GroupCost, Unit: Count, Extra: true,
		Formula: "model calls, failed ones included", Source: "llm_calls",
		Of: func(c *Column) Value { return count(c.Spending.Calls) },
	},
	{
		Name: "calls.per_task", Label: "model calls per task", Group: GroupCost, Unit: Count,
		OfMany: true,
		Better: Lower, Extra: true,
		Formula: "mean model calls of trials that infrastructure or the user did not end",
		Source:  "llm_calls",
		OfUsage: true,
		Of: func(c *Column) Value {
			return c.perTask(func(t *trial) float64 { return float64(t.sums.Spending.Calls) })
		},
	},
	{
		Name: "calls.reported", Label: "calls with a reported cost", Group: GroupCost, Unit: Count,
		Extra: true, Formula: "model calls whose cost the provider reports",
		Source: "llm_calls.reported_cost",
		Of:     func(c *Column) Value { return count(c.Spending.Reports) },
	},
	{
		Name: "cost_usd.saved_by_cache", Label: "saved by caches", Group: GroupCost, Unit: Percent,
		Better: Higher, Kind: Estimate, Extra: true, Formula: "1 − cost / cost with cold caches",
		Source:  "llm_calls, prices",
		OfUsage: true,
		Of: func(c *Column) Value {
			return number(1 - stats.Over(dollars(c.Spending.All.Cost), c.Spending.cold()))
		},
	},
	{
		Name: "cost_usd.write_premium", Label: "premium for cache writes", Group: GroupCost,
		Unit: Dollars, Better: Lower, Extra: true, Formula: "Σ written·(p_write − p_in)",
		Source:  "llm_calls.cache_write, prices",
		OfUsage: true,
		Of:      func(c *Column) Value { return c.ifPriced(c.Caching.Premium) },
	},
	{
		Name: "cost_usd.expiry_penalty", Label: "lost to expired caches", Group: GroupCost,
		Unit: Dollars, Better: Lower, Kind: Estimate,
		Formula: "Σ max(0, min(I_prev, I) − cached)·(p_in − p_cached) over calls that begin more than " +
			"5 minutes after the end of the agent's previous one, of the same model; I is input",
		Source: "llm_calls, prices", Per: "calls after such a gap",
		OfUsage: true,
		Timed:   true,
		Of:      func(c *Column) Value { return c.ifPriced(c.Caching.Penalty).per(c.Caching.Late) },
	},
	{
		Name: "cost_usd.abandoned", Label: "abandoned", Group: GroupCost, Unit: Dollars, Better: Lower,
		For: fusions, Extra: true,
		Formula: "Σ cost of activations that were cancelled, or cut off with their trial",
		Source:  "delegations, llm_calls.cost", Per: "such activations",
		OfUsage: true,
		Of: func(c *Column) Value {
			return usd(c.Escalations.Lost).per(c.Escalations.Abandoned)
		},
	},
	{
		Name: "cost_usd.unknown_estimate", Label: "perhaps billed besides", Group: GroupCost,
		Unit: Dollars, Better: Lower, Kind: Estimate, Extra: true,
		Formula: "Σ estimated cost of attempts without a usage report, answered or not; in no other cost",
		Source:  "llm_calls.estimated_unknown", Per: "such attempts",
		OfUsage: true, Apart: true,
		Of: func(c *Column) Value { return usd(c.Spending.Unknown).per(c.Spending.UnknownCalls) },
	},
	{
		Name: "calls.unknown_usage", Label: "attempts without usage", Group: GroupCost, Unit: Count,
		Better: Lower, Extra: true, Formula: "attempts that may have been billed without a usage report",
		Source: "llm_calls.unknown_usage",
		Of:     func(c *Column) Value { return count(c.Spending.UnknownCalls) },
	},
	{
		Name: "calls.other_model", Label: "answered by another model", Group: GroupCost, Unit: Count,
		Better: Lower, Extra: true, Formula: "calls that a model answered which was not asked for",
		Source: "llm_calls.wire_model, llm_calls.served_model",
		Of:     func(c *Column) Value { return count(c.substituted()) },
	},
	{
		Name: "calls.cache_unclear", Label: "calls with an unclear cache", Group: GroupCost, Unit: Count,
		Better: Lower, Extra: true,
		Formula: "calls whose answers leave open whether cached tokens are a part of the input",
		Source:  "llm_calls.cache_unclear",
		Of:      func(c *Column) Value { return count(c.unclear()) },
	},
}

// whatIfMetrics are what the same tokens would have cost otherwise.
var whatIfMetrics = []Metric{
	{
		Name: "cost_usd.without_cache", Label: "caches always cold", Group: GroupWhatIf, Unit: Dollars,
		Kind:    Estimate,
		Formula: "Σ input·p_in + output·p_out", Source: "llm_calls, prices",
		OfUsage: true,
		Of:      func(c *Column) Value { return number(c.Spending.cold()) },
	},
	{
		Name: "cost_usd.sidekicks_at_main_price", Label: "sidekicks at main's price",
		Group: GroupWhatIf, Unit: Dollars, Kind: Estimate, For: withSidekicks,
		Formula: "cost of all but the sidekicks + Σ_S cost of the same tokens at main's price",
		Source:  "llm_calls, prices",
		OfUsage: true, OfRole: true,
		Of: func(c *Column) Value { return usd(c.Spending.AtMain) },
	},
	{
		Name: "cost_usd.sidekicks_at_other_price", Label: "sidekicks at another price",
		OfMany: true,
		Group:  GroupWhatIf, Unit: Dollars, Kind: Estimate, For: withSidekicks, Extra: true,
		Formula: "cost of all but the sidekicks + Σ_S cost of the same tokens at --sidekick-price",
		Source:  "llm_calls",
		OfUsage: true, OfRole: true,
		Of: func(c *Column) Value { return c.atOtherPrice() },
	},
}
