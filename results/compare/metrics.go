package compare

import "fmt"

// Metric is one number of a configuration as data: every format shows every
// metric from this list alone.
type Metric struct {
	Name    string // path in the JSON document
	Label   string // in tables
	Group   Group
	Unit    Unit
	Better  Direction
	Formula string
	Source  string // tables it is computed from
	Of      func(c Configuration) Number
	// Interval is the confidence interval of the number, if it has one.
	Interval func(c Configuration) Interval
	// Beside is what stands beside the number in tables, such as its
	// denominators.
	Beside func(c Configuration) string
	// FusionOnly marks what single configurations do not have.
	FusionOnly bool
}

// Group is a section of a table.
type Group string

// The groups, in order.
const (
	GroupResult     Group = "result"
	GroupCost       Group = "cost"
	GroupTokens     Group = "tokens"
	GroupDelegation Group = "delegation"
	GroupTime       Group = "time"
)

// Unit says how a number is written.
type Unit string

// The units.
const (
	Count   Unit = "n"
	Dollars Unit = "USD"
	Percent Unit = "%" // of a share, 0 to 1
	Tokens  Unit = "tokens"
	Times   Unit = "×"
	Seconds Unit = "s"
)

// Direction says which way a number is better.
type Direction string

// The directions. Neither is for numbers that explain rather than judge.
const (
	Higher  Direction = "higher"
	Lower   Direction = "lower"
	Neither Direction = ""
)

// denominators are the numbers a count of resolved trials is out of: those with
// a verdict, and, where trials have none, all that ended as well.
func denominators(c Configuration) string {
	out := fmt.Sprintf(" of %d", c.Graded)
	if ended := c.Trials - c.Unfinished; ended > c.Graded {
		out += fmt.Sprintf(" (%d ended)", ended)
	}
	return out
}

// Metrics are all metrics of a configuration in the order of the tables. M and
// S stand for the main agent and the sidekicks, s and e for the start and end
// of an activation less the time it only waited, U for the length of the union
// of these.
var Metrics = []Metric{
	{
		Name: "n_tasks", Label: "tasks", Group: GroupResult, Unit: Count,
		Formula: "distinct tasks with a trial", Source: "trials",
		Of: func(c Configuration) Number { return Number(c.Tasks) },
	},
	{
		Name: "n_trials", Label: "trials", Group: GroupResult, Unit: Count,
		Formula: "trials, ended or not", Source: "trials",
		Of: func(c Configuration) Number { return Number(c.Trials) },
	},
	{
		Name: "n_graded", Label: "graded", Group: GroupResult, Unit: Count,
		Formula: "trials with a verdict", Source: "trials.resolved",
		Of: func(c Configuration) Number { return Number(c.Graded) },
	},
	{
		Name: "n_infra", Label: "infrastructure faults", Group: GroupResult, Unit: Count, Better: Lower,
		Formula: "trials ended by infrastructure; no failures of a model", Source: "trials.blame",
		Of: func(c Configuration) Number { return Number(c.Infra) },
	},
	{
		Name: "resolved", Label: "resolved", Group: GroupResult, Unit: Count, Better: Higher,
		Formula: "trials whose verdict is yes", Source: "trials.resolved",
		Of:     func(c Configuration) Number { return Number(c.Resolved) },
		Beside: denominators,
	},
	{
		Name: "resolved_rate", Label: "resolved rate", Group: GroupResult, Unit: Percent, Better: Higher,
		Formula: "resolved / graded; 95 % Wilson interval, or bootstrap by task if tasks repeat",
		Source:  "trials.resolved",
		Of:      func(c Configuration) Number { return c.ResolvedRate },
		Interval: func(c Configuration) Interval {
			return c.ResolvedCI
		},
	},

	{
		Name: "cost_usd.total", Label: "total", Group: GroupCost, Unit: Dollars, Better: Lower,
		Formula: "Σ (input−cached−written)·p_in + cached·p_cached + written·p_write + output·p_out",
		Source:  "llm_calls.cost",
		Of:      func(c Configuration) Number { return c.Cost.Total },
	},
	{
		Name: "cost_usd.per_task", Label: "per task", Group: GroupCost, Unit: Dollars, Better: Lower,
		Formula: "mean of trials that infrastructure or the user did not end; 95 % bootstrap by task",
		Source:  "llm_calls.cost",
		Of:      func(c Configuration) Number { return c.Cost.PerTask },
		Interval: func(c Configuration) Interval {
			return c.Cost.PerTaskCI
		},
	},
	{
		Name: "cost_usd.per_resolved", Label: "per resolved task", Group: GroupCost, Unit: Dollars,
		Better: Lower, Formula: "cost of all trials / resolved",
		Source: "llm_calls.cost, trials.resolved",
		Of:     func(c Configuration) Number { return c.Cost.PerResolved },
	},
	{
		Name: "cost_usd.main", Label: "main", Group: GroupCost, Unit: Dollars,
		Formula: "Σ_M cost", Source: "llm_calls.cost, agents.role",
		Of: func(c Configuration) Number { return c.Cost.Main },
	},
	{
		Name: "cost_usd.sidekick", Label: "sidekicks", Group: GroupCost, Unit: Dollars, FusionOnly: true,
		Formula: "Σ_S cost", Source: "llm_calls.cost, agents.role",
		Of: func(c Configuration) Number { return c.Cost.Sidekick },
	},
	{
		Name: "sidekick_share.cost", Label: "sidekick share", Group: GroupCost, Unit: Percent,
		FusionOnly: true, Formula: "Σ_S cost / Σ cost", Source: "llm_calls.cost, agents.role",
		Of: func(c Configuration) Number { return c.SidekickShare.Cost },
	},
	{
		Name: "cost_usd.without_cache", Label: "without cache", Group: GroupCost, Unit: Dollars,
		Formula: "Σ input·p_in + output·p_out", Source: "llm_calls, prices",
		Of: func(c Configuration) Number { return c.Cost.WithoutCache },
	},

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

	{
		Name: "escalation.delegations", Label: "delegations", Group: GroupDelegation, Unit: Count,
		FusionOnly: true, Formula: "task calls accepted", Source: "delegations",
		Of: func(c Configuration) Number { return Number(c.Escalation.Delegations) },
	},
	{
		Name: "parallelism.delegations_per_trial", Label: "per trial", Group: GroupDelegation,
		Unit: Count, FusionOnly: true, Formula: "delegations / ended trials on which agents worked",
		Source: "delegations, trials",
		Of:     func(c Configuration) Number { return c.Parallelism.DelegationsPerTrial },
	},
	{
		Name: "parallelism.batch_size_mean", Label: "batch size, mean", Group: GroupDelegation,
		Unit: Count, FusionOnly: true, Formula: "mean task calls of a response that delegates",
		Source: "delegations.batch_size",
		Of:     func(c Configuration) Number { return c.Parallelism.BatchSizeMean },
	},
	{
		Name: "parallelism.mean_concurrency", Label: "concurrency, mean", Group: GroupDelegation,
		Unit: Times, Better: Higher, FusionOnly: true,
		Formula: "Σ(e−s) / U; waiting for rate limits and locks is not work",
		Source:  "delegations, llm_calls, tool_calls",
		Of:      func(c Configuration) Number { return c.Parallelism.MeanConcurrency },
	},
	{
		Name: "parallelism.peak_concurrency", Label: "concurrency, peak", Group: GroupDelegation,
		Unit: Count, Better: Higher, FusionOnly: true, Formula: "most sidekicks at work at once",
		Source: "delegations, llm_calls, tool_calls",
		Of:     func(c Configuration) Number { return Number(c.Parallelism.PeakConcurrency) },
	},
	{
		Name: "parallelism.speedup_estimate", Label: "speedup, at most", Group: GroupDelegation,
		Unit: Times, Better: Higher, FusionOnly: true,
		Formula: "(wall − U + Σ(e−s)) / wall; an upper bound, since contention inflates Σ",
		Source:  "delegations, llm_calls, tool_calls, trials",
		Of:      func(c Configuration) Number { return c.Parallelism.SpeedupEstimate },
	},
	{
		Name: "parallelism.main_idle_s", Label: "main idle per trial", Group: GroupDelegation,
		Unit: Seconds, FusionOnly: true,
		Formula: "time with a sidekick but no call or tool of main / ended trials",
		Source:  "delegations, llm_calls, tool_calls",
		Of:      func(c Configuration) Number { return c.Parallelism.MainIdle },
	},
	{
		Name: "critical_path.main_share", Label: "critical path, main", Group: GroupDelegation,
		Unit: Percent, FusionOnly: true, Formula: "Σ_M time on critical paths / Σ their length",
		Source: "llm_calls, tool_calls, delegations, pauses, trials",
		Of:     func(c Configuration) Number { return c.CriticalPath.Main },
	},
	{
		Name: "critical_path.sidekick_share", Label: "critical path, sidekicks", Group: GroupDelegation,
		Unit: Percent, FusionOnly: true,
		Formula: "Σ_S time on critical paths / Σ their length; their queues count as theirs",
		Source:  "llm_calls, tool_calls, delegations, pauses, trials",
		Of:      func(c Configuration) Number { return c.CriticalPath.Sidekick },
	},
	{
		Name: "escalation.voluntary", Label: "escalated, voluntary", Group: GroupDelegation, Unit: Count,
		FusionOnly: true, Formula: "delegations handed back by the sidekick's decision",
		Source: "delegations.escalation",
		Of:     func(c Configuration) Number { return Number(c.Escalation.Voluntary) },
	},
	{
		Name: "escalation.forced", Label: "escalated, forced", Group: GroupDelegation, Unit: Count,
		Better: Lower, FusionOnly: true, Formula: "delegations handed back by a limit or a fault",
		Source: "delegations.escalation",
		Of:     func(c Configuration) Number { return Number(c.Escalation.Forced) },
	},
	{
		Name: "escalation.rate", Label: "escalation rate", Group: GroupDelegation, Unit: Percent,
		Better: Lower, FusionOnly: true, Formula: "escalated / ended delegations",
		Source: "delegations.escalation",
		Of:     func(c Configuration) Number { return c.Escalation.Rate },
	},
	{
		Name: "escalation.wasted_usd", Label: "spent on escalated", Group: GroupDelegation, Unit: Dollars,
		Better: Lower, FusionOnly: true, Formula: "Σ cost of escalated activations",
		Source: "delegations.escalation, llm_calls.cost",
		Of:     func(c Configuration) Number { return c.Escalation.Wasted },
	},

	{
		Name: "wall_s.p50", Label: "work, median", Group: GroupTime, Unit: Seconds, Better: Lower,
		Formula: "median time agents worked on a trial, waits included",
		Source:  "trials.solve_started_at",
		Of:      func(c Configuration) Number { return c.Wall.P50 },
	},
	{
		Name: "wall_s.p95", Label: "work, 95th percentile", Group: GroupTime, Unit: Seconds,
		Better: Lower, Formula: "95th percentile of the same", Source: "trials.solve_started_at",
		Of: func(c Configuration) Number { return c.Wall.P95 },
	},
	{
		Name: "sidekick_share.llm_seconds", Label: "sidekick share, model time", Group: GroupTime,
		Unit: Percent, FusionOnly: true, Formula: "Σ_S call duration / Σ call duration",
		Source: "llm_calls.duration_ms, agents.role",
		Of:     func(c Configuration) Number { return c.SidekickShare.LLMSeconds },
	},
}
