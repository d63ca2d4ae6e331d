package compare

import "bench"

// Cost is money in dollars.
type Cost struct {
	Total                 Number   `json:"total"`
	PerTask               Number   `json:"per_task"`
	PerTaskCI             Interval `json:"per_task_ci"`
	PerResolved           Number   `json:"per_resolved"`
	Main                  Number   `json:"main"`
	Sidekick              Number   `json:"sidekick"`
	Advisor               Number   `json:"advisor"`
	WithoutCache          Number   `json:"without_cache"`
	Reported              Number   `json:"reported"`       // by the provider, for Calls.Reported calls
	SavedByCache          Number   `json:"saved_by_cache"` // share of WithoutCache, 0 to 1
	WritePremium          Number   `json:"write_premium"`
	ExpiryPenalty         Number   `json:"expiry_penalty"`
	Abandoned             Number   `json:"abandoned"`
	UnknownEstimate       Number   `json:"unknown_estimate"` // in no other sum
	SidekicksAtMainPrice  Number   `json:"sidekicks_at_main_price"`
	SidekicksAtOtherPrice Number   `json:"sidekicks_at_other_price"`
}

// Share is the sidekicks' part of a sum, 0 to 1.
type Share struct {
	Cost       Number `json:"cost"`
	Tokens     Number `json:"tokens"`
	LLMSeconds Number `json:"llm_seconds"`
	ToolCalls  Number `json:"tool_calls"`
}

// CachedShare is the part of input tokens read from cache, 0 to 1.
type CachedShare struct {
	Main     Number `json:"main"`
	Sidekick Number `json:"sidekick"`
}

// Parallelism says how much sidekicks worked side by side.
type Parallelism struct {
	DelegationsPerTrial Number `json:"delegations_per_trial"`
	BatchSizeMean       Number `json:"batch_size_mean"`
	PeakConcurrency     int    `json:"peak_concurrency"`
	MeanConcurrency     Number `json:"mean_concurrency"`
	SpeedupEstimate     Number `json:"speedup_estimate"`
	MainIdle            Number `json:"main_idle_s"`
	DelegatingShare     Number `json:"delegating_share"` // of trials
	BatchedShare        Number `json:"batched_share"`    // of activations
	FirstBatchCoverage  Number `json:"first_batch_coverage"`
	TurnsBeforeFirst    Number `json:"turns_before_first"`
	StragglerRatio      Number `json:"straggler_ratio"`
	Queue               Number `json:"queue_s"`     // per activation
	Prepare             Number `json:"prepare_s"`   // per activation
	LockWait            Number `json:"lock_wait_s"` // per trial
}

// CriticalShare is the part of the critical paths that each role is at work or
// waited for, 0 to 1. The waiting of a sidekick that has not begun is its own.
type CriticalShare struct {
	Main     Number `json:"main_share"`
	Sidekick Number `json:"sidekick_share"`
}

// Escalation says what sidekicks handed back.
type Escalation struct {
	Delegations         int                  `json:"delegations"`
	Escalated           int                  `json:"escalated"`
	Rate                Number               `json:"rate"`
	Voluntary           int                  `json:"voluntary"`
	Forced              int                  `json:"forced"`
	ByReason            map[bench.Reason]int `json:"by_reason"`
	Wasted              Number               `json:"wasted_usd"`
	Activations         int                  `json:"activations"`
	ForcedShare         Number               `json:"forced_share"`
	WastedShare         Number               `json:"wasted_share"` // of the cost of all
	Redelegated         int                  `json:"redelegated"`
	ResolvedIfEscalated Number               `json:"resolved_if_escalated"`
	ResolvedIfNot       Number               `json:"resolved_if_not"`
}

// Wall is how long agents worked on a trial, in seconds.
type Wall struct {
	P50    Number `json:"p50"`
	P95    Number `json:"p95"`
	Paused Number `json:"paused"` // in all, not part of the others
}

// Calls counts model calls.
type Calls struct {
	Total        int `json:"total"`
	Reported     int `json:"reported"`      // with a cost from the provider
	UnknownUsage int `json:"unknown_usage"` // attempts perhaps billed without a usage report
}

// Reports says how sidekicks were briefed and how they reported.
type Reports struct {
	BriefTokens Number `json:"brief_tokens"` // mean, estimated
	Compression Number `json:"compression"`  // report over what was observed
}

// Duplication says how alike the work of siblings of a batch was, 0 to 1.
type Duplication struct {
	Paths    Number `json:"paths"`
	Commands Number `json:"commands"`
}

// Reread is what main read after a sidekick had read it.
type Reread struct {
	Share Number `json:"share"` // of the ranges sidekicks read
	Bytes Number `json:"bytes"`
	Cost  Number `json:"cost_usd"`
}

// Edits are those of the main agent.
type Edits struct {
	Authoring  int    `json:"authoring"`
	Corrective int    `json:"corrective"` // of lines a sidekick wrote last
	LeadNever  Number `json:"lead_never"` // share of trials without any
}

// Faults counts what sidekicks that share files must not do.
type Faults struct {
	Conflict int `json:"conflict"`
	ReadOnly int `json:"read_only"`
}
