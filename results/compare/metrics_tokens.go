package compare

// tokenMetrics are what the models read and wrote.
var tokenMetrics = []Metric{
	{
		Name: "tokens.input", Label: "input", Group: GroupTokens, Unit: Tokens, Better: Lower,
		Formula: "Σ input, cached and written ones included", Source: "llm_calls.input",
		Of: func(c Configuration) Number { return Number(c.Tokens.Input) },
	},
	{
		Name: "tokens.cached_input", Label: "cached input", Group: GroupTokens, Unit: Tokens,
		Formula: "Σ input read from cache", Source: "llm_calls.cached_input",
		Of: func(c Configuration) Number { return Number(c.Tokens.CachedInput) },
	},
	{
		Name: "cached_share.main", Label: "cached share, main", Group: GroupTokens, Unit: Percent,
		Better: Higher, Formula: "Σ_M cached / Σ_M input", Source: "llm_calls, agents.role",
		Of: func(c Configuration) Number { return c.CachedShare.Main },
	},
	{
		Name: "cached_share.sidekick", Label: "cached share, sidekicks", Group: GroupTokens,
		Unit: Percent, Better: Higher, FusionOnly: true, Formula: "Σ_S cached / Σ_S input",
		Source: "llm_calls, agents.role",
		Of:     func(c Configuration) Number { return c.CachedShare.Sidekick },
	},
	{
		Name: "tokens.cache_write", Label: "cache writes", Group: GroupTokens, Unit: Tokens,
		Formula: "Σ input written to cache", Source: "llm_calls.cache_write",
		Of: func(c Configuration) Number { return Number(c.Tokens.CacheWrite) },
	},
	{
		Name: "tokens.output", Label: "output", Group: GroupTokens, Unit: Tokens, Better: Lower,
		Formula: "Σ output, reasoning included", Source: "llm_calls.output",
		Of: func(c Configuration) Number { return Number(c.Tokens.Output) },
	},
	{
		Name: "tokens.reasoning", Label: "reasoning", Group: GroupTokens, Unit: Tokens,
		Formula: "Σ reasoning", Source: "llm_calls.reasoning",
		Of: func(c Configuration) Number { return Number(c.Tokens.Reasoning) },
	},
	{
		Name: "sidekick_share.tokens", Label: "sidekick share", Group: GroupTokens, Unit: Percent,
		FusionOnly: true, Formula: "Σ_S (input + output) / Σ (input + output)",
		Source: "llm_calls, agents.role",
		Of:     func(c Configuration) Number { return c.SidekickShare.Tokens },
	},
}
