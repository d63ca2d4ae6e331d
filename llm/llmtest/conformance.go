package llmtest

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"bench"
	"bench/llm"
)

// Behaviour is what the server behind a client under test does.
type Behaviour string

// The behaviours. A maker of clients sets up a server for each.
const (
	// Speak answers SpokenText with SpokenUsage.
	Speak Behaviour = "speak"
	// CallTools asks for ToolCalls, of which the second has malformed arguments.
	CallTools Behaviour = "call_tools"
	// RateLimit refuses with status 429 and asks to be left alone for 7 s.
	RateLimit Behaviour = "rate_limit"
	// ServerError answers status 500.
	ServerError Behaviour = "server_error"
	// Unauthorized answers status 401.
	Unauthorized Behaviour = "unauthorized"
	// Overflow says that the conversation is too long for the model.
	Overflow Behaviour = "overflow"
	// Hang never answers; the client must give up by itself within seconds.
	Hang Behaviour = "hang"
	// Truncate breaks the connection in the middle of an answer.
	Truncate Behaviour = "truncate"
	// Disconnect breaks the connection before an answer.
	Disconnect Behaviour = "disconnect"
	// InvalidAnswer answers something that cannot be decoded.
	InvalidAnswer Behaviour = "invalid_answer"
	// NoUsage answers SpokenText without a usage report.
	NoUsage Behaviour = "no_usage"
)

// What Speak and CallTools say.
const SpokenText = "Half of “4” is <2> & that's it."

// SpokenUsage is the usage of Speak.
func SpokenUsage() bench.Usage {
	return bench.Usage{Input: 2000, CachedInput: 1024, Output: 50, Reasoning: 20}
}

// ToolCalls are the calls of CallTools.
func ToolCalls() []llm.ToolCall {
	return []llm.ToolCall{
		{Name: "terminal", Arguments: `{"command":"echo \"<a>\" && ls"}`},
		{Name: "file_editor", Arguments: `{"command": "view", "path"`},
	}
}

// Run checks the promises of llm.Client. The maker returns a client whose
// server behaves as asked, with a timeout of at most 2 s per attempt.
func Run(t *testing.T, maker func(t *testing.T, b Behaviour) llm.Client) {
	t.Run("speaks", func(t *testing.T) { t.Parallel(); speaks(t, maker(t, Speak)) })
	t.Run("calls tools", func(t *testing.T) { t.Parallel(); callsTools(t, maker(t, CallTools)) })
	t.Run("unknown usage", func(t *testing.T) {
		t.Parallel()
		resp, err := maker(t, NoUsage).Complete(t.Context(), question())
		if err != nil || resp.UnknownUsage != 1 || resp.Usage != (bench.Usage{}) {
			t.Errorf("answer without usage: %+v, %v", resp, err)
		}
	})
	for _, f := range failures {
		t.Run(string(f.behaviour), func(t *testing.T) {
			t.Parallel()
			fails(t, maker(t, f.behaviour), f)
		})
	}
	t.Run("cancelled", func(t *testing.T) { t.Parallel(); cancelled(t, maker(t, Hang)) })
	t.Run("dead context", func(t *testing.T) { t.Parallel(); deadContext(t, maker(t, Speak)) })
	t.Run("concurrent", func(t *testing.T) { t.Parallel(); concurrent(t, maker(t, Speak)) })
}

func question() llm.Request {
	temperature := 0.0
	return llm.Request{
		Model: "test-model", MaxOutputTokens: 512, Temperature: &temperature,
		Messages: []*llm.Message{llm.System("Be brief."), llm.User("What is half of 4?")},
		Tools: []byte(`[{"type":"function","function":{"name":"terminal",` +
			`"parameters":{"type":"object"}}}]`),
	}
}

func speaks(t *testing.T, c llm.Client) {
	req := question()
	before := bytes.Clone(req.Messages[1].JSON)
	resp, err := c.Complete(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Message == nil || resp.Message.Role != "assistant" || resp.Message.Text != SpokenText {
		t.Errorf("message %+v", resp.Message)
	}
	if resp.Usage != SpokenUsage() || resp.UnknownUsage != 0 {
		t.Errorf("usage %+v, unknown %d", resp.Usage, resp.UnknownUsage)
	}
	if resp.Finish != llm.FinishStop || resp.FinishReason == "" || resp.ServedModel == "" || resp.RequestID == "" {
		t.Errorf("finish %q (%q), model %q, request %q",
			resp.Finish, resp.FinishReason, resp.ServedModel, resp.RequestID)
	}
	if !bytes.Equal(before, req.Messages[1].JSON) {
		t.Error("the caller's message was changed")
	}
	times(t, resp)
}

func times(t *testing.T, resp llm.Response) {
	t.Helper()
	if resp.Start.IsZero() || resp.First.Before(resp.Start) || resp.End.Before(resp.First) {
		t.Errorf("times out of order: start %v, first %v, end %v", resp.Start, resp.First, resp.End)
	}
}

func callsTools(t *testing.T, c llm.Client) {
	resp, err := c.Complete(t.Context(), question())
	if err != nil {
		t.Fatal(err)
	}
	want := ToolCalls()
	got := resp.Message.ToolCalls
	if len(got) != len(want) {
		t.Fatalf("%d calls, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i].Name != want[i].Name || got[i].Arguments != want[i].Arguments {
			t.Errorf("call %d: %+v, want %+v", i, got[i], want[i])
		}
	}
	if got[0].ID == "" || got[0].ID == got[1].ID {
		t.Errorf("ids %q and %q", got[0].ID, got[1].ID)
	}
	if resp.Finish != llm.FinishToolCalls {
		t.Errorf("finish %q (%q)", resp.Finish, resp.FinishReason)
	}
}

// failure is what is promised of an attempt that fails.
type failure struct {
	behaviour  Behaviour
	status     int
	retryable  bool
	billed     bool
	is         error
	retryAfter time.Duration
}

var failures = []failure{
	{behaviour: RateLimit, status: 429, retryable: true, retryAfter: 7 * time.Second},
	{behaviour: ServerError, status: 500, retryable: true},
	{behaviour: Unauthorized, status: 401, is: llm.ErrRefused},
	{behaviour: Overflow, status: 400, is: llm.ErrContextOverflow},
	{behaviour: Hang, retryable: true, billed: true},
	{behaviour: Truncate, retryable: true, billed: true},
	{behaviour: Disconnect, retryable: true, billed: true},
	{behaviour: InvalidAnswer, retryable: true, billed: true},
}

func fails(t *testing.T, c llm.Client, want failure) {
	resp, err := c.Complete(t.Context(), question())
	var status *llm.StatusError
	if !errors.As(err, &status) {
		t.Fatalf("error %T %v, want a StatusError", err, err)
	}
	if status.Status != want.status || status.Retryable != want.retryable ||
		status.Billed != want.billed || status.RetryAfter != want.retryAfter {
		t.Errorf("%+v, want %+v", *status, want)
	}
	if want.is != nil && !errors.Is(err, want.is) {
		t.Errorf("error %v is not %v", err, want.is)
	}
	for _, other := range []error{llm.ErrRefused, llm.ErrContextOverflow} {
		if !errors.Is(want.is, other) && errors.Is(err, other) {
			t.Errorf("error %v is %v", err, other)
		}
	}
	if resp.Message != nil || resp.Start.IsZero() || resp.End.Before(resp.Start) {
		t.Errorf("response of a failure: %+v", resp)
	}
	if unknown := resp.UnknownUsage == 1; unknown != want.billed {
		t.Errorf("unknown usage %d, billed %v", resp.UnknownUsage, want.billed)
	}
}

func cancelled(t *testing.T, c llm.Client) {
	cause := &bench.LimitError{Scope: bench.ScopeTrial, Resource: bench.ResourceWall}
	ctx, cancel := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, cause)
	defer cancel()
	resp, err := c.Complete(ctx, question())
	var limit *bench.LimitError
	if !errors.As(err, &limit) || limit != cause {
		t.Errorf("error %v does not carry the cause", err)
	}
	var status *llm.StatusError
	if errors.As(err, &status) {
		t.Errorf("a cancelled call is no failed attempt: %+v", status)
	}
	if resp.UnknownUsage != 1 {
		t.Errorf("unknown usage %d, want 1: the request was under way", resp.UnknownUsage)
	}
}

func deadContext(t *testing.T, c llm.Client) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("over")
	cancel(cause)
	resp, err := c.Complete(ctx, question())
	if !errors.Is(err, cause) || !resp.Start.IsZero() || resp.UnknownUsage != 0 {
		t.Errorf("dead context: %+v, %v", resp, err)
	}
}

func concurrent(t *testing.T, c llm.Client) {
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			resp, err := c.Complete(t.Context(), question())
			if err != nil || resp.Message.Text != SpokenText {
				t.Errorf("%+v, %v", resp, err)
			}
		})
	}
	wg.Wait()
}
