package compare

import "bench/stats"

// overheadMetrics are what delegating costs main, and what it spares it. Tokens of
// briefs and reports are their bytes divided by 4.
var overheadMetrics = []Metric{
	{
		Name: "overhead.usd", Label: "overhead of delegating", Group: GroupDelegation, Unit: Dollars,
		Better: Lower, Kind: Estimate, For: fusions,
		Formula: "briefs + reports, as below", Source: "delegations.prompt, tool_calls.bytes, prices",
		OfUsage: true,
		Of: func(c *Column) Value {
			return c.ifPriced(c.Overhead.Briefs + c.Overhead.Reports)
		},
	},
	{
		Name: "overhead.briefs_usd", Label: "writing briefs", Group: GroupDelegation, Unit: Dollars,
		Better: Lower, Kind: Estimate, For: fusions, Extra: true,
		Formula: "Σ tokens of briefs at p_out of the call that wrote them",
		Source:  "delegations.prompt, bodies.size, prices",
		OfUsage: true,
		Of:      func(c *Column) Value { return c.ifPriced(c.Overhead.Briefs) },
	},
	{
		Name: "overhead.reports_usd", Label: "reading reports", Group: GroupDelegation, Unit: Dollars,
		Better: Lower, Kind: Estimate, For: fusions, Extra: true,
		Formula: "Σ tokens of what task, task_output and task_stop showed main at p_in of its next " +
			"call, and at p_cached of each later one",
		Source:  "tool_calls.bytes, llm_calls, prices",
		OfUsage: true,
		Of:      func(c *Column) Value { return c.ifPriced(c.Overhead.Reports) },
	},
	{
		Name: "overhead.share", Label: "overhead, share of main", Group: GroupDelegation, Unit: Percent,
		Better: Lower, Kind: Estimate, For: fusions, Extra: true,
		Formula: "overhead of delegating / Σ_M cost", Source: "delegations.prompt, tool_calls, llm_calls",
		OfUsage: true,
		Of: func(c *Column) Value {
			paid := c.ifPriced(c.Overhead.Briefs + c.Overhead.Reports)
			return number(stats.Over(float64(paid.Number), c.Spending.Main.Cost.Float()))
		},
	},
	{
		Name: "break_even.tokens", Label: "break-even", Group: GroupDelegation, Unit: Tokens,
		Kind: Estimate, For: fusions, Extra: true,
		Formula: "mean of (cost of the activation + its brief + its report) / what main pays for a " +
			"token that it reads then: p_in of its next call + p_cached of each later one; main had to " +
			"read this much itself for the delegation to pay",
		Source:  "delegations, llm_calls, prices",
		Per:     "activations after which main calls again",
		OfUsage: true,
		Of: func(c *Column) Value {
			if c.Spending.Unpriced > 0 {
				return number(stats.None())
			}
			return overN(c.Overhead.BreakEven.Needed, c.Overhead.BreakEven.N)
		},
	},
	{
		Name: "break_even.observed", Label: "observed / break-even", Group: GroupDelegation, Unit: Times,
		Better: Higher, Kind: Estimate, For: fusions, Extra: true,
		Formula: "Σ tokens that sidekicks were shown / Σ break-even; above 1 delegating pays if main " +
			"had had to read all of that",
		Source:  "tool_calls.bytes, delegations, llm_calls, prices",
		Per:     "activations after which main calls again",
		OfUsage: true,
		Of: func(c *Column) Value {
			b := c.Overhead.BreakEven
			if c.Spending.Unpriced > 0 {
				return number(stats.None())
			}
			return over(b.Observed, b.Needed).per(b.N)
		},
	},
	{
		Name: "overhead.fixed_tokens", Label: "fixed overhead, a call", Group: GroupDelegation,
		OfMany: true,
		Unit:   Tokens, Better: Lower, For: fusions, Extra: true,
		Formula: "mean input of main's first call less that of its model alone, in pairs by task",
		Source:  "llm_calls.input", Per: "pairs with both calls",
		OfUsage: true,
		Of:      func(c *Column) Value { return c.besides().extra.value() },
	},
	{
		Name: "overhead.fixed_usd", Label: "fixed overhead", Group: GroupDelegation, Unit: Dollars,
		OfMany: true,
		Better: Lower, Kind: Estimate, For: fusions, Extra: true,
		Formula: "Σ over these pairs of that difference at p_cached in each of main's calls that read " +
			"as much as its first call sent from the cache, and at p_in in each other",
		Source: "llm_calls, prices", Per: "pairs with both calls",
		OfUsage: true,
		Of: func(c *Column) Value {
			b := c.besides()
			if b.extra.N == 0 {
				return Value{}.absent()
			}
			return c.ifPriced(b.fixed).per(b.extra.N)
		},
	},
	{
		Name: "after_reports.input", Label: "input after the reports", Group: GroupDelegation,
		OfMany: true,
		Unit:   Tokens, Better: Lower, For: fusions, Extra: true,
		Formula: "mean input of main's call that first reads reports",
		Source:  "llm_calls.input, delegations.batch_id",
		Per:     "pairs in which main's model alone has that turn, too",
		OfUsage: true,
		Of: func(c *Column) Value {
			b := c.besides()
			return perTrial(b.after, b.sameTurn)
		},
	},
	{
		Name: "after_reports.input_alone", Label: "input alone at that turn", Group: GroupDelegation,
		OfMany: true,
		Unit:   Tokens, For: fusions, Extra: true,
		Formula: "mean input of the same turn of main's model alone, in pairs by task",
		Source:  "llm_calls.input, llm_calls.turn",
		Per:     "pairs in which main's model alone has that turn, too",
		OfUsage: true,
		Of: func(c *Column) Value {
			b := c.besides()
			return perTrial(b.alone, b.sameTurn)
		},
	},
	{
		Name: "after_reports.ratio", Label: "input after reports / alone", Group: GroupDelegation,
		OfMany: true,
		Unit:   Times, Better: Lower, For: fusions, Extra: true,
		Formula: "the former / the latter", Source: "llm_calls.input, llm_calls.turn",
		Per:     "pairs in which main's model alone has that turn, too",
		OfUsage: true,
		Of: func(c *Column) Value {
			b := c.besides()
			return over(b.after, b.alone).per(b.sameTurn)
		},
	},
}
