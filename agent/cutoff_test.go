package agent_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"bench"
	"bench/agent"
	"bench/agent/agenttest"
	"bench/llm"
	"bench/llm/llmtest"
)

// An agent that is cut off again before it goes on has ended by nobody's fault:
// it is cancelled, with what it had done, and so stays open.
func TestCutOffBeforeItGoesOn(t *testing.T) {
	t.Parallel()
	limits := bench.Limits{Iterations: 9, Cost: bench.Dollars(5)}
	var log agenttest.Log
	whole, err := alternating(t, limits, &log, echoes(6)).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	events := log.Events()
	l := alternating(t, limits, &log, echoes(6))
	l.History = &agent.History{Events: events[:len(events)-1], Body: func(h bench.BodyHash) (bench.Body, error) {
		return bench.Body(log.Body(h)), nil
	}}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("interrupted"))
	got, err := l.Run(ctx)
	if err != nil || got.State != bench.AgentCancelled || got.Turns != whole.Turns || got.Cost != whole.Cost {
		t.Errorf("%s after %d turns for %v, %v; want %d for %v", got.State, got.Turns, got.Cost, err,
			whole.Turns, whole.Cost)
	}
}

// Wherever an agent is cut off, its model hears of a limit nearby once, also where the
// process died between the decision to tell it and the end of the call that would have.
func TestNoticeIsTold(t *testing.T) {
	t.Parallel()
	limits := bench.Limits{Iterations: 5}
	start := func(log *agenttest.Log) *agent.Loop {
		l := alternating(t, limits, log, echoes(6))
		l.Notice = 0.7
		return l
	}
	var whole agenttest.Log
	if _, err := start(&whole).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	events, decided := whole.Events(), 0
	for n := 1; n < len(events); n++ {
		if m, ok := events[n-1].Payload.(bench.BudgetNotice); ok && m.Kind == bench.NoticeNear {
			decided++
		}
		var log agenttest.Log
		l := start(&log)
		l.History = &agent.History{Events: events[:n], Body: func(h bench.BodyHash) (bench.Body, error) {
			return bench.Body(whole.Body(h)), nil
		}}
		got, err := l.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		told := 0
		for _, m := range got.Messages {
			told += strings.Count(string(m.JSON), "[harness] This is the last")
		}
		if told != 1 {
			t.Errorf("cut off after event %d (%s): told %d times", n, events[n-1].Payload.Type(), told)
		}
	}
	if decided != 1 {
		t.Errorf("%d notices in the undisturbed log", decided)
	}
}

// Wherever an agent is cut off, it ends as if it had not been: also amid calls that no
// server takes back, of which the log has the original, and around its last report,
// whose calls are not made. It has worked for as long: what is replayed is no work.
func TestCutOffAnywhere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, cutOffAnywhere)
}

func cutOffAnywhere(t *testing.T) {
	const turns = 3
	slow := does("echo", func(ctx context.Context, c agent.Call) agent.Observation {
		time.Sleep(5 * time.Second)
		w, err := echo.Accept(ctx, c)
		if err != nil {
			return agent.Failure(agent.ClassTool, "%v", err)
		}
		return w.Run(ctx, nil)
	})
	answer := func(_ context.Context, req llm.Request) (llm.Response, error) {
		time.Sleep(10 * time.Second)
		switch turn := req.Speaker.Turn; {
		case req.Purpose == bench.PurposeWrapUp:
			return llmtest.Answer("report", use("echo", "9")), nil
		case turn < turns:
			return llmtest.Answer("so far", use("echo", `{"v":`), use("echo", fmt.Sprint(turn)),
				use("functions.echo<|channel|>json", fmt.Sprint(10+turn)), use("no tool!", "1")), nil
		}
		return llmtest.Answer("", use("echo", "{'v': 1}")), nil
	}
	limits := bench.Limits{Iterations: turns}
	work := func(h *agent.History) (agent.Result, *agenttest.Log) {
		var log agenttest.Log
		l := &agent.Loop{
			Agent: "s1", Role: bench.RoleSidekick, Scope: bench.ScopeActivation,
			Record: log.Recorder(key).For("s1"), Model: small, Client: &llmtest.Fake{Do: answer},
			Limits: limits, Budget: bench.NewBudget(bench.ScopeActivation, limits), WrapUp: true,
			System: "system", First: "first", Tools: []agent.Tool{slow}, History: h,
		}
		r, err := l.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return r, &log
	}
	whole, log := work(nil)
	events := log.Events()
	if whole.Worked < time.Minute {
		t.Errorf("it has worked for %v", whole.Worked)
	}
	if calls := agenttest.Of[bench.LLMCall](log); len(calls) != turns+1 || calls[0].Original == "" ||
		calls[turns].Purpose != bench.PurposeWrapUp || whole.Message != "report" {
		t.Fatalf("%d calls, %+v", len(calls), whole)
	}
	for n := 1; n < len(events); n++ {
		time.Sleep(time.Hour)
		got, _ := work(&agent.History{Events: events[:n], Body: func(h bench.BodyHash) (bench.Body, error) {
			return bench.Body(log.Body(h)), nil
		}})
		if diff := cmp.Diff(whole, got, cmpopts.IgnoreUnexported(llm.Message{})); diff != "" {
			t.Errorf("cut off after event %d, %s (-undisturbed +resumed):\n%s", n,
				events[n-1].Payload.Type(), diff)
		}
	}
}
