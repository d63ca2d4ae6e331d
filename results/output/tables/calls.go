package tables

import (
	"time"

	"bench"
	"bench/results"
	"bench/results/timeline"
)

// call is a model call with whose it is.
type call struct {
	results.Call
	trial      *timeline.Trial
	agent      results.Agent
	delegation string
	activation int // 0 where the agent works on no delegation
}

// calls has a row for each model call, failed ones included, in the order in which
// they ended, trial by trial.
func calls(work []*timeline.Trial) table {
	var all []call
	for _, t := range work {
		for _, c := range t.Calls {
			x := call{Call: c, trial: t, agent: t.Agents[c.Agent]}
			if a := t.ActivationAt(c.Agent, timeline.SentAt(c)); a != nil {
				x.delegation, x.activation = a.ID, a.Activation
			}
			all = append(all, x)
		}
	}
	return tableOf("calls", append(ofTrial(func(c call) *timeline.Trial { return c.trial }),
		append(whose(), append(usage(), parameters()...)...)...), all)
}

// ofTrial names the trial that something belongs to.
func ofTrial[T any](trial func(T) *timeline.Trial) []field[T] {
	return []field[T]{
		str("run_id", func(x T) string { return trial(x).RunID }),
		str("configuration", func(x T) string { return trial(x).Key.Configuration }),
		str("instance_id", func(x T) string { return trial(x).Key.InstanceID }),
		num("attempt", func(x T) int { return trial(x).Key.Attempt }),
	}
}

// whose says which call it is, and how it went.
func whose() []field[call] {
	return []field[call]{
		str("agent_id", func(c call) string { return c.Agent }),
		str("role", func(c call) bench.Role { return c.agent.Role }),
		str("delegation_id", func(c call) string { return c.delegation }),
		maybe("activation", integer, func(c call) *int64 { return positive(c.activation) }),
		str("call_id", func(c call) string { return c.ID }),
		num("turn", func(c call) int { return c.Turn }),
		str("purpose", func(c call) bench.Purpose { return c.Purpose }),
		str("model", func(c call) string { return c.Model }),
		str("wire_model", func(c call) string { return c.WireModel }),
		str("served_model", func(c call) string { return c.ServedModel }),
		at("started_at", func(c call) time.Time { return c.Start }),
		at("ended_at", func(c call) time.Time { return c.End }),
		secs("duration_s", func(c call) time.Duration { return c.Duration }),
		secs("waited_s", func(c call) time.Duration { return c.Waited }),
		num("retries", func(c call) int { return c.Retries }),
		str("finish_reason", func(c call) string { return c.FinishReason }),
		num("tool_calls", func(c call) int { return c.ToolCalls }),
		str("error", func(c call) string { return c.Error }),
	}
}

// usage is what a call used and cost.
func usage() []field[call] {
	return []field[call]{
		num("input", func(c call) int64 { return c.Usage.Input }),
		num("cached_input", func(c call) int64 { return c.Usage.CachedInput }),
		num("cache_write", func(c call) int64 { return c.Usage.CacheWrite }),
		num("cache_write_1h", func(c call) int64 { return c.Usage.CacheWrite1h }),
		num("output", func(c call) int64 { return c.Usage.Output }),
		num("reasoning", func(c call) int64 { return c.Usage.Reasoning }),
		usd("cost_usd", func(c call) bench.USD { return c.Cost }),
		{column{"reported_cost_usd", real}, func(c call) any {
			if c.ReportedCost == nil {
				return nil
			}
			return c.ReportedCost.Float()
		}},
		str("price_id", func(c call) string { return c.PriceID }),
		num("unknown_usage", func(c call) int { return c.UnknownUsage }),
		usd("estimated_unknown_usd", func(c call) bench.USD { return c.EstimatedUnknown }),
		flag("cache_unclear", func(c call) bool { return c.CacheUnclear }),
	}
}

// parameters are those that were sent; what was left to the provider is absent.
func parameters() []field[call] {
	return []field[call]{
		maybe("max_output_tokens", integer, func(c call) *int64 {
			return positive(c.Parameters.MaxOutputTokens)
		}),
		maybe("temperature", real, func(c call) *float64 { return c.Parameters.Temperature }),
		maybe("top_p", real, func(c call) *float64 { return c.Parameters.TopP }),
		str("reasoning_effort", func(c call) string { return c.Parameters.ReasoningEffort }),
		{column{"seed", integer}, func(c call) any {
			if c.Parameters.Seed == nil {
				return nil
			}
			return int64(*c.Parameters.Seed)
		}},
		str("tool_choice", func(c call) string { return c.Parameters.ToolChoice }),
	}
}

// positive is a number, nil for 0.
func positive[N ~int | ~int64](n N) *int64 {
	if n == 0 {
		return nil
	}
	v := int64(n)
	return &v
}
