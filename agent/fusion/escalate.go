package fusion

import (
	"strings"

	"bench"
	"bench/agent"
	"bench/agent/tools"
)

// verdict is what the end of a sidekick's work means.
type verdict struct {
	state      bench.AgentState
	kind       bench.EscalationKind
	reason     bench.Reason
	reasonText string
	sentinel   bench.SentinelForm // that handed the work back, if one did
	misplaced  bool               // the sentinel stands where it has no effect
	risk       bench.Risk         // as the sidekick states it
	report     string             // what main reads
	failed     bool               // main is told of a failure, not of an outcome
}

// judge decides whether work was handed back. Whoever hits a limit or a fault
// was stopped by the harness, whatever it wrote; else a call to finish counts;
// else the sentinel, but only where the prompt asked for it. Text of the
// repository, which a sidekick reads and quotes, must not escalate anything, and
// neither must faults of the provider or the machine, which say nothing of the sidekick.
func judge(mode bench.EscalationMode, r agent.Result) verdict {
	v := verdict{
		state: r.State, kind: bench.NotEscalated, report: r.Message,
		misplaced: misplaced(r, false), risk: statedRisk(r),
	}
	if reason, ok := forcedReason(r); ok {
		if r.Err != nil {
			v.reasonText = r.Err.Error()
		}
		forced := mode.Forced() && reason != bench.ReasonLLMError && reason != bench.ReasonSandboxLost
		v.reason, v.failed = reason, !forced
		if forced {
			v.state, v.kind = bench.AgentEscalated, bench.EscalatedByHarness
		}
		return v
	}
	if r.State != bench.AgentFinished {
		v.failed = true // cancelled, or broken inside: no escalation
		return v
	}
	if !mode.Voluntary() {
		return v
	}
	if r.Final != nil && r.Final.Escalate {
		v.state, v.kind = bench.AgentEscalated, bench.EscalatedVoluntary
		v.reason, v.reasonText = r.Final.Reason, firstLine(r.Final.Message)
		return v
	}
	if reason, form := call(r.Message, r.Final != nil); form != "" {
		v.state, v.kind = bench.AgentEscalated, bench.EscalatedVoluntary
		v.sentinel, v.reasonText, v.reason = form, reason, classify(reason)
		v.misplaced = misplaced(r, true)
	}
	return v
}

// forcedReason is why the harness stopped a sidekick, if it did.
func forcedReason(r agent.Result) (bench.Reason, bool) {
	switch r.State {
	case bench.AgentLimitIterations:
		return bench.ReasonIterations, true
	case bench.AgentLimitCost:
		return bench.ReasonCost, true
	case bench.AgentLimitTokens:
		return bench.ReasonTokens, true
	case bench.AgentLimitContext:
		return bench.ReasonContextOverflow, true
	case bench.AgentLimitWall:
		return bench.ReasonWall, true
	case bench.AgentStuck:
		return bench.ReasonStuck, true
	case bench.AgentRefused:
		return bench.ReasonRefused, true
	case bench.AgentErrorLLM:
		return bench.ReasonLLMError, true
	case bench.AgentErrorSandbox:
		return bench.ReasonSandboxLost, true
	case bench.AgentRunning, bench.AgentFinished, bench.AgentEscalated,
		bench.AgentCancelled, bench.AgentErrorInternal, bench.AgentLimitDisk:
	}
	return "", false
}

// firstLine is the first line of s that is not blank.
func firstLine(s string) string {
	for line := range strings.Lines(s) {
		if strings.TrimSpace(line) != "" {
			return strings.TrimRight(line, " \t\r\n")
		}
	}
	return ""
}

// classify finds the reason code that a reason in plain text speaks of.
func classify(text string) bench.Reason {
	words := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return '_'
	}, strings.ToLower(text))
	for _, r := range tools.Reasons {
		if strings.Contains(words, string(r)) {
			return r
		}
	}
	return bench.ReasonOther
}
