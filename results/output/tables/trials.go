package tables

import (
	"time"

	"bench/results"
	"bench/results/compare"
)

// trials has a row for each trial: what it is, how it ended, and its metrics. What
// a metric is taken over is in a column of its own, NAME.n.
func trials(f results.Facts) table {
	reasons := map[int64]string{}
	for _, a := range f.Agents {
		if a.Role.Leads() {
			reasons[a.Trial] = a.StopReason
		}
	}
	hosts := map[string]results.Host{}
	for _, h := range f.Hosts {
		hosts[h.ID] = h
	}
	host := func(t compare.TrialValues) results.Host { return hosts[t.Host] }
	fields := []field[compare.TrialValues]{
		str("run_id", func(t compare.TrialValues) string { return t.RunID }),
		str("configuration", func(t compare.TrialValues) string { return t.Key.Configuration }),
		str("kind", func(t compare.TrialValues) string { return string(t.Configuration.Kind) }),
		str("main_model", func(t compare.TrialValues) string { return t.Configuration.Main.Name }),
		str("sidekick_model", func(t compare.TrialValues) string {
			if t.Configuration.Sidekick == nil {
				return ""
			}
			return t.Configuration.Sidekick.Model.Name
		}),
		flag("simulated", func(t compare.TrialValues) bool { return t.Configuration.Simulated() }),
		str("instance_id", func(t compare.TrialValues) string { return t.Key.InstanceID }),
		str("repo", func(t compare.TrialValues) string { return t.Repo }),
		num("attempt", func(t compare.TrialValues) int { return t.Key.Attempt }),
		str("phase", func(t compare.TrialValues) string { return string(t.Phase) }),
		str("outcome", func(t compare.TrialValues) string { return string(t.Outcome) }),
		str("blame", func(t compare.TrialValues) string { return string(t.Blame) }),
		maybe("resolved", logical, func(t compare.TrialValues) *bool { return t.Resolved }),
		str("limit_resource", func(t compare.TrialValues) string { return string(t.Limit) }),
		str("error", func(t compare.TrialValues) string { return t.Error }),
		at("started_at", func(t compare.TrialValues) time.Time { return t.StartedAt }),
		at("solve_started_at", func(t compare.TrialValues) time.Time { return t.SolveAt }),
		at("extract_started_at", func(t compare.TrialValues) time.Time { return t.ExtractAt }),
		at("grade_started_at", func(t compare.TrialValues) time.Time { return t.GradeAt }),
		at("ended_at", func(t compare.TrialValues) time.Time { return t.EndedAt }),
		num("patch_bytes", func(t compare.TrialValues) int { return t.PatchBytes }),
		num("patch_files", func(t compare.TrialValues) int { return t.PatchFiles }),
		str("stop_reason", func(t compare.TrialValues) string { return reasons[t.ID] }),
		str("cost_known", func(t compare.TrialValues) string { return string(t.Cost) }),
		str("engine", func(t compare.TrialValues) string { return host(t).Engine }),
		str("host_name", func(t compare.TrialValues) string { return host(t).Name }),
		str("host_arch", func(t compare.TrialValues) string { return host(t).Arch }),
		maybe("host_cpus", integer, func(t compare.TrialValues) *int64 { return positive(host(t).CPUs) }),
		maybe("host_memory", integer, func(t compare.TrialValues) *int64 {
			return positive(host(t).Memory)
		}),
		str("host_kernel", func(t compare.TrialValues) string { return host(t).Kernel }),
	}
	return tableOf("trials", append(fields, metrics()...), compare.OfTrials(f))
}

// metrics are those of one trial.
func metrics() (out []field[compare.TrialValues]) {
	for _, m := range compare.OfOneTrial() {
		out = append(out, field[compare.TrialValues]{column{m.Name, real},
			func(t compare.TrialValues) any { return finite(t.Value(m).Number) }})
		if m.Per != "" {
			out = append(out, num(m.Name+".n", func(t compare.TrialValues) int { return t.Value(m).N }))
		}
	}
	return out
}
