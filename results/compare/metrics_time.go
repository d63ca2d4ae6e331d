package compare

import "bench/stats"

// timeMetrics are how long it took.
var timeMetrics = []Metric{
	{
		Name: "wall_s.p50", Label: "work, median", Group: GroupTime, Unit: Seconds, Better: Lower,
		OfMany:  true,
		Formula: "median time agents worked on a trial, waits included, dead time not",
		Source:  "trials.solve_started_at, dead_times",
		Of: func(c *Column) Value {
			return number(stats.Number(stats.Percentile(c.ends.walls,
				0.5)))
		},
	},
	{
		Name: "wall_s.p95", Label: "work, 95th percentile", Group: GroupTime, Unit: Seconds,
		OfMany: true,
		Better: Lower, Formula: "95th percentile of the same", Source: "trials.solve_started_at, " +
			"dead_times",
		Of: func(c *Column) Value { return number(stats.Number(stats.Percentile(c.ends.walls, 0.95))) },
	},
	{
		Name: "wall_s.per_task", Label: "work, mean", Group: GroupTime, Unit: Seconds, Better: Lower,
		Extra: true, Formula: "mean of the same", Source: "trials.solve_started_at, dead_times",
		Of: func(c *Column) Value { return number(stats.Number(stats.Mean(c.ends.walls))) },
	},
	{
		Name: "sidekick_share.llm_seconds", Label: "sidekick share, model time", Group: GroupTime,
		Unit: Percent, For: withSidekicks, Formula: "Σ_S call duration / Σ call duration",
		Source:  "llm_calls.duration_ms, agents.role",
		OfUsage: true, OfRole: true,
		Of: func(c *Column) Value {
			return over(c.Spending.Sidekick.Time,
				c.Spending.All.Time)
		},
	},
	{
		Name: "wall_s.paused", Label: "paused", Group: GroupTime, Unit: Seconds, Extra: true,
		Formula: "Σ time in which a trial's process was dead before it was resumed",
		Source:  "dead_times",
		Of:      func(c *Column) Value { return number(stats.Number(c.ends.paused) / 1000) },
	},
	{
		Name: "wall_s.outage", Label: "in outages", Group: GroupTime, Unit: Seconds, Better: Lower,
		Extra: true,
		Formula: "Σ time in which a trial had calls that waited for a model that answered nobody " +
			"or turned calls away; a part of the work, in which no limit of time runs",
		Source: "outages",
		Of:     func(c *Column) Value { return number(stats.Number(c.ends.outage) / 1000) },
	},
}
