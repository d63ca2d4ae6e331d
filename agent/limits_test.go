package agent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bench"
	"bench/agent"
	"bench/agent/agenttest"
	"bench/llm"
	"bench/llm/llmtest"
)

func TestWall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := &llmtest.Fake{Do: func(ctx context.Context, req llm.Request) (llm.Response, error) {
			start := time.Now()
			select {
			case <-time.After(time.Minute):
				return llmtest.Answer("working", use("echo", fmt.Sprint(len(req.Messages)))), nil
			case <-ctx.Done():
				return llm.Response{Start: start, End: time.Now(), UnknownUsage: 1}, fmt.Errorf("post: %w", context.Cause(ctx))
			}
		}}
		begin := time.Now()
		o := run(t, t.Context(), slow, func(l *agent.Loop) {
			l.Limits.Wall, l.Scope, l.WrapUp = 4*time.Minute+30*time.Second, bench.ScopeActivation, true
		})
		if o.State != bench.AgentLimitWall || o.Limit.Scope != bench.ScopeActivation || o.Message != "working" {
			t.Errorf("%s %v %q", o.State, o.Limit, o.Message)
		}
		if took := time.Since(begin); took != 4*time.Minute+30*time.Second {
			t.Errorf("took %v", took)
		}
		if n := strings.Count(o.said(), "[harness] You have used 80 % or more of your limit on time"); n != 1 {
			t.Errorf("%d notices", n)
		}
		budgets := agenttest.Of[bench.BudgetNotice](o.log)
		if len(budgets) != 2 || budgets[0].Kind != "notice" || budgets[1].Kind != "limit" ||
			budgets[1].Resource != bench.ResourceWall {
			t.Errorf("budget events %+v", budgets)
		}
	})
}

// A wall of somebody else, a run's budget and an interruption end the work with
// the state their cause asks for, and every call has its observation.
func TestCancelled(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		cause error
		state bench.AgentState
	}{
		{&bench.LimitError{Scope: bench.ScopeTrial, Resource: bench.ResourceWall}, bench.AgentLimitWall},
		{errors.New("interrupted"), bench.AgentCancelled},
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		hang := does("hang", func(ctx context.Context, c agent.Call) agent.Observation {
			if c.Index == 2 {
				cancel(test.cause)
			}
			<-ctx.Done()
			return agent.Failure(agent.ClassCancelled, "stopped")
		})
		var calls []llm.ToolCall
		for i := range 5 {
			calls = append(calls, use("hang", fmt.Sprint(i)))
		}
		o := run(t, ctx, llmtest.Sequence(llmtest.Answer("", calls...)), func(l *agent.Loop) {
			l.Tools, l.MaxParallelTools = []agent.Tool{hang}, 3
		})
		if o.State != test.state {
			t.Errorf("%v: state %s", test.cause, o.State)
		}
		if n := len(agenttest.Of[bench.ToolCall](o.log)); n != 5 {
			t.Errorf("%v: %d observations", test.cause, n)
		}
	}
}

func TestBudget(t *testing.T) {
	t.Parallel()
	// Each call costs 100 + 4 micro-dollars and reserves about 4,000.
	answers := make([]llm.Response, 20)
	for i := range answers {
		answers[i] = llmtest.Answer("t", use("echo", fmt.Sprint(i)))
	}
	t.Run("cost", func(t *testing.T) {
		o := run(t, t.Context(), llmtest.Sequence(answers...), func(l *agent.Loop) {
			l.Limits = bench.Limits{Cost: bench.Dollars(0.0025)}
		})
		if o.State != bench.AgentLimitCost || o.Cost > bench.Dollars(0.0025) {
			t.Errorf("%s at %v", o.State, o.Cost)
		}
	})
	t.Run("notice", func(t *testing.T) {
		trial := bench.NewBudget(bench.ScopeTrial, bench.Limits{Tokens: 2000})
		o := run(t, t.Context(), llmtest.Sequence(answers...), func(l *agent.Loop) {
			l.Limits, l.SharedBudget = bench.Limits{}, trial
			l.Budget = trial.Child(bench.ScopeAgent, bench.Limits{})
			l.Model.MaxOutputTokens = 10
		})
		if o.State != bench.AgentLimitTokens || o.Limit.Scope != bench.ScopeTrial {
			t.Errorf("%s %v", o.State, o.Limit)
		}
		if n := strings.Count(o.said(), "limit on tokens pays for a few more model calls at most"); n != 1 {
			t.Errorf("%d notices", n)
		}
	})
	t.Run("wrap-up only if it can be paid", func(t *testing.T) {
		o := run(t, t.Context(), llmtest.Sequence(answers...), func(l *agent.Loop) {
			l.Limits, l.WrapUp = bench.Limits{Cost: bench.Dollars(0.0002)}, true
		})
		if o.State != bench.AgentLimitCost || len(o.requests) != 0 {
			t.Errorf("%s after %d calls", o.State, len(o.requests))
		}
	})
}

// The wrap-up call is the conversation so far with its tools, none of which may
// be called, and has as much room for thoughts as the budget can pay for. What it
// asks for all the same is answered and not made, and all that came with the
// answer stays.
func TestWrapUp(t *testing.T) {
	t.Parallel()
	report := llmtest.Answer("")
	report.Message = llm.Answer{Text: "report", ToolCalls: []llm.ToolCall{use("echo", "2")},
		Extra: json.RawMessage(`{"reasoning_content":""}`)}.Message()
	o := run(t, t.Context(), llmtest.Sequence(llmtest.Answer("", use("echo", "1")), report),
		func(l *agent.Loop) { l.Limits.Iterations, l.WrapUp, l.Model.MaxOutputTokens = 1, true, 32_000 })
	if len(o.requests) != 2 {
		t.Fatalf("%d calls, %s", len(o.requests), o.State)
	}
	first, last := o.requests[0], o.requests[1]
	if !bytes.Equal(last.Tools, first.Tools) || last.ToolChoice != llm.ToolsNone ||
		last.Purpose != bench.PurposeWrapUp || last.MaxOutputTokens != 32_000 {
		t.Errorf("tools %s, choice %q, purpose %q, output %d", last.Tools, last.ToolChoice, last.Purpose, last.MaxOutputTokens)
	}
	end := o.Messages[len(o.Messages)-2:]
	if string(end[0].Extra) != `{"reasoning_content":""}` || end[1].Role != "tool" ||
		!strings.Contains(end[1].Text, "not executed") {
		t.Errorf("the conversation ends with %s, %s", end[0].JSON, end[1].JSON)
	}
	if n := len(agenttest.Of[bench.ToolCall](o.log)); n != 1 {
		t.Errorf("%d tool calls were made", n)
	}
	if calls := agenttest.Of[bench.LLMCall](o.log); calls[1].Purpose != bench.PurposeWrapUp || calls[1].Turn != 2 {
		t.Errorf("recorded as %+v", calls[1])
	}
}

func TestJournalBroken(t *testing.T) {
	t.Parallel()
	for _, kind := range []bench.EventType{
		bench.EventAgentStarted, bench.EventToolCall, bench.EventAgentEnded, bench.EventBudgetNotice,
	} {
		broken := errors.New("disk full")
		log := &agenttest.Log{Fail: func(e bench.Event) error {
			if e.Payload.Type() == kind {
				return broken
			}
			return nil
		}}
		client := llmtest.Sequence(llmtest.Answer("", use("echo", "1")), llmtest.Answer("ok"))
		l := &agent.Loop{
			Agent: "main", Client: client, Record: log.Recorder(key), Tools: []agent.Tool{echo},
			Budget: bench.NewBudget(bench.ScopeAgent, bench.Limits{Iterations: 2}),
			Limits: bench.Limits{Iterations: 2}, Notice: 0.8,
		}
		if _, err := l.Run(t.Context()); !errors.Is(err, broken) {
			t.Errorf("%s: error %v", kind, err)
		}
		if n := len(client.Requests()); kind != bench.EventAgentEnded && n > 1 {
			t.Errorf("%s: %d calls were paid for after the journal broke", kind, n)
		}
	}
}

// The context window of the configuration is kept to, as far as a conversation
// can be measured: answers get the room there is, and without room the work
// ends with what it has.
func TestContextWindow(t *testing.T) {
	t.Parallel()
	turn := int64(0)
	client := &llmtest.Fake{Do: func(_ context.Context, req llm.Request) (llm.Response, error) {
		turn++
		r := llmtest.Answer("so far", use("echo", fmt.Sprint(turn)))
		r.Usage = bench.Usage{Input: 500 * turn, Output: 10}
		return r, nil
	}}
	o := run(t, t.Context(), client, func(l *agent.Loop) { l.Model.ContextWindow = 2000 })
	if o.State != bench.AgentLimitContext || o.Turns != 4 || o.Message != "so far" {
		t.Errorf("%s after %d turns", o.State, o.Turns)
	}
	var left []int64
	for _, r := range o.requests {
		left = append(left, r.MaxOutputTokens)
	}
	if left[0] != 1000 || left[1] != 1000 || left[2]/100 != 9 || left[3]/100 != 4 {
		t.Errorf("answers were bounded to %v tokens", left)
	}
}
