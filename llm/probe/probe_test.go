package probe_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"bench"
	"bench/llm"
	"bench/llm/llmtest"
	"bench/llm/probe"
)

func model() bench.Model {
	return bench.Model{Name: "m", Model: "vendor/big-5", Price: bench.Price{
		ID: "test", Rates: bench.Rates{Input: bench.PerMillion(1), Output: bench.PerMillion(10)},
	}}
}

func call(id, args string) llm.ToolCall {
	return llm.ToolCall{ID: id, Name: "report_word", Arguments: args}
}

// good is a model that can do everything.
func good() (llm.Response, llm.Response) {
	first := llmtest.Answer("", call("a", `{"word":"alpha"}`), call("b", `{"word":"beta"}`))
	first.Message = llm.Answer{ToolCalls: first.Message.ToolCalls, Extra: json.RawMessage(`{"reasoning":""}`)}.Message()
	first.Usage, first.ServedModel = bench.Usage{Input: 4000, Output: 100, Reasoning: 30}, "big-5-2026-01-01"
	second := llmtest.Answer("done")
	second.Usage = bench.Usage{Input: 4200, CachedInput: 4096, Output: 2}
	return first, second
}

// Each row spoils one thing, and one check says so.
func TestProbe(t *testing.T) {
	t.Parallel()
	cost := bench.Dollars(0.5)
	for _, c := range []struct {
		name   string
		spoil  func(first, second *llm.Response)
		check  string
		status bench.CheckStatus
		says   string
	}{
		{"all is well", func(*llm.Response, *llm.Response) {}, "prompt cache", bench.CheckOK, "4096 of 4200"},
		{"fields that go back", func(*llm.Response, *llm.Response) {}, "takes back its answer", bench.CheckOK, "with reasoning"},
		{"no calls", func(f, _ *llm.Response) { f.Message = llm.Assistant("alpha", nil) }, "tools", bench.CheckFail, "did not"},
		{"bad arguments", func(f, _ *llm.Response) {
			f.Message = llm.Assistant("", []llm.ToolCall{call("a", `{"word":`), call("b", `{"word":"x"}`)})
		}, "tools", bench.CheckWarn, "1 of 2"},
		{"one at a time", func(f, _ *llm.Response) {
			f.Message = llm.Assistant("", []llm.ToolCall{call("a", `{"word":"x"}`)})
		}, "parallel calls", bench.CheckWarn, "one after the other"},
		{"no usage", func(f, _ *llm.Response) { f.Usage, f.UnknownUsage = bench.Usage{}, 1 }, "usage", bench.CheckFail, ""},
		{"no cache", func(_, s *llm.Response) { s.Usage.CachedInput = 0 }, "prompt cache", bench.CheckWarn, "cache: markers"},
		{"another price", func(f, _ *llm.Response) { f.ReportedCost = &cost }, "price", bench.CheckWarn, "$0.50"},
		{"another model", func(f, _ *llm.Response) { f.ServedModel = "small-1" }, "served model", bench.CheckWarn, "small-1 answers"},
	} {
		first, second := good()
		c.spoil(&first, &second)
		r := probe.Run(t.Context(), llmtest.Sequence(first, second), model())
		found := false
		for _, check := range r.Checks {
			if check.Name == c.check {
				found = true
				if check.Status != c.status || !strings.Contains(check.Text, c.says) {
					t.Errorf("%s: %+v, want %s … %s", c.name, check, c.status, c.says)
				}
			}
		}
		if !found {
			t.Errorf("%s: no check %q in %+v", c.name, c.check, r.Checks)
		}
		if r.Checks.Failed() != (c.status == bench.CheckFail) {
			t.Errorf("%s: failed %v", c.name, r.Checks.Failed())
		}
	}
}

// What a model refuses is the last check.
func TestRefused(t *testing.T) {
	t.Parallel()
	first, _ := good()
	n := 0
	echo := &llmtest.Fake{Do: func(_ context.Context, req llm.Request) (llm.Response, error) {
		if n++; n == 1 {
			return first, nil
		}
		if len(req.Messages) != 5 || req.Messages[2] != first.Message {
			t.Errorf("the second call: %d messages", len(req.Messages))
		}
		return llm.Response{}, &llm.StatusError{Status: 400, Err: fmt.Errorf("%w: thought_signature", llm.ErrRefused)}
	}}
	r := probe.Run(t.Context(), echo, model())
	last := r.Checks[len(r.Checks)-1]
	if !r.Checks.Failed() || last.Name != "takes back its answer" || !strings.Contains(last.Text, "thought_signature") {
		t.Errorf("%+v", r.Checks)
	}
	r = probe.Run(t.Context(), llmtest.Sequence(), model())
	if !r.Checks.Failed() || len(r.Checks) != 1 {
		t.Errorf("%+v", r.Checks)
	}
	hopeless := &llmtest.Fake{Do: func(context.Context, llm.Request) (llm.Response, error) {
		return llm.Response{}, errors.Join(llm.ErrHopeless)
	}}
	if r = probe.Run(t.Context(), hopeless, model()); !strings.Contains(r.Checks[0].Text, "balance") {
		t.Errorf("%+v", r.Checks)
	}
}
