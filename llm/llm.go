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
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
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
	MaxOutputTokens int64
	Temperature     *float64
	TopP            *float64
	ReasoningEffort string
	Seed            *int
	// Speaker travels in request headers, so that a scripted server knows who
	// is asking. Headers are sent only to simulated models.
	Speaker Speaker
	// Purpose is recorded with the call; empty is bench.PurposeAgent.
	Purpose bench.Purpose
}

// NewRequest returns a request that samples m as its configuration says,
// without messages yet.
func NewRequest(m bench.Model) Request {
	return Request{
		Model: m.Model, MaxOutputTokens: m.MaxOutputTokens, Temperature: m.Temperature,
		TopP: m.TopP, ReasoningEffort: m.ReasoningEffort, Seed: m.Seed,
	}
}

// Speaker says which agent of which trial makes a call.
type Speaker struct {
	Trial bench.TrialKey
	Role  bench.Role
	Agent string
	Turn  int // from 1
}

// Message is one message of a conversation, encoded once, when it is made.
// It is immutable.
type Message struct {
	Role      string     // system, user, assistant or tool
	Text      string     // content
	ToolCalls []ToolCall // assistant only
	CallID    string     // tool only: the call it answers
	JSON      []byte     // the wire form of the whole message
	// Reasoning is an object with the fields in which a provider handed out its
	// reasoning (reasoning_content, reasoning_details). Models that think
	// between tool calls want them back unchanged, so they are part of JSON.
	Reasoning json.RawMessage // assistant only
}

// ToolCall is a tool call asked for by a model. Arguments is the raw string it
// sent, which may not be valid JSON.
type ToolCall struct {
	ID        string
	Name      string
	Arguments string
}

// wireMessage is the chat-completions form of a message.
type wireMessage struct {
	Role       string         `json:"role"`
	Content    *string        `json:"content"`
	ToolCalls  []wireToolCall `json:"tool_calls,omitempty"`
	ToolCallID string         `json:"tool_call_id,omitempty"`
}

type wireToolCall struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	} `json:"function"`
}

// System returns a system message.
func System(text string) *Message { return newMessage(Message{Role: "system", Text: text}) }

// User returns a user message.
func User(text string) *Message { return newMessage(Message{Role: "user", Text: text}) }

// Assistant returns a model's answer.
func Assistant(text string, calls []ToolCall) *Message {
	return newMessage(Message{Role: "assistant", Text: text, ToolCalls: calls})
}

// AssistantReasoning returns a model's answer that carries its reasoning;
// fields is a JSON object whose fields become part of the message.
func AssistantReasoning(text string, calls []ToolCall, fields json.RawMessage) *Message {
	return newMessage(Message{Role: "assistant", Text: text, ToolCalls: calls, Reasoning: fields})
}

// Observation returns the answer to a tool call. Providers drop empty content,
// so an empty observation says that it is empty.
func Observation(callID, text string) *Message {
	if text == "" {
		text = "(no output)"
	}
	return newMessage(Message{Role: "tool", Text: text, CallID: callID})
}

// ParseMessage reads a message that was recorded from its wire form, which
// becomes its JSON as it is.
func ParseMessage(data []byte) (*Message, error) {
	var w wireMessage
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, fmt.Errorf("decode message: %w", err)
	}
	m := &Message{Role: w.Role, CallID: w.ToolCallID, JSON: data}
	if w.Content != nil {
		m.Text = *w.Content
	}
	for _, c := range w.ToolCalls {
		m.ToolCalls = append(m.ToolCalls, ToolCall{c.ID, c.Function.Name, c.Function.Arguments})
	}
	plain := newMessage(*m).JSON
	if rest, ok := bytes.CutPrefix(data, plain[:len(plain)-1]); ok && len(rest) > 1 {
		m.Reasoning = append([]byte("{"), rest[1:]...) // what newMessage had put behind it
	}
	return m, nil
}

func newMessage(m Message) *Message {
	w := wireMessage{Role: m.Role, ToolCallID: m.CallID, Content: wireContent(m)}
	for _, c := range m.ToolCalls {
		wc := wireToolCall{ID: c.ID, Type: "function"}
		wc.Function.Name, wc.Function.Arguments = c.Name, c.Arguments
		w.ToolCalls = append(w.ToolCalls, wc)
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)              // code is full of < and &
	if err := enc.Encode(w); err != nil { // strings and slices of strings always encode
		panic(fmt.Sprintf("encode message: %v", err))
	}
	m.JSON = bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
	if fields := bytes.TrimSpace(m.Reasoning); len(fields) > 2 { // more than {}
		m.JSON = append(append(m.JSON[:len(m.JSON)-1], ','), fields[1:]...)
	}
	m.JSON = bytes.Clone(m.JSON) // a conversation keeps it: no spare capacity
	return &m
}

// wireContent is the content field of m. Some providers refuse an assistant
// message whose text is blank, so it is left out beside tool calls and spelled
// out where there is nothing else.
func wireContent(m Message) *string {
	if m.Role == "assistant" && strings.TrimSpace(m.Text) == "" {
		if len(m.ToolCalls) > 0 {
			return nil
		}
		empty := "(empty)"
		return &empty
	}
	return &m.Text
}

// Response is what came back, and what it took. Usage and ReportedCost include
// what failed attempts reported.
type Response struct {
	Message      *Message // nil on error
	FinishReason string   // stop, tool_calls, length, content_filter, …
	Usage        bench.Usage
	ReportedCost *bench.USD // as the provider says, if it does
	ServedModel  string
	RequestID    string

	Start, First, End time.Time     // of the last attempt: sent, first byte, last byte
	Waited            time.Duration // rate limits, back-off and failed attempts before Start
	Retries           int
	UnknownUsage      int // attempts that may have been billed without a usage report

	// Set by Budgeted: what it held back, and the input tokens it expected.
	Reserved       bench.USD
	EstimatedInput int64
	// Set by Meter: the id under which the call is recorded, unique in a run.
	CallID string
}

// Errors callers branch on. Providers wrap them.
var (
	// ErrContextOverflow: the conversation no longer fits the model.
	ErrContextOverflow = errors.New("context window exceeded")
	// ErrRefused: the provider will not serve the request however often it is
	// sent (bad key, unknown model, malformed request).
	ErrRefused = errors.New("request refused")
)

// StatusError is a failed attempt with what a retry needs to know.
type StatusError struct {
	Status     int           // HTTP status; 0 for a broken connection or response
	RetryAfter time.Duration // 0 if the server did not say
	Retryable  bool
	Billed     bool // the provider may have billed this attempt
	Err        error
}

func (e *StatusError) Error() string {
	if e.Status == 0 {
		return e.Err.Error()
	}
	return fmt.Sprintf("HTTP %d: %v", e.Status, e.Err)
}

func (e *StatusError) Unwrap() error { return e.Err }
