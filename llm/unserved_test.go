package llm_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"bench"
	"bench/llm"
	"bench/llm/llmtest"
)

// A model that refuses the first three requests, and has served none, is sent no more:
// it is what all of them have in common.
func TestRefusesEverything(t *testing.T) {
	t.Parallel()
	no := &llm.StatusError{Status: 400, Err: fmt.Errorf("%w: no temperature", llm.ErrRefused)}
	long := &llm.StatusError{Status: 400, Err: fmt.Errorf("%w: 16000", llm.ErrContextOverflow)}
	plain := llm.Request{Messages: []*llm.Message{llm.User("x")}, MaxOutputTokens: 32000}
	probe, other, full := plain, plain, plain
	probe.Purpose = bench.PurposeProbe
	other.Send = func(context.Context, llm.Request) (llm.Response, error) {
		return llm.Response{}, no
	}
	full.Messages = []*llm.Message{llm.User(strings.Repeat("word ", 100_000))}
	for _, c := range []struct {
		name    string
		calls   []llm.Request
		answers []error // nil serves
		over    bool
	}{
		{"three", []llm.Request{plain, plain, plain}, []error{no, no, no}, true},
		{"served before", []llm.Request{plain, plain, plain, plain}, []error{no, no, no, no}, false},
		{"two", []llm.Request{plain, plain}, []error{no, no}, false},
		{"one was served", []llm.Request{plain, plain, plain, plain, plain},
			[]error{no, nil, no, no, no}, false},
		{"probes are no more of it", []llm.Request{plain, probe, plain, probe},
			[]error{no, no, no, no}, false},
		{"of another program", []llm.Request{other, other, other}, nil, false},
		{"no room for the answer", []llm.Request{plain, plain, plain},
			[]error{long, long, long}, true},
		{"long conversations", []llm.Request{full, full, full}, []error{long, long, long}, false},
	} {
		fake := &llmtest.Fake{}
		fake.Do = func(context.Context, llm.Request) (llm.Response, error) {
			err := c.answers[len(fake.Requests())-1]
			return llm.Response{Message: llm.Assistant("a", nil), FinishReason: "stop"}, err
		}
		var told []error
		shared := llm.Shared(fake, llm.RateLimit{}, llm.RetryOptions{
			Hopeless: func(err error) { told = append(told, err) },
			Served:   func() bool { return c.name == "served before" },
		})
		for i, req := range c.calls {
			_, err := shared.Complete(t.Context(), req)
			last := i == len(c.calls)-1
			if over := errors.Is(err, llm.ErrHopeless); over != (c.over && last) {
				t.Errorf("%s: call %d: %v", c.name, i+1, err)
			}
		}
		if (len(told) == 1) != c.over {
			t.Errorf("%s: told %v", c.name, told)
		}
		if !c.over {
			continue
		}
		if _, err := shared.Complete(t.Context(), plain); !errors.Is(err, llm.ErrHopeless) ||
			len(fake.Requests()) > len(c.calls) {
			t.Errorf("%s: asked again: %v", c.name, err)
		}
	}
}

// Calls that are under way may still be served, so they are waited for.
func TestRefusesWhileAnotherIsUnderWay(t *testing.T) {
	t.Parallel()
	sent, serve := make(chan bool), make(chan bool)
	no := &llm.StatusError{Status: 400, Err: llm.ErrRefused}
	fake := &llmtest.Fake{Do: func(_ context.Context, r llm.Request) (llm.Response, error) {
		if r.Model == "refused" {
			return llm.Response{}, no
		}
		close(sent)
		<-serve
		return llm.Response{Message: llm.Assistant("a", nil), FinishReason: "stop"}, nil
	}}
	shared := llm.Shared(fake, llm.RateLimit{}, llm.RetryOptions{})
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := shared.Complete(t.Context(), llm.Request{Model: "served"}); err != nil {
			t.Error(err)
		}
	})
	<-sent
	for range 5 {
		_, err := shared.Complete(t.Context(), llm.Request{Model: "refused"})
		if errors.Is(err, llm.ErrHopeless) {
			t.Error(err)
		}
	}
	close(serve)
	wg.Wait()
}
