package agent_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"bench"
	"bench/agent"
	"bench/agent/agenttest"
	"bench/llm"
	"bench/llm/llmtest"
)

// bounded returns a client that asks for long outputs and refuses conversations
// of more than most bytes in words of its own.
func bounded(status, most int, words error) *llmtest.Fake {
	turn := 0
	return &llmtest.Fake{Do: func(_ context.Context, req llm.Request) (llm.Response, error) {
		size := 0
		for _, m := range req.Messages {
			size += len(m.JSON)
		}
		if size > most {
			now := time.Now()
			return llm.Response{Start: now, End: now}, &llm.StatusError{Status: status, Err: words}
		}
		turn++
		resp := llmtest.Answer("so far", use("long", fmt.Sprint(turn)))
		resp.Usage.Input = int64(size / 4)
		return resp, nil
	}}
}

var long = does("long", func(context.Context, agent.Call) agent.Observation {
	return agent.Observation{Text: strings.Repeat("line of output\n", 300)}
})

// A refusal that comes with the length of the conversation is a limit on tokens,
// whatever its words: what was done so far stands.
func TestOverflowWithoutWords(t *testing.T) {
	t.Parallel()
	refused := func(words string) error { return fmt.Errorf("%w: %s", llm.ErrRefused, words) }
	for _, c := range []struct {
		source string
		status int
		words  error
	}{
		{"a gateway that says nothing", 400, refused("Bad Request")},
		{"nginx client_max_body_size", 413, refused("Request Entity Too Large")},
		{"a server on FastAPI", 422, refused("Unprocessable Entity")},
		{"words that nobody knows yet", 400, refused("your prompt is more than we can chew")},
		{"a code alone", 400, refused("20015")},
	} {
		client := bounded(c.status, 20_000, c.words)
		o := run(t, t.Context(), client, func(l *agent.Loop) { l.Tools = []agent.Tool{long} })
		if o.State != bench.AgentLimitContext || o.Message != "so far" {
			t.Errorf("%s: %s, %v", c.source, o.State, o.Err)
		}
		calls := agenttest.Of[bench.LLMCall](o.log)
		last := calls[len(calls)-1]
		if last.Purpose != bench.PurposeProbe || len(last.Messages) > 0 || last.Error != "" {
			t.Errorf("%s: the last call is %+v", c.source, last)
		}
		if before := calls[len(calls)-2]; before.Error == "" {
			t.Errorf("%s: no call was refused", c.source)
		}
	}
}

// Near the window that is known nobody has to be asked.
func TestOverflowNearWindow(t *testing.T) {
	t.Parallel()
	for _, window := range []func(*bench.Model){
		func(m *bench.Model) { m.ContextWindow = 5_500 },
		func(m *bench.Model) { m.KnownWindow = 5_500 }, // of the price table
	} {
		client := bounded(400, 18_000, fmt.Errorf("%w: no", llm.ErrRefused))
		o := run(t, t.Context(), client, func(l *agent.Loop) {
			l.Tools, l.Model.MaxOutputTokens = []agent.Tool{long}, 100
			window(&l.Model)
		})
		if o.State != bench.AgentLimitContext {
			t.Errorf("%s", o.State)
		}
		for _, c := range agenttest.Of[bench.LLMCall](o.log) {
			if c.Purpose == bench.PurposeProbe {
				t.Error("a probe was made")
			}
		}
	}
}

// What length has nothing to do with stays a fault of the provider.
func TestNoOverflow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		status int
		most   int
		words  error
		probed bool
	}{
		{"refused from the start", 400, 0, llm.ErrRefused, false},
		{"refused however short", 400, -1, llm.ErrRefused, true},
		{"no balance", 400, 20_000, llm.ErrHopeless, false},
		{"no such model", 404, 20_000, llm.ErrRefused, false},
		{"broken", 500, 20_000, errors.New("broken"), false},
	} {
		client := bounded(c.status, c.most, c.words)
		if c.most < 0 { // serves until the conversation is long, and nothing after that
			next, closed := bounded(c.status, 20_000, c.words), false
			client = &llmtest.Fake{Do: func(ctx context.Context, req llm.Request) (llm.Response, error) {
				if closed {
					now := time.Now()
					return llm.Response{Start: now, End: now}, &llm.StatusError{Status: c.status, Err: c.words}
				}
				resp, err := next.Complete(ctx, req)
				closed = err != nil
				return resp, err
			}}
		}
		o := run(t, t.Context(), client, func(l *agent.Loop) { l.Tools = []agent.Tool{long} })
		if o.State != bench.AgentErrorLLM {
			t.Errorf("%s: %s", c.name, o.State)
		}
		calls := agenttest.Of[bench.LLMCall](o.log)
		if got := calls[len(calls)-1].Purpose == bench.PurposeProbe; got != c.probed {
			t.Errorf("%s: probed %v", c.name, got)
		}
	}
}
