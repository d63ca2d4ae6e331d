package llm_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"bench"
	"bench/llm"
	"bench/llm/llmtest"
)

// tiered is what Gemini 3.1 Pro costs
// (https://ai.google.dev/gemini-api/docs/pricing): dearer above 200,000 tokens.
var tiered = bench.Price{
	ID:    "tiered",
	Rates: bench.Rates{Input: bench.PerMillion(2), CachedInput: bench.PerMillion(0.2), Output: bench.PerMillion(12)},
	Tiers: []bench.Tier{{Above: 200_000, Rates: bench.Rates{
		Input: bench.PerMillion(4), CachedInput: bench.PerMillion(0.4), Output: bench.PerMillion(18),
	}}},
}

// failing fails once with resp and a failure that may be repeated, and then
// answers.
func failing(resp, answer llm.Response) *llmtest.Fake {
	f := &llmtest.Fake{}
	f.Do = func(context.Context, llm.Request) (llm.Response, error) {
		if len(f.Requests()) == 1 {
			return resp, &llm.StatusError{Retryable: true, Billed: true, Err: errors.New("spoiled")}
		}
		return answer, nil
	}
	return f
}

// Two attempts below the tier are two calls below it, wherever the sum is used.
func TestAttemptsArePricedOneByOne(t *testing.T) {
	t.Parallel()
	used := bench.Usage{Input: 150_000, Output: 1000}
	answer := llmtest.Answer("done")
	answer.Usage = used
	client := failing(llm.Response{Start: time.Now(), Usage: used}, answer)
	budget := bench.NewBudget(bench.ScopeTrial, bench.Limits{Cost: bench.Dollars(5)})
	var j journal
	m := model
	m.Price = tiered
	stack := llm.Meter(llm.Budgeted(llm.Retry(client, llm.RetryOptions{Base: 1}), budget, tiered), m,
		j.recorder(), 0)
	resp, err := stack.Complete(t.Context(), llm.NewRequest(m))
	if err != nil {
		t.Fatal(err)
	}
	want := bench.Dollars(2 * 0.312)
	c := j.call(t, 0)
	for what, got := range map[string]bench.USD{
		"response": resp.Cost(tiered), "event": c.Cost, "event, priced again": c.CostAt(tiered),
		"budget": budget.Spent().Cost,
	} {
		if got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	if len(c.Attempts) != 2 || c.Usage.Input != 300_000 {
		t.Errorf("attempts %+v, usage %+v", c.Attempts, c.Usage)
	}
}

// What was perhaps billed without a report is estimated, recorded apart, and
// charged: input by the size of the request, output by that of what came.
func TestUnreportedIsCharged(t *testing.T) {
	t.Parallel()
	req := llm.NewRequest(model)
	req.Messages = []*llm.Message{llm.User(strings.Repeat("word ", 800))}
	input := llm.EstimateInput(req)
	said := llmtest.Answer(strings.Repeat("word ", 400))
	output := int64(len(said.Message.JSON)+3) / 4
	silent := func(r llm.Response, u bench.Usage) llm.Response {
		r.Usage, r.UnknownUsage = u, 1
		return r
	}
	without := func(r llm.Response) llm.Response {
		r.Usage = bench.Usage{}
		return r
	}
	whole := llmtest.Answer("done")
	for _, c := range []struct {
		name   string
		client *llmtest.Fake
		want   []bench.Usage
	}{
		{"an answer without usage", llmtest.Sequence(silent(said, bench.Usage{})),
			[]bench.Usage{{Input: input, Output: output}}},
		{"an answer whose output is not reported", llmtest.Sequence(silent(said, bench.Usage{Input: 900})),
			[]bench.Usage{{Input: input - 900, Output: output}}},
		{"one that nobody called unknown", llmtest.Sequence(without(said)),
			[]bench.Usage{{Input: input, Output: output}}},
		{"a failed attempt", failing(llm.Response{Start: whole.Start, UnknownUsage: 1}, whole),
			[]bench.Usage{{Input: input}}},
		{"a stream that was cut", failing(llm.Response{Start: whole.Start, UnknownUsage: 1, Said: 401}, whole),
			[]bench.Usage{{Input: input, Output: 101}}},
		{"both", failing(silent(llm.Response{Start: whole.Start}, bench.Usage{}), silent(said, bench.Usage{})),
			[]bench.Usage{{Input: input}, {Input: input, Output: output}}},
		{"nothing to estimate", llmtest.Sequence(whole), nil},
	} {
		budget := bench.NewBudget(bench.ScopeTrial, bench.Limits{})
		var j journal
		stack := llm.Meter(llm.Budgeted(llm.Retry(c.client, llm.RetryOptions{Base: 1}), budget, price),
			model, j.recorder(), 0)
		if _, err := stack.Complete(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		call := j.call(t, 0)
		var estimate bench.USD
		for i, u := range call.Unreported {
			if i >= len(c.want) || u.Usage != c.want[i] {
				t.Errorf("%s: estimate %d is %+v, want %+v", c.name, i, u.Usage, c.want)
			}
			estimate += u.Usage.Cost(price)
		}
		if len(call.Unreported) != len(c.want) || call.UnknownUsage != len(c.want) {
			t.Errorf("%s: %d estimates of %d attempts", c.name, len(call.Unreported), call.UnknownUsage)
		}
		if call.EstimatedUnknown != estimate || call.Cost != call.Usage.Cost(price) {
			t.Errorf("%s: cost %v, estimate %v, want %v", c.name, call.Cost, call.EstimatedUnknown, estimate)
		}
		drawn := call.Amount()
		if spent := budget.Spent(); spent != drawn || spent.Cost != call.Cost+estimate {
			t.Errorf("%s: budget %+v, event %+v", c.name, spent, drawn)
		}
	}
}

// A provider that reports nothing ends at the limit, not beyond it by more than
// the estimate of one call.
func TestBudgetHoldsWithoutReports(t *testing.T) {
	t.Parallel()
	limit := bench.Dollars(0.5)
	budget := bench.NewBudget(bench.ScopeTrial, bench.Limits{Cost: limit})
	client := &llmtest.Fake{Do: func(context.Context, llm.Request) (llm.Response, error) {
		r := llmtest.Answer(strings.Repeat("thinking ", 50))
		r.Usage, r.UnknownUsage = bench.Usage{}, 1
		return r, nil
	}}
	stack := llm.Budgeted(client, budget, price)
	req := llm.NewRequest(model)
	req.Messages = []*llm.Message{llm.User(strings.Repeat("word ", 800))}
	var err error
	calls := 0
	for ; err == nil && calls < 1000; calls++ {
		_, err = stack.Complete(t.Context(), req)
	}
	var reached *bench.LimitError
	if !errors.As(err, &reached) || reached.Resource != bench.ResourceCost {
		t.Fatalf("after %d calls: %v", calls, err)
	}
	if spent := budget.Spent().Cost; spent > limit || spent < limit/2 {
		t.Errorf("%s spent in %d calls, the limit is %s", spent, calls, limit)
	}
}
