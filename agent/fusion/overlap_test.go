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

// With two places for three tasks and a command in one response, the
// third task waits for a place, which counts as its queue; the command does not
// wait behind tasks.
func TestPlacesOfABatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, log := configuration(), &agenttest.Log{}
		c.MaxParallelTools = 2
		main := []llm.Response{say("", brief("1"), brief("2"), brief("3"), shell("true")), done("ok")}
		client := &llmtest.Fake{Do: func(_ context.Context, req llm.Request) (llm.Response, error) {
			if req.Speaker.Role == bench.RoleMain {
				return main[req.Speaker.Turn-1], nil
			}
			time.Sleep(time.Second) // of the bubble
			return report("did"), nil
		}}
		begun := time.Now()
		_, err := New(Options{Clients: func(bench.Model) llm.Client { return client }}).Run(t.Context(), agent.Job{
			Trial: bench.Trial{Key: key, Configuration: c, Task: bench.Task{ProblemStatement: "p"}},
			Box:   stillBox{}, Fork: func(context.Context) (sandbox.Sandbox, error) { return slowBox{}, nil },
			Budget: bench.NewBudget(bench.ScopeRun, bench.Limits{}).Child(bench.ScopeTrial, bench.Limits{}),
			Record: log.Recorder(key),
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range agenttest.Of[bench.DelegationStarted](log) {
			// The first two work for a second and take five to be put away.
			if want := time.Duration(i/2) * 6 * time.Second; s.Queue != want {
				t.Errorf("%s queued for %v, want %v", s.DelegationID, s.Queue, want)
			}
		}
		for _, e := range agenttest.Of[bench.DelegationEnded](log) {
			if e.Collect != 0 || e.Remove != 5*time.Second {
				t.Errorf("%s: changes taken over in %v, copy removed in %v", e.DelegationID, e.Collect, e.Remove)
			}
		}
		for _, call := range agenttest.Of[bench.ToolCall](log) {
			if call.Name == "terminal" && (call.Queue != 0 || !call.Start.Equal(begun)) {
				t.Errorf("the command waits %v, and begins after %v", call.Queue, call.Start.Sub(begun))
			}
		}
	})
}

// slowBox is a stillBox that takes five seconds to remove.
type slowBox struct{ stillBox }

func (slowBox) Close(context.Context) error { time.Sleep(5 * time.Second); return nil }
