package fusion

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"bench"
	"bench/agent"
	"bench/agent/agenttest"
	"bench/llm"
	"bench/llm/llmtest"
	"bench/sandbox"
)

// Eight sidekicks of one second each take one second side by side, and eight
// one after the other: by the events, on a clock that nothing else moves.
func TestEightSidekicks(t *testing.T) {
	t.Parallel()
	for slots, want := range map[int]time.Duration{8: time.Second, 4: 2 * time.Second, 1: 8 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			c, log := configuration(), &agenttest.Log{}
			c.Sidekick.MaxParallel = slots
			said := []llm.Response{{}, done("ok")}
			var calls []llm.ToolCall
			for i := range 8 {
				calls = append(calls, brief(fmt.Sprint(i)))
			}
			said[0] = say("", calls...)
			client := &llmtest.Fake{Do: func(_ context.Context, req llm.Request) (llm.Response, error) {
				if req.Speaker.Role == bench.RoleMain {
					return said[req.Speaker.Turn-1], nil
				}
				time.Sleep(time.Second) // of the bubble
				return report("did"), nil
			}}
			budget := bench.NewBudget(bench.ScopeRun, bench.Limits{}).Child(bench.ScopeTrial, bench.Limits{})
			_, err := New(Options{Clients: func(bench.Model) llm.Client { return client }}).Run(t.Context(), agent.Job{
				Trial: bench.Trial{Key: key, Configuration: c, Task: bench.Task{ProblemStatement: "p"}},
				Box:   stillBox{}, Fork: func(context.Context) (sandbox.Sandbox, error) { return stillBox{}, nil },
				Budget: budget, Record: log.Recorder(key),
			})
			if err != nil {
				t.Fatal(err)
			}
			var from, to time.Time
			for _, e := range log.Events() {
				switch e.Payload.(type) {
				case bench.DelegationStarted:
					if from.IsZero() {
						from = e.Time
					}
				case bench.DelegationEnded:
					to = e.Time
				}
			}
			if took := to.Sub(from); took != want {
				t.Errorf("%d slots: %v, want %v", slots, took, want)
			}
		})
	}
}
