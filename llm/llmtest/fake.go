// Package llmtest helps to test what talks to language models: a fake client
// for agents and decorators, and a conformance kit for implementations of
// llm.Client.
package llmtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"bench"
	"bench/llm"
)

// Fake is an llm.Client that does what its function says, and remembers what
// it was asked. A Fake without a function refuses everything.
type Fake struct {
	Do func(ctx context.Context, req llm.Request) (llm.Response, error)

	mu       sync.Mutex
	requests []llm.Request
}

var _ llm.Client = (*Fake)(nil)

// Complete calls Do.
func (f *Fake) Complete(ctx context.Context, req llm.Request) (llm.Response, error) {
	f.mu.Lock()
	f.requests = append(f.requests, req)
	f.mu.Unlock()
	if f.Do == nil {
		return llm.Response{}, &llm.StatusError{Err: fmt.Errorf("%w: nothing to say", llm.ErrRefused)}
	}
	return f.Do(ctx, req)
}

// Requests returns what was asked so far.
func (f *Fake) Requests() []llm.Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]llm.Request(nil), f.requests...)
}

// Answer is a successful response with times and a usage that grows with the
// text. It asks for calls if there are any.
func Answer(text string, calls ...llm.ToolCall) llm.Response {
	now := time.Now()
	r := llm.Response{
		Message: llm.Assistant(text, calls), FinishReason: "stop", Finish: llm.FinishStop, ServedModel: "fake",
		Usage: bench.Usage{Input: 100, Output: int64(len(text)/4) + 1},
		Start: now, First: now, End: now,
	}
	if len(calls) > 0 {
		r.FinishReason, r.Finish = "tool_calls", llm.FinishToolCalls
	}
	return r
}

// Sequence returns a Fake that gives the answers in turn, and refuses when
// there are none left.
func Sequence(answers ...llm.Response) *Fake {
	var mu sync.Mutex
	return &Fake{Do: func(ctx context.Context, _ llm.Request) (llm.Response, error) {
		mu.Lock()
		defer mu.Unlock()
		if ctx.Err() != nil {
			return llm.Response{}, fmt.Errorf("fake: %w", context.Cause(ctx))
		}
		if len(answers) == 0 {
			return llm.Response{}, errors.New("fake: no answer left")
		}
		next := answers[0]
		answers = answers[1:]
		return next, nil
	}}
}
