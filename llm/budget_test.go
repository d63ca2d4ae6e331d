package llm_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"bench"
	"bench/llm"
	"bench/llm/llmtest"
)

var price = bench.Price{ID: "test", Rates: bench.Rates{
	Input: bench.PerMillion(10), CachedInput: bench.PerMillion(1), Output: bench.PerMillion(100),
}}

func answering(u bench.Usage) *llmtest.Fake {
	return &llmtest.Fake{Do: func(context.Context, llm.Request) (llm.Response, error) {
		r := llmtest.Answer("x")
		r.Usage = u
		return r, nil
	}}
}

// request is estimated at 64 tokens.
func request(maxOutput int64) llm.Request { return llm.Request{MaxOutputTokens: maxOutput} }

func TestBudgetReservesAndSettles(t *testing.T) {
	t.Parallel()
	budget := bench.NewBudget(bench.ScopeTrial, bench.Limits{Cost: bench.Dollars(1)})
	var held bench.USD
	c := llm.Budgeted(&llmtest.Fake{Do: func(context.Context, llm.Request) (llm.Response, error) {
		held = bench.Dollars(1) - budget.Left().Cost
		r := llmtest.Answer("x")
		r.Usage = bench.Usage{Input: 100, CachedInput: 50, Output: 10}
		return r, nil
	}}, budget, price)
	resp, err := c.Complete(t.Context(), request(1000))
	if err != nil {
		t.Fatal(err)
	}
	if want := bench.Dollars(64*10e-6 + 1000*100e-6); held != want || resp.Reserved != want {
		t.Errorf("held %v, response says %v, want %v", held, resp.Reserved, want)
	}
	if resp.EstimatedInput != 64 {
		t.Errorf("estimated input %d", resp.EstimatedInput)
	}
	cost := bench.Dollars(50*10e-6 + 50*1e-6 + 10*100e-6)
	want := bench.Amount{Iterations: 1, Cost: cost, Tokens: 110}
	if got := budget.Spent(); got != want {
		t.Errorf("spent %+v, want %+v", got, want)
	}
}

func TestBudgetShrinksOutput(t *testing.T) {
	t.Parallel()
	cost := func(tokens int64) bench.USD { return bench.USD(tokens*100_000 + 64*10_000 + 1) }
	for _, c := range []struct {
		name     string
		limits   bench.Limits
		want     int64 // output asked for; 0: refused
		resource bench.Resource
	}{
		{"enough", bench.Limits{Cost: cost(1000), Tokens: 1064}, 1000, ""},
		{"money for half", bench.Limits{Cost: cost(500)}, 500, ""},
		{"tokens for half", bench.Limits{Tokens: 64 + 500}, 500, ""},
		{"the scarcer counts", bench.Limits{Tokens: 64 + 500, Cost: cost(300)}, 300, ""},
		{"just the floor", bench.Limits{Cost: cost(256)}, 256, ""},
		{"below the floor", bench.Limits{Cost: cost(255)}, 0, bench.ResourceCost},
		{"tokens below the floor", bench.Limits{Tokens: 300}, 0, bench.ResourceTokens},
		{"not even the input", bench.Limits{Cost: 100}, 0, bench.ResourceCost},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			fake := answering(bench.Usage{Input: 1, Output: 1})
			budget := bench.NewBudget(bench.ScopeActivation, c.limits)
			_, err := llm.Budgeted(fake, budget, price).Complete(t.Context(), request(1000))
			if c.want == 0 {
				limit, ok := err.(*bench.LimitError) //nolint:errorlint // it must come unwrapped
				if !ok || limit.Resource != c.resource || limit.Scope != bench.ScopeActivation {
					t.Errorf("error %v", err)
				}
				if len(fake.Requests()) != 0 || budget.Spent() != (bench.Amount{}) {
					t.Errorf("%d requests, spent %+v", len(fake.Requests()), budget.Spent())
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := fake.Requests()[0].MaxOutputTokens; got != c.want {
				t.Errorf("asked for %d tokens, want %d", got, c.want)
			}
		})
	}
}

func TestBudgetIterations(t *testing.T) {
	t.Parallel()
	budget := bench.NewBudget(bench.ScopeAgent, bench.Limits{Iterations: 2})
	c := llm.Budgeted(&llmtest.Fake{Do: func(context.Context, llm.Request) (llm.Response, error) {
		return llm.Response{Start: time.Now()}, errors.New("broken")
	}}, budget, price)
	for i := range 3 {
		_, err := c.Complete(t.Context(), request(1))
		var limit *bench.LimitError
		if refused := errors.As(err, &limit); refused != (i == 2) {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if got := budget.Spent(); got != (bench.Amount{Iterations: 2}) {
		t.Errorf("failed calls spent %+v", got)
	}
}

// The estimate of a conversation rests on what the last call used.
func TestBudgetLearns(t *testing.T) {
	t.Parallel()
	budget := bench.NewBudget(bench.ScopeTrial, bench.Limits{})
	c := llm.Budgeted(answering(bench.Usage{Input: 5000, Output: 300}), budget, price)
	long := llm.User(string(make([]byte, 1000))) // zeros take six bytes each as JSON
	req := llm.Request{Messages: []*llm.Message{long}}
	first, err := c.Complete(t.Context(), req)
	if err != nil || first.EstimatedInput != int64(len(long.JSON))/4+4+64 {
		t.Fatalf("first estimate %d, %v", first.EstimatedInput, err)
	}
	added := llm.Observation("1", string(make([]byte, 400)))
	req.Messages = append(req.Messages, first.Message, added)
	second, _ := c.Complete(t.Context(), req)
	if want := 5000 + 300 + int64(len(added.JSON))/4 + 4; second.EstimatedInput != want {
		t.Errorf("second estimate %d, want %d", second.EstimatedInput, want)
	}
	req.Messages = []*llm.Message{added}
	third, _ := c.Complete(t.Context(), req)
	if want := int64(len(added.JSON))/4 + 4 + 64; third.EstimatedInput != want {
		t.Errorf("estimate of a rewritten conversation %d, want %d", third.EstimatedInput, want)
	}
}

// Whatever runs at the same time, a budget is not overdrawn as long as
// providers keep to what they were asked for.
func TestBudgetIsNeverOverdrawn(t *testing.T) {
	t.Parallel()
	limit := bench.Dollars(1)
	run := bench.NewBudget(bench.ScopeRun, bench.Limits{Cost: limit})
	var wg sync.WaitGroup
	var mu sync.Mutex
	calls := 0
	for range 8 {
		c := llm.Budgeted(&llmtest.Fake{Do: func(_ context.Context, r llm.Request) (llm.Response, error) {
			mu.Lock()
			calls++
			mu.Unlock()
			resp := llmtest.Answer("x")
			resp.Usage = bench.Usage{Input: 64, Output: r.MaxOutputTokens} // the worst
			return resp, nil
		}}, run.Child(bench.ScopeActivation, bench.Limits{}), price)
		wg.Go(func() {
			for {
				if _, err := c.Complete(t.Context(), request(700)); err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	if got := run.Spent().Cost; got > limit || got < limit-bench.Dollars(0.03) {
		t.Errorf("spent %v of %v", got, limit)
	}
	if calls < 14 {
		t.Errorf("only %d calls", calls)
	}
}
