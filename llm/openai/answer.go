package openai

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"regexp"
	"slices"
	"strings"

	goopenai "github.com/sashabaranov/go-openai"

	"bench/llm"
	"bench/llm/wire"
)

// parts is an answer taken apart only as far as go-openai cannot: everything
// stays raw, so that an odd field in one place spoils nothing elsewhere.
type parts struct {
	ID      json.RawMessage `json:"id"`
	Model   json.RawMessage `json:"model"`
	Choices json.RawMessage `json:"choices"`
	Usage   json.RawMessage `json:"usage"`
	Error   json.RawMessage `json:"error"`
}

func (p parts) id() string    { return wire.Text(p.ID) }
func (p parts) model() string { return wire.Text(p.Model) }

// read checks an answer with status 2xx, takes the usage out of it, and
// returns what go-openai is to decode: the choices, without the usage, whose
// fractional counts it would choke on.
func (a *attempt) read() ([]byte, *llm.StatusError) {
	if err := json.Unmarshal(a.raw, &a.parts); err != nil {
		return nil, a.notJSON(err)
	}
	a.reported = a.usage.Read(a.parts.Usage, a.header)
	if wire.Present(a.parts.Error) {
		return nil, wire.ErrorObject(a.parts.Error, a.header, a.raw)
	}
	var choices []choice
	if err := json.Unmarshal(orNull(a.parts.Choices), &choices); err != nil {
		return nil, a.spoiled("answer with choices of an unknown form")
	}
	if len(choices) == 0 {
		if failed := wire.ReportedError(a.header, a.raw); failed != nil {
			return nil, failed
		}
		return nil, a.spoiled("answer without choices")
	}
	first := choices[0]
	if wire.Present(first.Error) {
		return nil, wire.ErrorObject(first.Error, a.header, a.raw)
	}
	if f := wire.Text(first.FinishReason); f == "" || f == "error" {
		return nil, a.spoiled(fmt.Sprintf("answer with finish_reason %q", f))
	}
	a.message = plainArguments(first.Message)
	return slices.Concat([]byte(`{"choices":[{"finish_reason":`), first.FinishReason,
		[]byte(`,"message":`), orNull(a.message), []byte(`}]}`)), nil
}

// choice is one of the answers, of which there is only one.
type choice struct {
	Message      json.RawMessage `json:"message"`
	FinishReason json.RawMessage `json:"finish_reason"`
	Error        json.RawMessage `json:"error"`
}

func orNull(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("null")
	}
	return raw
}

// spoiled is the failure of an answer that is no use although the model spoke.
func (a *attempt) spoiled(why string) *llm.StatusError {
	return &llm.StatusError{Retryable: true, Billed: true, Err: fmt.Errorf("%s", why)}
}

// notJSON is the failure of an answer that cannot be decoded. A page of HTML
// comes from something in between, and no model was asked; a stream comes from
// a server that will send another one however often it is asked.
func (a *attempt) notJSON(err error) *llm.StatusError {
	kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	start := strings.TrimSpace(wire.Clip(string(a.raw), 120))
	switch {
	case kind == "text/html" || strings.HasPrefix(start, "<"):
		return &llm.StatusError{
			Retryable: true,
			Err:       fmt.Errorf("a page of HTML instead of an answer: %s", start),
		}
	case kind == "text/event-stream" || strings.HasPrefix(start, "data:"):
		return &llm.StatusError{
			Billed: true,
			Err:    fmt.Errorf("%w: the server streams although it was not asked to", llm.ErrRefused),
		}
	case start == "":
		return a.spoiled("empty answer")
	}
	return a.spoiled(fmt.Sprintf("answer is not JSON: %v", err))
}

// objectArguments finds arguments that are an object. It may match inside a
// string, which then costs a second look.
var objectArguments = regexp.MustCompile(`"arguments"\s*:\s*\{`)

// plainArguments rewrites tool calls whose arguments are an object, as some
// servers send them, into the string the protocol asks for.
func plainArguments(message json.RawMessage) json.RawMessage {
	if !objectArguments.Match(message) {
		return message
	}
	var m map[string]json.RawMessage
	var calls []map[string]json.RawMessage
	if json.Unmarshal(message, &m) != nil || json.Unmarshal(m["tool_calls"], &calls) != nil {
		return message
	}
	changed := false
	for _, call := range calls {
		var function map[string]json.RawMessage
		if json.Unmarshal(call["function"], &function) != nil {
			continue
		}
		if args := bytes.TrimSpace(function["arguments"]); len(args) > 0 && args[0] == '{' {
			function["arguments"], changed = quoted(string(args)), true
			call["function"] = encoded(function)
		}
	}
	if !changed {
		return message
	}
	m["tool_calls"] = encoded(calls)
	return encoded(m)
}

func quoted(s string) json.RawMessage { return encoded(s) }

// encoded marshals what was unmarshalled a moment ago.
func encoded(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage("null")
	}
	return b
}

// accept turns go-openai's answer into the response's message.
func (a *attempt) accept(answer goopenai.ChatCompletionResponse, resp *llm.Response) error {
	if len(answer.Choices) == 0 {
		return a.spoiled("answer without choices")
	}
	choice := answer.Choices[0]
	said := choice.Message.Content
	for _, part := range choice.Message.MultiContent {
		said += part.Text
	}
	if said == "" {
		said = choice.Message.Refusal
	}
	calls := a.calls(choice.Message.ToolCalls)
	resp.FinishReason = string(choice.FinishReason)
	resp.Finish = finishes[resp.FinishReason]
	resp.Message = llm.Answer{
		Text: said, ToolCalls: calls, NullContent: a.nullContent(),
		Extra: llm.Extras(a.message, namedFields...),
	}.Message()
	return nil
}

// finishes translates finish reasons.
var finishes = map[string]llm.Finish{
	"stop": llm.FinishStop, "tool_calls": llm.FinishToolCalls, "length": llm.FinishLength,
	"content_filter": llm.FinishRefusal,
}

// calls gives every tool call an id of its own: some servers send none, or the
// same one twice.
func (a *attempt) calls(from []goopenai.ToolCall) []llm.ToolCall {
	if len(from) == 0 {
		return nil
	}
	seen := make(map[string]bool, len(from))
	calls := make([]llm.ToolCall, len(from))
	for i, c := range from {
		id := c.ID
		if id == "" || seen[id] {
			id = fmt.Sprintf("call_%d_%d", len(a.request.Messages), i)
		}
		seen[id] = true
		calls[i] = llm.ToolCall{ID: id, Name: c.Function.Name, Arguments: c.Function.Arguments}
	}
	return calls
}

// namedFields are the fields of an assistant message that are read here.
var namedFields = []string{"role", "content", "tool_calls", "function_call", "refusal"}

func (a *attempt) nullContent() bool {
	var m struct {
		Content json.RawMessage `json:"content"`
	}
	return json.Unmarshal(a.message, &m) != nil || !wire.Present(m.Content) && wire.Text(m.Content) == "" &&
		string(bytes.TrimSpace(m.Content)) != `""`
}

// failure is an error that the server answered with.
func (a *attempt) failure(message, code string) wire.Failure {
	return wire.Failure{
		Status: a.status, Header: a.header, Message: message, Code: code, Body: a.raw,
	}
}
