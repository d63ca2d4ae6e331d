package compare

import (
	"bench"
	"bench/stats"
)

// tokens measures a sum of tokens, absent where they are not known.
func tokens(of func(bench.Usage) int64) func(Configuration) stats.Number {
	return func(c Configuration) stats.Number {
		if c.Tokens == nil {
			return stats.None()
		}
		return stats.Number(of(*c.Tokens))
	}
}

// tokenMetrics are what the models read and wrote.
var tokenMetrics = []Metric{
	{
		Name: "tokens.input", Label: "input", Group: GroupTokens, Unit: Tokens, Better: Lower,
		Formula: "Σ input, cached and written ones included", Source: "llm_calls.input",
		Of: tokens(func(u bench.Usage) int64 { return u.Input }),
	},
	{
		Name: "tokens.cached_input", Label: "cached input", Group: GroupTokens, Unit: Tokens,
		Formula: "Σ input read from cache", Source: "llm_calls.cached_input",
		Of: tokens(func(u bench.Usage) int64 { return u.CachedInput }),
	},
	{
		Name: "cached_share.main", Label: "cached share, main", Group: GroupTokens, Unit: Percent,
		Better: Higher, Formula: "Σ_M cached / Σ_M input", Source: "llm_calls, agents.role",
		Of: func(c Configuration) stats.Number { return c.CachedShare.Main },
	},
	{
		Name: "cached_share.sidekick", Label: "cached share, sidekicks", Group: GroupTokens,
		Unit: Percent, Better: Higher, For: withSidekicks, Formula: "Σ_S cached / Σ_S input",
		Source: "llm_calls, agents.role",
		Of:     func(c Configuration) stats.Number { return c.CachedShare.Sidekick },
	},
	{
		Name: "tokens.cache_write", Label: "cache writes", Group: GroupTokens, Unit: Tokens,
		Formula: "Σ input written to cache", Source: "llm_calls.cache_write",
		Of: tokens(func(u bench.Usage) int64 { return u.CacheWrite }),
	},
	{
		Name: "tokens.output", Label: "output", Group: GroupTokens, Unit: Tokens, Better: Lower,
		Formula: "Σ output, reasoning included", Source: "llm_calls.output",
		Of: tokens(func(u bench.Usage) int64 { return u.Output }),
	},
	{
		Name: "tokens.reasoning", Label: "reasoning", Group: GroupTokens, Unit: Tokens,
		Formula: "Σ reasoning", Source: "llm_calls.reasoning",
		Of: tokens(func(u bench.Usage) int64 { return u.Reasoning }),
	},
	{
		Name: "sidekick_share.tokens", Label: "sidekick share", Group: GroupTokens, Unit: Percent,
		For: withSidekicks, Formula: "Σ_S (input + output) / Σ (input + output)",
		Source: "llm_calls, agents.role",
		Of:     func(c Configuration) stats.Number { return c.SidekickShare.Tokens },
	},
}
