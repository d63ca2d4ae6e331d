package compare

import (
	"bench"
	"bench/stats"
)

// Cost is money in dollars.
type Cost struct {
	Total                 stats.Number   `json:"total"`
	PerTask               stats.Number   `json:"per_task"`
	PerTaskCI             stats.Interval `json:"per_task_ci"`
	PerResolved           stats.Number   `json:"per_resolved"`
	Main                  stats.Number   `json:"main"`
	Sidekick              stats.Number   `json:"sidekick"`
	Advisor               stats.Number   `json:"advisor"`
	WithoutCache          stats.Number   `json:"without_cache"`
	Reported              stats.Number   `json:"reported"`       // by the provider, for Calls.Reported calls
	SavedByCache          stats.Number   `json:"saved_by_cache"` // share of WithoutCache, 0 to 1
	WritePremium          stats.Number   `json:"write_premium"`
	ExpiryPenalty         stats.Number   `json:"expiry_penalty"`
	Abandoned             stats.Number   `json:"abandoned"`
	UnknownEstimate       stats.Number   `json:"unknown_estimate"` // in no other sum
	SidekicksAtMainPrice  stats.Number   `json:"sidekicks_at_main_price"`
	SidekicksAtOtherPrice stats.Number   `json:"sidekicks_at_other_price"`
}

// Share is the sidekicks' part of a sum, 0 to 1.
type Share struct {
	Cost       stats.Number `json:"cost"`
	Tokens     stats.Number `json:"tokens"`
	LLMSeconds stats.Number `json:"llm_seconds"`
	ToolCalls  stats.Number `json:"tool_calls"`
}

// CachedShare is the part of input tokens read from cache, 0 to 1.
type CachedShare struct {
	Main     stats.Number `json:"main"`
	Sidekick stats.Number `json:"sidekick"`
}

// Parallelism says how much sidekicks worked side by side.
type Parallelism struct {
	DelegationsPerTrial stats.Number `json:"delegations_per_trial"`
	BatchSizeMean       stats.Number `json:"batch_size_mean"`
	PeakConcurrency     int          `json:"peak_concurrency"`
	MeanConcurrency     stats.Number `json:"mean_concurrency"`
	SpeedupEstimate     stats.Number `json:"speedup_estimate"`
	MainIdle            stats.Number `json:"main_idle_s"`
	DelegatingShare     stats.Number `json:"delegating_share"` // of trials
	BatchedShare        stats.Number `json:"batched_share"`    // of activations
	FirstBatchCoverage  stats.Number `json:"first_batch_coverage"`
	TurnsBeforeFirst    stats.Number `json:"turns_before_first"`
	StragglerRatio      stats.Number `json:"straggler_ratio"`
	Queue               stats.Number `json:"queue_s"`     // per activation
	Prepare             stats.Number `json:"prepare_s"`   // per activation
	LockWait            stats.Number `json:"lock_wait_s"` // per trial
}

// CriticalShare is the part of the critical paths that each role is at work or
// waited for, 0 to 1. The waiting of a sidekick that has not begun is its own.
type CriticalShare struct {
	Main     stats.Number `json:"main_share"`
	Sidekick stats.Number `json:"sidekick_share"`
}

// Escalation says what sidekicks handed back.
type Escalation struct {
	Delegations         int                  `json:"delegations"`
	Escalated           int                  `json:"escalated"`
	Rate                stats.Number         `json:"rate"`
	Voluntary           int                  `json:"voluntary"`
	Forced              int                  `json:"forced"`
	ByReason            map[bench.Reason]int `json:"by_reason"`
	Wasted              stats.Number         `json:"wasted_usd"`
	Activations         int                  `json:"activations"`
	FailedProvider      int                  `json:"failed_provider"`
	FailedProviderShare stats.Number         `json:"failed_provider_share"` // of ended activations
	ForcedShare         stats.Number         `json:"forced_share"`
	WastedShare         stats.Number         `json:"wasted_share"` // of the cost of all
	Redelegated         int                  `json:"redelegated"`
	ResolvedIfEscalated stats.Number         `json:"resolved_if_escalated"`
	ResolvedIfNot       stats.Number         `json:"resolved_if_not"`
}

// Wall is how long agents worked on a trial, in seconds.
type Wall struct {
	P50    stats.Number `json:"p50"`
	P95    stats.Number `json:"p95"`
	Paused stats.Number `json:"paused"` // in all, not part of the others
}

// Calls counts model calls.
type Calls struct {
	Total        int `json:"total"`
	Reported     int `json:"reported"`      // with a cost from the provider
	UnknownUsage int `json:"unknown_usage"` // attempts perhaps billed without a usage report
}

// Reports says how sidekicks were briefed and how they reported.
type Reports struct {
	BriefTokens stats.Number `json:"brief_tokens"` // mean, estimated
	Compression stats.Number `json:"compression"`  // report over what was observed
}

// Duplication says how alike the work of siblings of a batch was, 0 to 1.
type Duplication struct {
	Paths    stats.Number `json:"paths"`
	Commands stats.Number `json:"commands"`
}

// Reread is what main read after a sidekick had read it.
type Reread struct {
	Share stats.Number `json:"share"` // of the ranges sidekicks read
	Bytes stats.Number `json:"bytes"`
	Cost  stats.Number `json:"cost_usd"`
}

// Edits are those of the main agent.
type Edits struct {
	Authoring  int          `json:"authoring"`
	Corrective int          `json:"corrective"` // of lines a sidekick wrote last
	LeadNever  stats.Number `json:"lead_never"` // share of trials without any
}

// Faults counts what sidekicks that share files must not do.
type Faults struct {
	Conflict int `json:"conflict"`
	ReadOnly int `json:"read_only"`
}
