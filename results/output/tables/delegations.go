package tables

import (
	"encoding/json"
	"time"

	"bench"
	"bench/results"
	"bench/results/timeline"
)

// delegation is an activation with the trial that it is of.
type delegation struct {
	*timeline.Activation
	trial *timeline.Trial
}

// delegations has a row for each activation of a delegation.
func delegations(work []*timeline.Trial) table {
	var all []delegation
	for _, t := range work {
		for _, a := range t.Activations() {
			all = append(all, delegation{a, t})
		}
	}
	fields := ofTrial(func(d delegation) *timeline.Trial { return d.trial })
	fields = append(fields, asked()...)
	return tableOf("delegations", append(fields, answered()...), all)
}

// asked is what was delegated, and what it waited for.
func asked() []field[delegation] {
	return []field[delegation]{
		str("delegation_id", func(d delegation) string { return d.ID }),
		num("activation", func(d delegation) int { return d.Delegation.Activation }),
		str("agent_id", func(d delegation) string { return d.Agent }),
		str("child_agent_id", func(d delegation) string { return d.Child }),
		str("batch_id", func(d delegation) string { return d.BatchID }),
		num("batch_index", func(d delegation) int { return d.Index }),
		num("batch_size", func(d delegation) int { return d.BatchSize }),
		flag("background", func(d delegation) bool { return d.Background }),
		str("description", func(d delegation) string { return d.Description }),
		num("brief_bytes", func(d delegation) int64 { return d.PromptBytes }),
		at("spawned_at", func(d delegation) time.Time { return d.SpawnedAt }),
		at("started_at", func(d delegation) time.Time { return d.StartedAt }),
		at("ended_at", func(d delegation) time.Time { return d.EndedAt }),
		{column{"worked_s", real}, func(d delegation) any {
			return float64(timeline.Length(d.Work)) / 1000
		}},
		secs("queue_s", func(d delegation) time.Duration { return d.Queue }),
		secs("lock_wait_s", func(d delegation) time.Duration { return d.LockWait }),
		secs("inspect_s", func(d delegation) time.Duration { return d.Inspect }),
		secs("prepare_s", func(d delegation) time.Duration { return d.Prepare }),
		secs("collect_s", func(d delegation) time.Duration { return d.Collect }),
		secs("remove_s", func(d delegation) time.Duration { return d.Remove }),
	}
}

// answered is what came of a delegation.
func answered() []field[delegation] {
	return []field[delegation]{
		str("outcome", func(d delegation) bench.AgentState { return d.State }),
		str("escalation", func(d delegation) bench.EscalationKind { return d.Escalation }),
		str("reason", func(d delegation) bench.Reason { return d.Reason }),
		str("reason_text", func(d delegation) string { return d.ReasonText }),
		str("sentinel", func(d delegation) bench.SentinelForm { return d.Sentinel }),
		flag("sentinel_misplaced", func(d delegation) bool { return d.SentinelMisplaced }),
		str("risk", func(d delegation) bench.Risk { return d.Risk }),
		flag("abandoned", func(d delegation) bool { return d.Abandoned }),
		num("report_bytes", func(d delegation) int64 { return d.ReportBytes }),
		str("patch_use", func(d delegation) results.PatchUse { return d.PatchUse }),
		num("patch_lines", func(d delegation) int { return d.PatchLines }),
		num("patch_lines_kept", func(d delegation) int { return d.PatchLinesKept }),
		str("changed_files", func(d delegation) string { return list(d.ChangedFiles) }),
		num("calls", func(d delegation) int { return len(d.Calls) }),
		num("tool_calls", func(d delegation) int { return len(d.Tools) }),
		num("input", func(d delegation) int64 { return used(d).Input }),
		num("cached_input", func(d delegation) int64 { return used(d).CachedInput }),
		num("cache_write", func(d delegation) int64 { return used(d).CacheWrite }),
		num("output", func(d delegation) int64 { return used(d).Output }),
		num("reasoning", func(d delegation) int64 { return used(d).Reasoning }),
		usd("cost_usd", func(d delegation) bench.USD { return d.Spent() }),
		str("error", func(d delegation) string { return d.Error }),
	}
}

// used is what the calls of an activation used.
func used(d delegation) (sum bench.Usage) {
	for _, c := range d.Calls {
		sum = sum.Add(c.Usage)
	}
	return sum
}

// list is a JSON array, empty for nothing.
func list(items []string) string {
	if len(items) == 0 {
		return ""
	}
	b, err := json.Marshal(items)
	if err != nil { // strings always encode
		panic(err)
	}
	return string(b)
}
