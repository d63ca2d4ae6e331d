package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bench"
	"bench/agent"
	"bench/llm"
	"bench/llm/openai"
	"bench/llm/scripted"
	"bench/results"
	"bench/sandbox/helper"
)

// BenchmarkStart is the start of the built program, to its first line and its
// end.
func BenchmarkStart(b *testing.B) {
	program := filepath.Join(b.TempDir(), "bench")
	build := exec.Command("go", "build", "-ldflags", "-s -w", "-o", program, ".")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	for b.Loop() {
		if err := exec.Command(program, "--help").Run(); err != nil {
			b.Fatal(err)
		}
	}
}

// TestHelpersStartEarly: a helper is started for every sandbox and every command
// that overlaps another, and must not pay for the initialization of what only
// the rest of the program needs.
func TestHelpersStartEarly(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	helper := exec.Command(self, helper.Arg) // ends at the end of its input, which is empty
	helper.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	var inits strings.Builder
	helper.Stderr = &inits
	if err := helper.Run(); err != nil {
		t.Fatal(err, inits.String())
	}
	if !strings.Contains(inits.String(), "init runtime") {
		t.Fatalf("no trace of initializations:\n%s", inits.String())
	}
	for _, late := range []string{
		"net/http", "github.com/distribution/reference", "bench/agent", "bench/llm/wire",
	} {
		if strings.Contains(inits.String(), "init "+late+" @") {
			t.Errorf("%s is initialized in helpers", late)
		}
	}
}

// BenchmarkThousandAgents is 1,000 agents of 20 turns each at a model that
// takes a second, over HTTP, with budgets, retries, and events of 2 KB: first
// recorded nowhere, then in a database. The ideal is 20 seconds. Client and
// server share the processors.
func BenchmarkThousandAgents(b *testing.B) {
	b.Run("memory", func(b *testing.B) {
		var seq atomic.Int64
		thousandAgents(b, func(context.Context, bench.Event) (int64, error) {
			return seq.Add(1), nil
		})
	})
	b.Run("database", func(b *testing.B) {
		store, err := results.Open(b.Context(), filepath.Join(b.TempDir(), "bench.db"))
		if err != nil {
			b.Fatal(err)
		}
		defer store.Close()
		thousandAgents(b, store.Append)
	})
}

const (
	agents = 1000
	turns  = 20
	script = `
models: {sim: {price: {input: 1, output: 4}, latency: 1s}}
rules:
  - {when: {turn: 20}, say: done}
  - {when: {model: sim}, calls: [{tool: page, arguments: {}}]}
`
)

func thousandAgents(b *testing.B, append func(context.Context, bench.Event) (int64, error)) {
	b.Helper()
	parsed, err := scripted.Parse("script", []byte(script))
	if err != nil {
		b.Fatal(err)
	}
	server := scripted.New(parsed, scripted.Options{})
	url, err := server.Start("127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	var o openai.Options
	o.BaseURL, o.Simulated = url+"/v1", true
	client, err := openai.New(o)
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	shared := llm.Shared(client, llm.RateLimit{}, llm.RetryOptions{})
	for b.Loop() {
		begin := time.Now()
		crowd(b, shared, begin.Format("150405.000"), append)
		b.ReportMetric(time.Since(begin).Seconds()/turns, "wall/ideal")
	}
}

// crowd is one run of a thousand trials.
func crowd(
	b *testing.B, client llm.Client, run string, append func(context.Context, bench.Event) (int64, error),
) {
	b.Helper()
	model := bench.Model{
		Name: "sim", Model: "sim", MaxOutputTokens: 1000, Simulated: true,
		Price: bench.Price{ID: "sim", Rates: bench.Rates{
			Input: bench.PerMillion(1), CachedInput: bench.PerMillion(1), Output: bench.PerMillion(4),
		}},
	}
	record := bench.NewRecorder(run, func(ctx context.Context, e bench.Event) error {
		_, err := append(ctx, e)
		return err
	}, nil)
	keys := make([]bench.TrialKey, agents)
	tasks := make([]bench.TaskRef, agents)
	for i := range keys {
		id := fmt.Sprintf("a__b-%d", i)
		keys[i] = bench.TrialKey{Configuration: "solo", InstanceID: id, Attempt: 1}
		tasks[i] = bench.TaskRef{InstanceID: id}
	}
	must(record.Record(b.Context(), bench.RunStarted{
		Name: "crowd", Trials: keys, Tasks: tasks, Simulated: true,
		Configurations: []bench.Configuration{{Name: "solo", Kind: bench.KindSingle, Main: model}},
	}))
	var all sync.WaitGroup
	for _, key := range keys {
		all.Go(func() {
			budget := bench.NewBudget(bench.ScopeTrial, bench.Limits{})
			loop := &agent.Loop{
				Agent: "main", Role: bench.RoleSingle, Client: client, Model: model,
				Record: record.ForTrial(key).For("main"), Budget: budget,
				Tools: []agent.Tool{&pager{}}, MaxParallelTools: 8, System: "s", First: "f",
			}
			if r, err := loop.Run(b.Context()); err != nil || r.Turns != turns {
				b.Error(r.State, r.Turns, err, r.Err)
			}
		})
	}
	all.Wait()
}

// pager is a tool that answers every call with another 2 KB.
type pager struct{ calls int }

func (*pager) Definition() agent.Definition {
	schema := []byte(`{"type":"object"}`)
	return agent.Definition{Name: "page", Description: "turns a page", Parameters: schema}
}

func (p *pager) Accept(context.Context, agent.Call) (agent.Work, error) {
	p.calls++
	text := fmt.Sprintf("page %d\n", p.calls) + strings.Repeat("word ", 400)
	return agent.Work{Run: func(context.Context, *agent.Hold) agent.Observation {
		return agent.Observation{Text: text}
	}}, nil
}
