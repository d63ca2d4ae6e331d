package agent_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"bench"
	"bench/agent"
	"bench/llm"
	"bench/llm/llmtest"
)

// steps returns a model that takes n turns with a call each and ends with a
// text. Each turn takes as long as told, and its call is answered with 2 KB.
func steps(n int, latency time.Duration) *llmtest.Fake {
	turn := 0
	return &llmtest.Fake{Do: func(ctx context.Context, _ llm.Request) (llm.Response, error) {
		if latency > 0 {
			time.Sleep(latency)
		}
		if turn++; turn >= n {
			return llmtest.Answer("done"), nil
		}
		return llmtest.Answer("", use("page", fmt.Sprint(turn))), nil
	}}
}

var page = does("page", func(_ context.Context, c agent.Call) agent.Observation {
	return agent.Observation{Text: fmt.Sprintf("%2000s", c.Arguments)}
})

func loop(c llm.Client) *agent.Loop {
	discard := func(context.Context, bench.Event) error { return nil }
	return &agent.Loop{
		Agent: "main", Role: bench.RoleMain, Client: c, Tools: []agent.Tool{page}, MaxParallelTools: 8,
		Record: bench.NewRecorder("r", discard, nil).ForTrial(key).For("main"),
		Budget: bench.NewBudget(bench.ScopeAgent, bench.Limits{}), Model: bench.Model{Price: price, MaxOutputTokens: 1000},
	}
}

// BenchmarkStep is one turn without a sandbox: a model call through budget and
// meter, one tool call, its observation and its events.
func BenchmarkStep(b *testing.B) {
	const turns = 250
	b.ReportAllocs()
	for b.Loop() {
		if r, err := loop(steps(turns, 0)).Run(b.Context()); err != nil || r.Turns != turns {
			b.Fatal(r.Turns, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*turns), "µs/step")
}

// BenchmarkAgents is 1,000 agents side by side, 20 turns each, with a model
// that takes a second. The ideal is 20 seconds.
func BenchmarkAgents(b *testing.B) {
	const agents, turns = 1000, 20
	for b.Loop() {
		begin := time.Now()
		var all sync.WaitGroup
		for range agents {
			all.Go(func() {
				if r, err := loop(steps(turns, time.Second)).Run(b.Context()); err != nil || r.Turns != turns {
					b.Error(r.Turns, err)
				}
			})
		}
		all.Wait()
		b.ReportMetric(time.Since(begin).Seconds()/turns, "wall/ideal")
	}
}
