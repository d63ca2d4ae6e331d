// Package llm is the port to language models: one request to one model, and
// the decorators that every call passes through.
//
//	meter( budget( retry( limit( provider ))))
//
// The outermost sees every dollar, the innermost touches the network. The two
// inner decorators are shared by all agents on one model (Shared), the two
// outer ones belong to one agent and its conversation (ForAgent).
package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"bench"
)

// Client completes chat requests. Implementations are safe for concurrent use.
//
// A non-nil error comes with a Response whose accounting fields (times,
// retries, waits, unknown usage) are still true, because failed calls are
// recorded too.
type Client interface {
	Complete(ctx context.Context, req Request) (Response, error)
}

// Request is one chat completion. Messages are shared with the caller's
// conversation and must not be changed.
type Request struct {
	Model           string // name on the wire
	Messages        []*Message
	Tools           json.RawMessage // array of tool definitions as sent; nil offers none
	ToolChoice      ToolChoice      // of Tools; empty is ToolsAuto
	MaxOutputTokens int64
	// UsualOutput is MaxOutputTokens as it is where neither money nor the window leaves
	// less: what must not differ from call to call is worked out by it. 0 is the same.
	UsualOutput     int64
	Temperature     *float64
	TopP            *float64
	ReasoningEffort string
	Seed            *int
	// Whole is the conversation, where Messages are what of it this model is shown, as
	// others take part; else nil. It is not sent.
	Whole []*Message
	// Speaker travels in request headers, so that a scripted server knows who
	// is asking. Headers are sent only to simulated models.
	Speaker Speaker
	// Purpose is recorded with the call; empty is bench.PurposeAgent.
	Purpose bench.Purpose
	// Announce, if set, hears what the call comes to if nothing more is heard of it:
	// before each attempt is sent, when nothing is left to wait for, and before the
	// time that is waited after one that failed. An error ends the call before
	// anything more is sent.
	Announce func(ctx context.Context, soFar Response) error
	// Send, if set, makes each attempt in place of the model's client: the request is
	// one that another program wrote, in a protocol that the client need not speak.
	Send func(ctx context.Context, req Request) (Response, error)
}

// announce tells whoever wants to know what the call comes to so far.
func (r Request) announce(ctx context.Context, soFar Response) error {
	if r.Announce == nil {
		return nil
	}
	return r.Announce(ctx, soFar)
}

// announcing returns the request for attempts of which less is known than of the
// whole call: whole completes what they announce.
func (r Request) announcing(whole func(Response) Response) Request {
	if tell := r.Announce; tell != nil {
		r.Announce = func(ctx context.Context, soFar Response) error { return tell(ctx, whole(soFar)) }
	}
	return r
}

// ToolChoice says whether a model may call the tools of a request.
type ToolChoice string

// The choices. ToolsNone keeps the tools in the request, so that the prompt
// cache, in which they stand first, still holds, and gateways that refuse a
// conversation with calls but without tools are content.
const (
	ToolsAuto ToolChoice = "auto"
	ToolsNone ToolChoice = "none"
)

// Finish says how an answer ended, in one vocabulary for all protocols. What a
// provider failed to finish is no answer but an error.
type Finish string

// The ways in which an answer ends.
const (
	FinishStop      Finish = "stop"       // the model had said everything
	FinishToolCalls Finish = "tool_calls" // it waits for tools
	FinishLength    Finish = "length"     // the bound on output cut it
	FinishRefusal   Finish = "refusal"    // the model, or a filter in front of it, declined
	// The model said something of no use: it announced calls and made none, or
	// wrote them as text in the marks of its own kind. Retry asks again before
	// it gives out such an answer.
	FinishSpoiled Finish = "spoiled"
)

// NewRequest returns a request that samples m as its configuration says,
// without messages yet.
func NewRequest(m bench.Model) Request {
	return Request{
		Model: m.Model, MaxOutputTokens: m.MaxOutputTokens, UsualOutput: m.MaxOutputTokens,
		Temperature: m.Temperature, TopP: m.TopP, ReasoningEffort: m.ReasoningEffort, Seed: m.Seed,
	}
}

// Speaker says which agent of which trial makes a call.
type Speaker struct {
	Trial bench.TrialKey
	Role  bench.Role
	Agent string
	Turn  int // from 1
}

// Response is what came back, and what it took. Usage and ReportedCost are
// sums over Attempts.
type Response struct {
	Message *Message // nil on error
	// Original is the message as the provider sent it, where Message, which goes
	// back to the provider, had to differ from it, and what was said of one that
	// broke off; else nil.
	Original json.RawMessage
	// Lost is what the attempts before the last one had said, in order: they broke
	// off, or were of no use.
	Lost         []json.RawMessage
	Finish       Finish
	FinishReason string // in the provider's word
	Usage        bench.Usage
	ReportedCost *bench.USD // as the provider says, if it does
	ServedModel  string
	RequestID    string

	Start, First, End time.Time     // of the last attempt: sent, first token, last byte
	Waited            time.Duration // rate limits, back-off and failed attempts before Start
	Retries           int
	UnknownUsage      int // attempts that may have been billed without saying what they used
	// Said is how many bytes of an answer came that has no Message, being cut off.
	Said int64
	// Unreported estimates what each attempt of UnknownUsage used beyond Usage.
	Unreported   []bench.Attempt
	CacheUnclear bool // see bench.LLMCall
	// EffortLeftOut: the request's reasoning effort was not sent, as the conversation
	// would have been refused with it.
	EffortLeftOut bool

	// Source is where the answer is from, if no model gave it now. Attempts then say when
	// it was given.
	Source bench.CallSource

	// Attempts are those that reported a usage or a cost, in order, where there
	// were several; with none, Usage is that of the only one. Each is priced by
	// itself: a price may have tiers.
	Attempts []bench.Attempt

	// Set by Budgeted: what it held back, the input tokens it expected, and the
	// bound on output that was sent, which it may have lowered.
	Reserved        bench.USD
	EstimatedInput  int64
	MaxOutputTokens int64
	// Set by Meter: the id under which the call is recorded, unique in a run.
	CallID string
}

// Cost is the price of what all attempts reported.
func (r Response) Cost(p bench.Price) bench.USD { return bench.CostOf(r.billed(), p) }

// UnreportedCost is the price of what they used besides, by estimate.
func (r Response) UnreportedCost(p bench.Price) bench.USD { return bench.CostOf(r.Unreported, p) }

func (r Response) billed() []bench.Attempt {
	return bench.Billed(r.Attempts, bench.Attempt{
		Usage: r.Usage, ReportedCost: r.ReportedCost, Start: r.Start,
	})
}

// Errors callers branch on. Providers wrap them.
var (
	// ErrContextOverflow: the conversation no longer fits the model.
	ErrContextOverflow = errors.New("context window exceeded")
	// ErrRefused: the provider will not serve the request however often it is
	// sent (bad key, unknown model, malformed request).
	ErrRefused = errors.New("request refused")
	// ErrHopeless: no request to this model will be served before a person does
	// something (bad key, no balance, no quota). The run ends with it.
	ErrHopeless error = hopeless{}
	// ErrUnasked: the client asked no model and has nothing to say in its place. Such a
	// call is none.
	ErrUnasked = errors.New("no model was asked")
)

// hopeless is a refusal, too.
type hopeless struct{}

func (hopeless) Error() string        { return "no request will be served" }
func (hopeless) Is(target error) bool { return target == ErrRefused }

// StatusError is a failed attempt with what a retry needs to know.
type StatusError struct {
	Status     int           // HTTP status; 0 for a broken connection or response
	RetryAfter time.Duration // 0 if the server did not say
	Retryable  bool
	Throttled  bool // it was turned away because there were too many
	Billed     bool // the provider may have billed this attempt
	// Tries, if not 0, is how often a call is tried that fails like this: the
	// model answers, but not as it should.
	Tries int
	Err   error
}

func (e *StatusError) Error() string {
	if e.Status == 0 {
		return e.Err.Error()
	}
	return fmt.Sprintf("HTTP %d: %v", e.Status, e.Err)
}

func (e *StatusError) Unwrap() error { return e.Err }
