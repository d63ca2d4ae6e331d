package compare

import "bench"

// routingMetrics are what changes of the model from turn to turn come to.
var routingMetrics = []Metric{
	{
		Name: "routing.switches", Label: "switches", Group: GroupRouting, Unit: Count, For: routers,
		Formula: "turns whose model is another than that of the turn before",
		Source:  "routes, llm_calls",
		Of:      func(c *Column) Value { return c.ifRouted(count(c.Routing.all().Switches)) },
	},
	{
		Name: "routing.switches_per_task", Label: "switches per task", Group: GroupRouting, Unit: Count,
		For: routers, OfMany: true, Extra: true,
		Formula: "mean switches of trials that infrastructure or the user did not end",
		Source:  "routes, llm_calls",
		Of: func(c *Column) Value {
			return c.ifRouted(c.perTask(func(t *trial) float64 {
				return float64(t.sums.Routing.all().Switches)
			}))
		},
	},
	{
		Name: "routing.cache_lost_tokens", Label: "cache lost, tokens", Group: GroupRouting,
		Unit: Tokens, Better: Lower, Kind: Estimate, For: routers,
		Formula: "Σ max(0, min(I_prev, I) − cached) over the first answered calls after switches; I is " +
			"input, I_prev that of the call before, as its own model counts it",
		Source: "llm_calls, routes", Per: "such calls",
		OfUsage: true,
		Of: func(c *Column) Value {
			all := c.Routing.all()
			return c.ifRouted(count(all.LostTokens).per(all.Seen))
		},
	},
	{
		Name: "routing.cache_lost_usd", Label: "cache lost", Group: GroupRouting, Unit: Dollars,
		Better: Lower, Kind: Estimate, For: routers,
		Formula: "Σ of these tokens, at p_write as far as they were written and at p_in else, less " +
			"p_cached; written is at most what the call wrote beyond I − min(I_prev, I)",
		Source: "llm_calls, routes, prices", Per: "such calls",
		OfUsage: true,
		Of: func(c *Column) Value {
			all := c.Routing.all()
			return c.ifRouted(c.ifPriced(all.LostCost).per(all.Seen))
		},
	},
	{
		Name: "routing.reasoning_lost", Label: "reasoning lost, blocks", Group: GroupRouting,
		Unit: Count, Better: Lower, For: routers,
		Formula: "Σ over switches: blocks of reasoning in the conversation that the model is not shown",
		Source:  "routes.reasoning_lost", Per: "switches",
		Of: func(c *Column) Value {
			all := c.Routing.all()
			return c.ifRouted(count(all.ReasoningLost).per(all.Switches))
		},
	},
	chosenBy("by_rule", "turns by a rule", "that a rule sent to their model", bench.ChosenByRule),
	chosenBy("by_model", "turns by the model asked", "whose model another one chose",
		bench.ChosenByModel),
	chosenBy("by_default", "turns by default", "that nothing sent elsewhere", bench.ChosenByDefault),
}

// chosenBy counts turns by what chose their model.
func chosenBy(name, label, formula string, by bench.ChosenBy) Metric {
	return Metric{
		Name: "routing." + name, Label: label, Group: GroupRouting, Unit: Count, For: routers,
		Extra: true, Formula: "turns " + formula, Source: "routes.chosen_by",
		Of: func(c *Column) Value { return c.ifRouted(count(c.Routing.By[string(by)])) },
	}
}

// ifRouted is a value that only configurations have whose model may change.
func (c *Column) ifRouted(v Value) Value {
	if c.config.Router == nil {
		return v.absent()
	}
	return v
}
