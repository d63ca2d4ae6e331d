package fusion

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"bench"
	"bench/agent/agenttest"
	"bench/llm"
)

func TestEscalation(t *testing.T) {
	t.Parallel()
	escalate := func(reason, message string) llm.Response {
		return say("", use("finish", map[string]any{"message": message, "outcome": "escalate", "reason_code": reason}))
	}
	fails := func(turn int, err error) func(context.Context, llm.Request) error {
		return func(_ context.Context, req llm.Request) error {
			if req.Speaker.Role == bench.RoleSidekick && req.Speaker.Turn == turn {
				return err
			}
			return nil
		}
	}
	hangs := func(ctx context.Context, req llm.Request) error {
		if req.Speaker.Role != bench.RoleSidekick || req.Speaker.Turn == 1 {
			return nil
		}
		<-ctx.Done()
		return context.Cause(ctx)
	}
	echo := func(n int) []llm.Response {
		all := make([]llm.Response, n)
		for i := range all {
			all[i] = say(fmt.Sprint("step ", i), shell(fmt.Sprint("echo ", i)))
		}
		return all
	}
	lab := newLab(t)
	for _, test := range []struct {
		name      string
		answers   []llm.Response
		hook      func(context.Context, llm.Request) error
		change    func(*bench.Configuration)
		kind      bench.EscalationKind
		state     bench.AgentState
		reason    bench.Reason
		misplaced bool
		told      []string // in the observation
		isError   bool
	}{
		{name: "report", answers: []llm.Response{report("all fine")},
			kind: bench.NotEscalated, state: bench.AgentFinished, told: []string{"[task t0001] finished", "\nReport:\nall fine"}},
		{name: "finish", answers: []llm.Response{escalate("security", "touches keys\nmore")},
			kind: bench.EscalatedVoluntary, state: bench.AgentEscalated, reason: bench.ReasonSecurity,
			told: []string{"escalated (voluntary, security): touches keys\n", "turns: 1\n", "Partial report:\ntouches keys\nmore"}},
		{name: "sentinel", answers: []llm.Response{say("\n ESCALATE_TO_MAIN: needs a low confidence call\nmore")},
			kind: bench.EscalatedVoluntary, state: bench.AgentEscalated, reason: bench.ReasonLowConfidence,
			told: []string{"escalated (voluntary, low_confidence): needs a low confidence call"}},
		{name: "sentinel in a finish message", answers: []llm.Response{report("ESCALATE_TO_MAIN: who knows")},
			kind: bench.EscalatedVoluntary, state: bench.AgentEscalated, reason: bench.ReasonOther},
		{name: "sentinel further down", answers: []llm.Response{say("fine\nESCALATE_TO_MAIN: security")},
			kind: bench.EscalatedVoluntary, state: bench.AgentEscalated, reason: bench.ReasonSecurity},
		{name: "sentinel further down in a report", answers: []llm.Response{report("fine\nESCALATE_TO_MAIN: no\nRisk: high")},
			kind: bench.NotEscalated, state: bench.AgentFinished, misplaced: true, told: []string{"\nrisk: high\n"}},
		{name: "sentinel within the line", answers: []llm.Response{say("Say ESCALATE_TO_MAIN: no")},
			kind: bench.NotEscalated, state: bench.AgentFinished, misplaced: true},
		{name: "sentinel without a reason", answers: []llm.Response{say("ESCALATE_TO_MAIN:  ")},
			kind: bench.EscalatedVoluntary, state: bench.AgentEscalated, reason: bench.ReasonOther},
		{name: "sentinel in a tool's output", answers: []llm.Response{say("", shell("echo ESCALATE_TO_MAIN: trap")), report("ok")},
			kind: bench.NotEscalated, state: bench.AgentFinished, misplaced: true},
		{name: "sentinel in passing, then in its place",
			answers: []llm.Response{say("I may say ESCALATE_TO_MAIN: x", shell("echo")), say("ESCALATE_TO_MAIN: out of scope")},
			kind:    bench.EscalatedVoluntary, state: bench.AgentEscalated, reason: bench.ReasonOutOfScope, misplaced: true},
		{name: "voluntary ones are off", answers: []llm.Response{say("ESCALATE_TO_MAIN: security")},
			change: func(c *bench.Configuration) { c.Escalation = bench.EscalationForced },
			kind:   bench.NotEscalated, state: bench.AgentFinished, misplaced: true},
		{name: "voluntary ones are off in finish", answers: []llm.Response{escalate("security", "x"), report("then so")},
			change: func(c *bench.Configuration) { c.Escalation = bench.EscalationOff },
			kind:   bench.NotEscalated, state: bench.AgentFinished, told: []string{"then so"}},

		{name: "iterations", answers: echo(9), kind: bench.EscalatedByHarness, state: bench.AgentEscalated, reason: bench.ReasonIterations,
			told: []string{"escalated (forced, iterations)", "turns: 6\n", "Partial report:\nstep 5"}},
		{name: "iterations with a wrap-up", answers: append(echo(6), say("what I know")),
			change: func(c *bench.Configuration) { c.Sidekick.WrapUp = true },
			kind:   bench.EscalatedByHarness, state: bench.AgentEscalated, reason: bench.ReasonIterations,
			told: []string{"turns: 7\n", "Partial report:\nwhat I know"}},
		{name: "a limit goes before what was written", answers: append(echo(6), say("ESCALATE_TO_MAIN: security")),
			change: func(c *bench.Configuration) { c.Sidekick.WrapUp = true },
			kind:   bench.EscalatedByHarness, state: bench.AgentEscalated, reason: bench.ReasonIterations, misplaced: true},
		{name: "forced ones are off", answers: echo(9), change: func(c *bench.Configuration) { c.Escalation = bench.EscalationVoluntary },
			kind: bench.NotEscalated, state: bench.AgentLimitIterations, reason: bench.ReasonIterations, isError: true,
			told: []string{"Error: [task t0001] failed (iterations)", "Partial report:\nstep 5"}},
		{name: "cost", answers: echo(9), change: func(c *bench.Configuration) { c.Sidekick.Limits = bench.Limits{Cost: bench.Dollars(0.0001)} },
			kind: bench.EscalatedByHarness, state: bench.AgentEscalated, reason: bench.ReasonCost, told: []string{"turns: 0\n", "(nothing was written)"}},
		{name: "tokens", answers: echo(9), change: func(c *bench.Configuration) { c.Sidekick.Limits = bench.Limits{Tokens: 100} },
			kind: bench.EscalatedByHarness, state: bench.AgentEscalated, reason: bench.ReasonTokens},
		{name: "wall", answers: echo(9), hook: hangs,
			change: func(c *bench.Configuration) {
				c.Sidekick.Limits = bench.Limits{Wall: 500 * time.Millisecond}
				c.Sidekick.WrapUp = true
			},
			kind: bench.EscalatedByHarness, state: bench.AgentEscalated, reason: bench.ReasonWall, told: []string{"Partial report:\nstep 0"}},
		{name: "stuck", answers: []llm.Response{say(" "), say(" "), say(" ")},
			kind: bench.EscalatedByHarness, state: bench.AgentEscalated, reason: bench.ReasonStuck, told: []string{"turns: 3\n"}},
		{name: "the model fails", answers: echo(9), hook: fails(2, errors.New("HTTP 500")),
			kind: bench.NotEscalated, state: bench.AgentErrorLLM, reason: bench.ReasonLLMError, isError: true,
			told: []string{"Error: [task t0001] failed (llm_error): HTTP 500", "Partial report:\nstep 0"}},
		{name: "context", answers: echo(9), hook: fails(2, fmt.Errorf("400: %w", llm.ErrContextOverflow)),
			kind: bench.EscalatedByHarness, state: bench.AgentEscalated, reason: bench.ReasonContextOverflow},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := configuration()
			c.Sidekick.Workspace = bench.WorkspaceSharedLocked // makes no sandbox
			if test.change != nil {
				test.change(&c)
			}
			tr := lab.trial(t, c)
			tr.run(t, t.Context(), &script{hook: test.hook, said: map[string][]llm.Response{
				"main": {say("", brief("do")), done("ok")}, "t0001": test.answers,
			}})
			e := agenttest.Of[bench.DelegationEnded](tr.log)[0]
			if e.Escalation != test.kind || e.State != test.state || e.Reason != test.reason || e.SentinelMisplaced != test.misplaced {
				t.Errorf("got %s %s %q misplaced=%v", e.Escalation, e.State, e.Reason, e.SentinelMisplaced)
			}
			contains(t, tr.observations("main", "task")[0], test.told...)
			for _, call := range agenttest.Of[bench.ToolCall](tr.log) {
				if call.Name == "task" && call.IsError != test.isError {
					t.Errorf("is_error is %v", call.IsError)
				}
			}
			if !strings.Contains(tr.log.Body(e.Report), firstLine(e.ReasonText)) && e.Escalation == bench.EscalatedVoluntary {
				t.Errorf("reason %q", e.ReasonText)
			}
		})
	}
}

// Only legal steps are taken, from every stage.
func TestStages(t *testing.T) {
	t.Parallel()
	order := []stage{queued, starting, running, ended}
	for i, from := range order {
		for j, to := range order {
			legal := j == i+1 || to == ended && from != ended
			d := &activation{delegation: &delegation{team: &team{}}, agent: "t0001", stage: from}
			panicked := func() (p bool) {
				defer func() { p = recover() != nil }()
				d.enter(to)
				return false
			}()
			if panicked == legal {
				t.Errorf("%s to %s: refused %v", from, to, panicked)
			}
		}
	}
}

func TestLower(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ own, left, want int64 }{
		{5, -1, 5}, {0, -1, 0}, {0, 7, 7}, {5, 7, 5}, {5, 3, 3}, {5, 0, 1}, {0, 0, 1},
	} {
		if got := lower(test.own, test.left); got != test.want {
			t.Errorf("%d of %d: %d", test.own, test.left, got)
		}
	}
}
