package llm_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"bench"
	"bench/llm"
	"bench/llm/openai"
	"bench/llm/scripted"
	"bench/llm/wire"
)

// forAgent is the client of one agent, as its loop makes it.
func forAgent(shared llm.Client, m bench.Model, b *bench.Budget, rec bench.Recorder) llm.Client {
	return llm.Meter(llm.Budgeted(shared, b, m.Price), m, rec, 0)
}

// faulty answers eight turns and then stops, and breaks one request in ten.
const faulty = `
seed: 7
models:
  sim: {price: {input: 3.33, cached_input: 0.37, cache_write: 4.1, output: 15.7}}
rules:
  - {rate: 0.025, fault: {kind: status, status: 429, retry_after: 1s}}
  - {rate: 0.025, fault: {kind: status, status: 500}}
  - {rate: 0.025, fault: {kind: hang}}
  - {rate: 0.025, fault: {kind: truncate}}
  - {when: {turn: 8}, say: "That is all."}
  - {when: {turn: 1, conversation: "task 1?3\\b"}, calls: [{tool: terminal, raw: "{oops"}]}
  - {calls: [{tool: terminal, arguments: {command: "grep -rn needle ."}}]}
`

func start(t testing.TB, script string) (*scripted.Server, *openai.Client) {
	t.Helper()
	parsed, err := scripted.Parse("script", []byte(script))
	if err != nil {
		t.Fatal(err)
	}
	server := scripted.New(parsed, scripted.Options{})
	url, err := server.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	c, err := openai.New(openai.Options{Options: wire.Options{
		BaseURL: url + "/v1", APIKey: "none", Simulated: true, Timeout: 8 * time.Second,
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return server, c
}

// ledgerModel prices the model as the script does.
func ledgerModel() bench.Model {
	return bench.Model{Name: "sim", Model: "sim", MaxOutputTokens: 1000, Price: bench.Price{
		ID: "sim", Rates: bench.Rates{Input: bench.PerMillion(3.33),
			CachedInput: bench.PerMillion(0.37), CacheWrite: bench.PerMillion(4.1),
			Output: bench.PerMillion(15.7)},
	}}
}

// converse plays one agent until the model stops or steps are done, and
// returns the number of answers.
func converse(
	ctx context.Context, c llm.Client, m bench.Model, k bench.TrialKey, steps, size int,
) (int, error) {
	req := llm.NewRequest(m)
	req.Speaker = llm.Speaker{Trial: k, Role: bench.RoleSingle, Agent: "single"}
	req.Messages = []*llm.Message{
		llm.System(strings.Repeat("You fix bugs in small steps. ", 150)),
		llm.User("Please do " + k.InstanceID),
	}
	for i := range steps {
		req.Speaker.Turn = i + 1
		resp, err := c.Complete(ctx, req)
		if err != nil {
			return i, err
		}
		req.Messages = append(req.Messages, resp.Message)
		if len(resp.Message.ToolCalls) == 0 {
			return i + 1, nil
		}
		for _, call := range resp.Message.ToolCalls {
			req.Messages = append(req.Messages, llm.Observation(call.ID, strings.Repeat("x", size)))
		}
	}
	return steps, nil
}

// One request in ten fails, and not a nano-dollar is lost: what the events say,
// what the budget says and what the server has billed is the same.
func TestLedger(t *testing.T) {
	t.Parallel()
	server, provider := start(t, faulty)
	m := ledgerModel()
	shared := llm.Shared(provider, llm.RateLimit{Concurrency: 100},
		llm.RetryOptions{Base: 10 * time.Millisecond})
	run := bench.NewBudget(bench.ScopeRun, bench.Limits{})
	var mu sync.Mutex
	var calls []bench.LLMCall
	started := map[string]int{}
	rec := bench.NewRecorder("r1", func(_ context.Context, e bench.Event) error {
		mu.Lock()
		defer mu.Unlock()
		switch c := e.Payload.(type) {
		case bench.LLMCallStarted:
			started[c.CallID]++
		case bench.LLMCall: // every attempt was announced, and every wait for another one
			if started[c.CallID] != 1+2*c.Retries {
				t.Errorf("call %s: %d retries, announced %d times", c.CallID, c.Retries, started[c.CallID])
			}
			calls = append(calls, c)
		}
		return nil
	}, nil)
	var wg sync.WaitGroup
	for i := range 200 {
		k := bench.TrialKey{Configuration: "solo", InstanceID: fmt.Sprintf("task %d", i), Attempt: 1}
		budget := run.Child(bench.ScopeTrial, bench.Limits{Cost: bench.Dollars(5)})
		c := forAgent(shared, m, budget, rec.ForTrial(k).For("single"))
		wg.Go(func() {
			if n, err := converse(t.Context(), c, m, k, 10, 500); err != nil || n != 8 {
				t.Errorf("%v: %d answers, %v", k, n, err)
			}
		})
	}
	wg.Wait()
	checkLedger(t, server.Ledger(), calls, run.Spent())
}

func checkLedger(t *testing.T, ledger scripted.Ledger, calls []bench.LLMCall, spent bench.Amount) {
	t.Helper()
	var cost bench.USD
	var drawn bench.Amount
	var usage bench.Usage
	var retries, unknown int64
	ids := map[string]bool{}
	for _, c := range calls {
		cost += c.Cost
		drawn = drawn.Add(c.Amount())
		usage = usage.Add(c.Usage)
		retries += int64(c.Retries)
		unknown += int64(c.UnknownUsage)
		ids[c.CallID] = true
	}
	drawn.Iterations = spent.Iterations // those are counted in the trials
	if cost != ledger.Cost() || spent != drawn || ledger.Cost() == 0 {
		t.Errorf("events %d nano-dollars, drawn %+v, budget %+v, ledger %d", cost, drawn, spent, ledger.Cost())
	}
	if usage != ledger.Usage || usage.CachedInput == 0 || usage.CacheWrite == 0 {
		t.Errorf("events %+v, ledger %+v", usage, ledger.Usage)
	}
	if len(ids) != 1600 || ledger.Calls != 1600 {
		t.Errorf("%d call ids, %d calls billed", len(ids), ledger.Calls)
	}
	var faults int64
	for _, kind := range []string{"status_429", "status_500", "hang", "truncate"} {
		if ledger.Faults[kind] < 20 {
			t.Errorf("only %d faults of kind %s", ledger.Faults[kind], kind)
		}
		faults += ledger.Faults[kind]
	}
	if faults != retries {
		t.Errorf("%d faults, %d retries", faults, retries)
	}
	if want := ledger.Faults["hang"] + ledger.Faults["truncate"]; unknown != want {
		t.Errorf("unknown usage %d, want %d", unknown, want)
	}
	t.Logf("%d calls, %v, faults %v", ledger.Calls, ledger.Cost(), ledger.Faults)
}

// The same script must break the same requests in every run.
func TestFaultsAreReproducible(t *testing.T) {
	t.Parallel()
	outcome := func() string {
		server, provider := start(t, strings.ReplaceAll(faulty, "{kind: hang}", "{kind: disconnect}"))
		shared := llm.Shared(provider, llm.RateLimit{}, llm.RetryOptions{Base: time.Millisecond})
		var wg sync.WaitGroup
		for i := range 40 {
			k := bench.TrialKey{Configuration: "solo", InstanceID: fmt.Sprint(i), Attempt: 1}
			wg.Go(func() {
				if _, err := converse(t.Context(), shared, ledgerModel(), k, 10, 500); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		return fmt.Sprintf("%+v", server.Ledger())
	}
	if a, b := outcome(), outcome(); a != b {
		t.Errorf("two runs of one script:\n%s\n%s", a, b)
	}
}

func TestSharedTellsWhy(t *testing.T) {
	t.Parallel()
	_, provider := start(t, "rules: [{when: {model: other}, say: hi}]")
	shared := llm.Shared(provider, llm.RateLimit{}, llm.RetryOptions{})
	req := llm.Request{Model: "sim", Messages: []*llm.Message{llm.User("x")}}
	_, err := shared.Complete(t.Context(), req)
	if !errors.Is(err, llm.ErrRefused) ||
		!strings.Contains(err.Error(), `"sim" does not match other`) {
		t.Errorf("error %v", err)
	}
}

// BenchmarkAgents runs 1,000 agents of 20 calls each against a model that
// takes a second, client and server in one process. wall/ideal is the time it
// took by the 20 s it would take if nothing but the model took time.
func BenchmarkAgents(b *testing.B) {
	const agents, steps = 1000, 20
	_, provider := start(b, `
models: {sim: {price: {input: 3, cached_input: 0.3, output: 15}, latency: 1s}}
rules: [{calls: [{tool: terminal, arguments: {command: ls}}]}]`)
	m := ledgerModel()
	shared := llm.Shared(provider, llm.RateLimit{}, llm.RetryOptions{})
	rec := bench.NewRecorder("r1", func(context.Context, bench.Event) error { return nil }, nil)
	before := cpu(b)
	for b.Loop() {
		run := bench.NewBudget(bench.ScopeRun, bench.Limits{Cost: bench.Dollars(1e6)})
		var wg sync.WaitGroup
		for i := range agents {
			k := bench.TrialKey{Configuration: "solo", InstanceID: fmt.Sprint(i), Attempt: 1}
			c := forAgent(shared, m, run.Child(bench.ScopeTrial, bench.Limits{}),
				rec.ForTrial(k).For("single"))
			wg.Go(func() {
				if n, err := converse(b.Context(), c, m, k, steps, 500); err != nil || n != steps {
					b.Errorf("%d steps, %v", n, err)
				}
			})
		}
		wg.Wait()
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/steps, "wall/ideal")
	b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N)/agents/steps, "cpu-µs/call")
}

// cpu is the processor time this process has used, which other processes do
// not disturb as they do the wall.
func cpu(b *testing.B) time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
