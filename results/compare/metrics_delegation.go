package compare

import "bench"

// delegationMetrics are how work was handed out, and how much of it at once.
var delegationMetrics = []Metric{
	{
		Name: "escalation.delegations", Label: "delegations", Group: GroupDelegation, Unit: Count,
		For: fusions, Formula: "tasks handed to sidekicks, resumed ones once",
		Source: "delegations",
		Of:     func(c *Column) Value { return count(c.Escalations.Delegations) },
	},
	{
		Name: "escalation.activations", Label: "activations", Group: GroupDelegation, Unit: Count,
		For: fusions, Extra: true, Formula: "task calls accepted, resuming ones included",
		Source: "delegations",
		Of:     func(c *Column) Value { return count(c.Escalations.Activations) },
	},
	{
		Name: "parallelism.delegations_per_trial", Label: "per trial", Group: GroupDelegation,
		OfMany: true,
		Unit:   Count, For: fusions, Formula: "delegations / ended trials on which agents worked",
		Source: "delegations, trials",
		Of:     func(c *Column) Value { return over(c.Teamwork.Delegations, c.Teamwork.Worked) },
	},
	{
		Name: "parallelism.batch_size_mean", Label: "batch size, mean", Group: GroupDelegation,
		Unit: Count, For: fusions, Formula: "mean task calls of a response that delegates",
		Source: "delegations.batch_size", Per: "delegating responses",
		Of: func(c *Column) Value { return overN(c.Teamwork.Sizes, c.Teamwork.Batches) },
	},
	{
		Name: "parallelism.mean_concurrency", Label: "concurrency, mean", Group: GroupDelegation,
		Unit: Times, Better: Higher, For: fusions,
		Formula: "Σ(e−s) / U; waiting for rate limits and locks is not work",
		Source:  "delegations, llm_calls, tool_calls",
		Of:      func(c *Column) Value { return over(c.Teamwork.Times.Sum, c.Teamwork.Times.Union) },
	},
	{
		Name: "parallelism.peak_concurrency", Label: "concurrency, peak", Group: GroupDelegation,
		Unit: Count, Better: Higher, For: fusions, Formula: "most sidekicks at work at once",
		Source: "delegations, llm_calls, tool_calls",
		Of:     func(c *Column) Value { return count(c.Teamwork.Times.Peak) },
	},
	{
		Name: "parallelism.speedup_estimate", Label: "speedup", Group: GroupDelegation, Kind: UpperBound,
		Unit: Times, Better: Higher, For: fusions,
		Formula: "(wall − U + Σ(e−s)) / wall; contention inflates Σ",
		Source:  "delegations, llm_calls, tool_calls, trials",
		Of:      func(c *Column) Value { return c.Teamwork.speedup() },
	},
	{
		Name: "parallelism.main_idle_s", Label: "main idle per trial", Group: GroupDelegation,
		Unit: Seconds, For: fusions,
		Formula: "time with a sidekick but no call or tool of main / ended trials",
		Source:  "delegations, llm_calls, tool_calls",
		Of:      func(c *Column) Value { return c.Teamwork.idle() },
	},
	{
		Name: "critical_path.main_share", Label: "critical path, main", Group: GroupDelegation,
		Unit: Percent, For: fusions, Formula: "Σ_M time on critical paths / Σ their length",
		Source: "llm_calls, tool_calls, delegations, dead_times, trials",
		Of:     func(c *Column) Value { return over(c.Critical.Main, c.Critical.All) },
	},
	{
		Name: "critical_path.sidekick_share", Label: "critical path, sidekicks", Group: GroupDelegation,
		Unit: Percent, For: fusions,
		Formula: "Σ_S time on critical paths / Σ their length; their queues count as theirs",
		Source:  "llm_calls, tool_calls, delegations, dead_times, trials",
		Of:      func(c *Column) Value { return over(c.Critical.Sidekick, c.Critical.All) },
	},
	{
		Name: "displacement", Label: "work displaced from main", Group: GroupDelegation, Unit: Percent,
		OfMany: true,
		Better: Higher, For: fusions,
		Formula: "1 − Σ_M (input + output) / the same of main's model alone, in pairs by task; 95 % " +
			"bootstrap by task; null where no single configuration has this model",
		Source: "llm_calls, agents.role", Per: "tasks that both have verdicts for",
		OfUsage:  true,
		Of:       func(c *Column) Value { return c.displacement() },
		Interval: "displacement_ci",
	},
	{
		Name: "parallelism.delegating_share", Label: "trials that delegate", Group: GroupDelegation,
		Unit: Percent, For: fusions, Extra: true, Formula: "trials with a delegation / trials",
		Source: "delegations, trials", Per: "ended trials on which agents worked",
		Of: func(c *Column) Value { return overN(c.Teamwork.Delegating, c.Teamwork.Worked) },
	},
	{
		Name: "parallelism.batched_share", Label: "in batches of two or more", Group: GroupDelegation,
		Unit: Percent, Better: Higher, For: fusions,
		Formula: "activations asked for beside others in one response / activations",
		Source:  "delegations.batch_size", Per: "activations",
		Of: func(c *Column) Value { return overN(c.Teamwork.Batched, c.Teamwork.Activations) },
	},
	{
		Name: "parallelism.first_batch_coverage", Label: "in the first batch", Group: GroupDelegation,
		Unit: Percent, For: fusions, Extra: true,
		Formula: "activations of the first delegating response of a trial / activations",
		Source:  "delegations.batch_id", Per: "activations",
		Of: func(c *Column) Value { return overN(c.Teamwork.First, c.Teamwork.Activations) },
	},
	{
		Name: "parallelism.turns_before_first", Label: "turns before the first", Group: GroupDelegation,
		Unit: Count, For: fusions,
		Formula: "mean of main's calls before the one that delegates first",
		Source:  "llm_calls.turn, delegations.batch_id", Per: "trials that delegate",
		Of: func(c *Column) Value { return c.Teamwork.Turns.value() },
	},
	{
		Name: "parallelism.delegates_first", Label: "delegates before own work",
		Group: GroupDelegation, Unit: Percent, For: fusions,
		Formula: "trials whose main delegates no later than in the response of its first work call " +
			"/ trials; with delegation: mandatory, how often that was obeyed",
		Source: "delegations.batch_id, tool_calls.batch_id, llm_calls.turn",
		Per:    "ended trials on which agents worked",
		Of:     func(c *Column) Value { return overN(c.Turns.Led, c.Turns.Leading) },
	},
	{
		Name: "parallelism.straggler_ratio", Label: "straggler ratio", Group: GroupDelegation,
		Unit: Times, Better: Lower, For: fusions, Extra: true,
		Formula: "mean of max(e−s) / mean(e−s) within a batch", Source: "delegations",
		Per: "batches in which two or more worked",
		Of:  func(c *Column) Value { return c.Teamwork.Stragglers.value() },
	},
	{
		Name: "parallelism.queue_s", Label: "queue", Group: GroupDelegation, Unit: Seconds,
		Better: Lower, For: fusions, Extra: true, Formula: "mean wait for a slot",
		Source: "delegations.queue_ms", Per: "activations that started",
		Of: func(c *Column) Value { return overN(c.Teamwork.Queue.Seconds(), c.Teamwork.Started) },
	},
	{
		Name: "parallelism.prepare_s", Label: "workspace made ready", Group: GroupDelegation,
		Unit: Seconds, Better: Lower, For: fusions, Extra: true,
		Formula: "mean time to make a workspace ready", Source: "delegations.prepare_ms",
		Per: "activations that started",
		Of:  func(c *Column) Value { return overN(c.Teamwork.Prepare.Seconds(), c.Teamwork.Started) },
	},
	{
		Name: "parallelism.lock_wait_s", Label: "lock wait per trial", Group: GroupDelegation,
		Unit: Seconds, Better: Lower, Extra: true,
		Formula: "Σ waits of activations and tool calls for files, shells and workspaces / trials",
		Source:  "delegations.lock_wait_ms, tool_calls.lock_wait_ms",
		Per:     "ended trials on which agents worked",
		Of: func(c *Column) Value {
			return overN(c.Teamwork.Locks.Seconds(),
				c.Teamwork.Worked)
		},
	},
	{
		Name: "sidekick_share.tool_calls", Label: "sidekick share, tool calls", Group: GroupDelegation,
		Unit: Percent, For: fusions, Extra: true, Formula: "Σ_S tool calls / Σ tool calls",
		Source: "tool_calls, agents.role", Per: "tool calls",
		OfUsage: true,
		Of: func(c *Column) Value {
			return overN(c.Spending.Sidekick.Tools,
				c.Spending.All.Tools)
		},
	},
	{
		Name: "reports.brief_tokens", Label: "brief, mean", Group: GroupDelegation, Unit: Tokens,
		Kind: Estimate, For: fusions, Extra: true,
		Formula: "mean bytes of main's brief / 4", Source: "delegations.prompt, bodies.size",
		Per: "activations",
		Of:  func(c *Column) Value { return c.Reports.Briefs.value() },
	},
	{
		Name: "reports.compression", Label: "report / observed", Group: GroupDelegation, Unit: Percent,
		Better: Lower, Kind: Estimate, For: fusions,
		Formula: "Σ bytes of reports / Σ bytes of the observations they rest on, as for their tokens",
		Source:  "delegations.report, bodies.size, tool_calls.bytes", Per: "activations with a report",
		Of: func(c *Column) Value { return over(c.Reports.Told, c.Reports.Seen).per(c.Reports.N) },
	},
	{
		Name: "duplication.paths", Label: "siblings, same files", Group: GroupDelegation, Unit: Percent,
		Better: Lower, Kind: Estimate, For: fusions, Extra: true,
		Formula: "mean Jaccard index of the files read by two activations of one batch",
		Source:  "tool_calls.touched", Per: "pairs of which one has read a file",
		Of: func(c *Column) Value { return c.Duplication.Alike.value() },
	},
	{
		Name: "duplication.commands", Label: "siblings, same commands", Group: GroupDelegation,
		Unit: Percent, Better: Lower, For: fusions, Extra: true,
		Formula: "commands that another activation of the batch gave, too / commands",
		Source:  "tool_calls.arguments", Per: "terminal calls in batches of two or more",
		Of: func(c *Column) Value { return overN(c.Duplication.Same, c.Duplication.Commands) },
	},
	{
		Name: "workspace_faults.conflict", Label: "conflicting changes", Group: GroupDelegation,
		Unit: Count, Better: Lower, Kind: UpperBound, For: fusions, Extra: true,
		Formula: "sidekicks at work at once that changed the same files, as far as anybody can tell",
		Source:  "workspace_faults",
		Of:      func(c *Column) Value { return count(c.Faults[bench.FaultConflict]) },
	},
	{
		Name: "workspace_faults.read_only", Label: "changes of read-only sidekicks",
		Group: GroupDelegation, Unit: Count, Better: Lower, Kind: UpperBound, For: fusions,
		Extra: true, Formula: "activations that were to change no file, while one was changed",
		Source: "workspace_faults",
		Of:     func(c *Column) Value { return count(c.Faults[bench.FaultReadOnly]) },
	},
}
