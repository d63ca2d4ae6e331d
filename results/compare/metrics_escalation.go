package compare

import (
	"slices"
	"strings"

	"bench"
)

// escalationMetrics are what sidekicks handed back.
var escalationMetrics = slices.Concat([]Metric{
	{
		Name: "escalation.voluntary", Label: "escalated, voluntary", Group: GroupEscalation, Unit: Count,
		For: fusions, Formula: "activations handed back by the sidekick's decision",
		Source: "delegations.escalation",
		Of:     func(c *Column) Value { return count(c.Escalations.Voluntary) },
	},
	{
		Name: "escalation.forced", Label: "escalated, forced", Group: GroupEscalation, Unit: Count,
		Better: Lower, For: fusions, Formula: "activations handed back by a limit or a fault",
		Source: "delegations.escalation",
		Of:     func(c *Column) Value { return count(c.Escalations.Forced) },
	},
	{
		Name: "escalation.escalated", Label: "escalated", Group: GroupEscalation, Unit: Count,
		For: fusions, Extra: true, Formula: "activations handed back, voluntary and forced",
		Source: "delegations.escalation",
		Of:     func(c *Column) Value { return count(c.Escalations.escalated()) },
	},
	{
		Name: "escalation.rate", Label: "escalation rate", Group: GroupEscalation, Unit: Percent,
		Better: Lower, For: fusions,
		Formula: "escalated / ended activations, without those that faults of the provider ended",
		Source:  "delegations.escalation, delegations.reason", Per: "such activations",
		Of: func(c *Column) Value { return overN(c.Escalations.escalated(), c.Escalations.judged()) },
	},
	{
		Name: "escalation.failed_provider", Label: "ended by the provider", Group: GroupEscalation,
		Unit: Count, Better: Lower, For: fusions,
		Formula: "activations that faults of the provider ended; no escalation",
		Source:  "delegations.reason",
		Of:      func(c *Column) Value { return count(c.Escalations.FailedProvider) },
	},
	{
		Name: "escalation.failed_provider_share", Label: "ended by the provider, share",
		Group: GroupEscalation, Unit: Percent, Better: Lower, For: fusions, Extra: true,
		Formula: "ended by the provider / ended activations", Source: "delegations.reason",
		Per: "ended activations",
		Of: func(c *Column) Value {
			return overN(c.Escalations.FailedProvider,
				c.Escalations.Ended)
		},
	},
	{
		Name: "escalation.wasted_usd", Label: "spent on escalated", Group: GroupEscalation, Unit: Dollars,
		Better: Lower, For: fusions, Formula: "Σ cost of escalated activations",
		Source: "delegations.escalation, llm_calls.cost",
		Of:     func(c *Column) Value { return usd(c.Escalations.Wasted) },
	},
	{
		Name: "escalation.sentinel_misplaced", Label: "escalation word misplaced",
		Group: GroupEscalation, Unit: Count, Better: Lower, For: fusions, Extra: true,
		Formula: "activations with ESCALATE_TO_MAIN where it does not count",
		Source:  "delegations.sentinel_misplaced", Per: "ended activations",
		Of: func(c *Column) Value { return count(c.Told.Misplaced).per(c.Escalations.Ended) },
	},
	{
		Name: "limits.told_share", Label: "told of a limit nearby", Group: GroupEscalation,
		Unit: Percent, For: fusions, Extra: true,
		Formula: "activations that were given a notice of a limit / activations that started",
		Source:  "budgets", Per: "activations that started",
		Of: func(c *Column) Value { return overN(c.Told.Told, c.Told.Started) },
	},
	{
		Name: "limits.wrapped_up_share", Label: "had to wrap up", Group: GroupEscalation,
		Unit: Percent, Better: Lower, For: fusions, Extra: true,
		Formula: "activations with a last call to report in, at a limit / activations that started",
		Source:  "llm_calls.purpose", Per: "activations that started",
		Of: func(c *Column) Value { return overN(c.Told.WrappedUp, c.Told.Started) },
	},
	{
		Name: "escalation.forced_share", Label: "forced share", Group: GroupEscalation, Unit: Percent,
		Better: Lower, For: fusions, Extra: true, Formula: "forced / escalated",
		Source: "delegations.escalation", Per: "escalated activations",
		Of: func(c *Column) Value { return overN(c.Escalations.Forced, c.Escalations.escalated()) },
	},
	{
		Name: "escalation.wasted_share", Label: "share spent on escalated", Group: GroupEscalation,
		Unit: Percent, Better: Lower, For: fusions, Extra: true,
		Formula: "Σ cost of escalated activations / Σ cost",
		Source:  "delegations.escalation, llm_calls.cost",
		Of:      func(c *Column) Value { return over(c.Escalations.Wasted, c.Escalations.Total) },
	},
	{
		Name: "escalation.redelegated", Label: "delegated again", Group: GroupEscalation, Unit: Count,
		Kind: Estimate, For: fusions, Extra: true,
		Formula: "activations after an escalation that resume what was escalated, or whose sidekick " +
			"goes through half of its files or more",
		Source: "delegations, tool_calls.touched", Per: "escalated activations",
		Of: func(c *Column) Value {
			return count(c.Escalations.Redelegated).per(c.Escalations.escalated())
		},
	},
	{
		Name: "escalation.resolved_if_escalated", Label: "resolved, if escalated (association)",
		OfMany: true,
		Group:  GroupEscalation, Unit: Percent, Kind: Association, For: fusions, Extra: true,
		Formula: "resolved / graded trials that delegated and escalated; harder tasks do both more",
		Source:  "trials.resolved, delegations.escalation", Per: "such trials",
		Of: func(c *Column) Value { return overN(c.outcomeIf(true)) },
	},
	{
		Name: "escalation.resolved_if_not", Label: "resolved, if not (association)",
		OfMany: true,
		Group:  GroupEscalation, Unit: Percent, Kind: Association, For: fusions, Extra: true,
		Formula: "resolved / graded trials that delegated and never escalated",
		Source:  "trials.resolved, delegations.escalation", Per: "such trials",
		Of: func(c *Column) Value { return overN(c.outcomeIf(false)) },
	},
}, byReason())

// byReason has one metric for each reason.
func byReason() (out []Metric) {
	for _, reason := range bench.Reasons {
		out = append(out, Metric{
			Name:  "escalation.by_reason." + string(reason),
			Label: "for " + strings.ReplaceAll(string(reason), "_", " "), Group: GroupEscalation,
			Unit: Count, For: fusions, Extra: true,
			Formula: "activations escalated for this reason", Source: "delegations.reason",
			Of: func(c *Column) Value { return count(c.Escalations.ByReason[reason]) },
		})
	}
	return out
}
