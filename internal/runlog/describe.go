package runlog

import (
	"log/slog"
	"time"

	"bench"
)

// describe is how much an event matters, and what its line says. What is not told apart
// is a step on the way.
func describe(p bench.Payload) (slog.Level, []slog.Attr) {
	switch p := p.(type) {
	case bench.RunStarted:
		return slog.LevelInfo, attrs("name", p.Name, "trials", len(p.Trials), "simulated", p.Simulated)
	case bench.RunResumed:
		return slog.LevelInfo, attrs("new_trials", len(p.Trials))
	case bench.RunEnded:
		level := failed(slog.LevelInfo, p.State == bench.RunFailed)
		return level, attrs("state", p.State, "error", p.Error)
	case bench.PhaseStarted:
		return slog.LevelInfo, attrs("phase", p.Phase)
	case bench.TrialEnded:
		return trialEnded(p)
	case bench.TrialResumed:
		return slog.LevelInfo, nil
	case bench.TrialPlaced:
		return slog.LevelDebug, attrs("phase", p.Phase, "engine", p.Engine, "host", p.Host.Name)
	case bench.Grade:
		return failed(slog.LevelInfo, p.InfraReason != ""), attrs("status", p.Status,
			"seconds", p.Duration, "flags", p.Flags, "infra", p.InfraReason, "error", p.Error)
	case bench.Patch:
		return slog.LevelDebug, attrs("bytes", p.Bytes, "files", p.Files)
	case bench.Image:
		return slog.LevelDebug, attrs("name", p.Name, "digest", p.Digest)
	case bench.Outage:
		return slog.LevelWarn, attrs("seconds", lasted(p))
	case bench.Notice:
		return slog.LevelWarn, attrs("code", p.Code, "text", p.Text)
	}
	return ofAgent(p)
}

// ofAgent describes what an agent does.
func ofAgent(p bench.Payload) (slog.Level, []slog.Attr) {
	switch p := p.(type) {
	case bench.AgentStarted:
		return slog.LevelDebug, attrs("role", p.Role, "model", p.Model)
	case bench.AgentEnded:
		return warned(slog.LevelDebug, p.Error), attrs("state", p.State, "turns", p.Iterations,
			"error", p.Error)
	case bench.LLMCall:
		return llmCall(p)
	case bench.ToolCall:
		return slog.LevelDebug, toolCall(p)
	case bench.RouteChosen:
		return slog.LevelDebug, attrs("model", p.Model)
	case bench.DelegationSpawned:
		return slog.LevelDebug, attrs("delegation", p.DelegationID, "type", p.SubagentType,
			"batch_size", p.BatchSize)
	case bench.DelegationEnded:
		return slog.LevelInfo, attrs("delegation", p.DelegationID, "state", p.State,
			"escalation", p.Escalation, "reason", p.Reason, "turns", p.Turns, "cost_usd", p.Cost,
			"error", p.Error)
	case bench.BudgetNotice:
		return slog.LevelWarn, attrs("kind", p.Kind, "scope", p.Scope, "resource", p.Resource)
	case bench.WorkspaceFault:
		return slog.LevelWarn, attrs("kind", p.Kind, "delegation", p.DelegationID, "paths", p.Paths)
	}
	return slog.LevelDebug, nil
}

func trialEnded(p bench.TrialEnded) (slog.Level, []slog.Attr) {
	level := slog.LevelInfo
	switch {
	case p.Outcome.Blame() == bench.BlameInfra:
		level = slog.LevelError
	case p.Limit != "":
		level = slog.LevelWarn
	}
	return level, attrs("outcome", p.Outcome, "limit", p.Limit, "error", p.Error)
}

// llmCall warns of calls that were tried again.
func llmCall(p bench.LLMCall) (slog.Level, []slog.Attr) {
	level := slog.LevelDebug
	if p.Retries > 0 || p.Error != "" {
		level = slog.LevelWarn
	}
	return level, attrs("model", p.Model, "turn", p.Turn, "seconds", p.End.Sub(p.Start),
		"waited_seconds", p.Waited, "retries", p.Retries, "input_tokens", p.Usage.Input,
		"output_tokens", p.Usage.Output, "cost_usd", p.Cost, "finish", p.FinishReason,
		"error", p.Error)
}

func toolCall(p bench.ToolCall) []slog.Attr {
	list := attrs("tool", p.Name, "seconds", p.End.Sub(p.Start), "error_class", p.ErrorClass)
	if p.ExitCode != nil {
		list = append(list, slog.Int("exit_code", *p.ExitCode))
	}
	return list
}

// lasted is how long an outage was; 0 while it goes on.
func lasted(o bench.Outage) time.Duration {
	if o.To.IsZero() {
		return 0
	}
	return o.To.Sub(o.From)
}
