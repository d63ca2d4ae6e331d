package compare

// tokenMetrics are what the models read and wrote.
var tokenMetrics = []Metric{
	{
		Name: "tokens.input", Label: "input", Group: GroupTokens, Unit: Tokens, Better: Lower,
		Formula: "Σ input, cached and written ones included", Source: "llm_calls.input",
		OfUsage: true,
		Of:      func(c *Column) Value { return count(c.Spending.All.Tokens.Input) },
	},
	{
		Name: "tokens.cached_input", Label: "cached input", Group: GroupTokens, Unit: Tokens,
		Formula: "Σ input read from cache", Source: "llm_calls.cached_input",
		OfUsage: true,
		Of:      func(c *Column) Value { return count(c.Spending.All.Tokens.CachedInput) },
	},
	{
		Name: "tokens.uncached_per_task", Label: "uncached per task", Group: GroupTokens, Unit: Tokens,
		Better: Lower, Extra: true,
		Formula: "mean input − cached + output of trials that infrastructure or the user did not end",
		Source:  "llm_calls",
		OfUsage: true,
		Of: func(c *Column) Value {
			return c.perTask(func(t *trial) float64 {
				u := t.sums.Spending.All.Tokens
				return float64(u.Tokens() - u.CachedInput)
			})
		},
	},
	{
		Name: "cached_share.main", Label: "cached share, main", Group: GroupTokens, Unit: Percent,
		Better: Higher, Formula: "Σ_M cached / Σ_M input", Source: "llm_calls, agents.role",
		OfUsage: true, OfRole: true,
		Of: func(c *Column) Value {
			return over(c.Spending.Main.Tokens.CachedInput, c.Spending.Main.Tokens.Input)
		},
	},
	{
		Name: "cached_share.sidekick", Label: "cached share, sidekicks", Group: GroupTokens,
		Unit: Percent, Better: Higher, For: withSidekicks, Formula: "Σ_S cached / Σ_S input",
		Source:  "llm_calls, agents.role",
		OfUsage: true, OfRole: true,
		Of: func(c *Column) Value {
			return over(c.Spending.Sidekick.Tokens.CachedInput, c.Spending.Sidekick.Tokens.Input)
		},
	},
	{
		Name: "tokens.cache_write", Label: "cache writes", Group: GroupTokens, Unit: Tokens,
		Formula: "Σ input written to cache", Source: "llm_calls.cache_write",
		OfUsage: true,
		Of:      func(c *Column) Value { return count(c.Spending.All.Tokens.CacheWrite) },
	},
	{
		Name: "tokens.cache_write_1h", Label: "of these, for an hour", Group: GroupTokens, Unit: Tokens,
		Extra: true, Formula: "Σ input written to cache for an hour", Source: "llm_calls.cache_write_1h",
		OfUsage: true,
		Of:      func(c *Column) Value { return count(c.Spending.All.Tokens.CacheWrite1h) },
	},
	{
		Name: "tokens.output", Label: "output", Group: GroupTokens, Unit: Tokens, Better: Lower,
		Formula: "Σ output, reasoning included", Source: "llm_calls.output",
		OfUsage: true,
		Of:      func(c *Column) Value { return count(c.Spending.All.Tokens.Output) },
	},
	{
		Name: "tokens.reasoning", Label: "reasoning", Group: GroupTokens, Unit: Tokens,
		Formula: "Σ reasoning", Source: "llm_calls.reasoning",
		OfUsage: true,
		Of:      func(c *Column) Value { return count(c.Spending.All.Tokens.Reasoning) },
	},
	{
		Name: "sidekick_share.tokens", Label: "sidekick share", Group: GroupTokens, Unit: Percent,
		For: withSidekicks, Formula: "Σ_S (input + output) / Σ (input + output)",
		Source:  "llm_calls, agents.role",
		OfUsage: true, OfRole: true,
		Of: func(c *Column) Value {
			return over(c.Spending.Sidekick.Tokens.Tokens(), c.Spending.All.Tokens.Tokens())
		},
	},
}
