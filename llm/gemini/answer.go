// Package gemini reads answers of Google's generateContent, whole and streamed:
// ai.google.dev/api/generate-content. No agent of bench's own speaks the
// protocol; programs that do are metered by what this package reads.
package gemini

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"bench/llm"
	"bench/llm/wire"
)

// answer is a GenerateContentResponse, or one of the pieces of a stream of them.
type answer struct {
	Candidates []struct {
		Content struct {
			Parts []part `json:"parts"`
		} `json:"content"`
		FinishReason string `json:"finishReason"`
	} `json:"candidates"`
	Feedback struct {
		BlockReason string `json:"blockReason"`
	} `json:"promptFeedback"`
	Usage   json.RawMessage `json:"usageMetadata"`
	Version string          `json:"modelVersion"`
	ID      string          `json:"responseId"`
	Error   json.RawMessage `json:"error"`
}

type part struct {
	Text    string `json:"text"`
	Thought bool   `json:"thought"`
	Call    *struct {
		ID   string          `json:"id"`
		Name string          `json:"name"`
		Args json.RawMessage `json:"args"`
	} `json:"functionCall"`
}

// reading is an answer as far as it has come.
type reading struct {
	text, thoughts strings.Builder
	calls          []llm.ToolCall
	reason         string // why it ended
	messages       int
	candidates     bool
	report         json.RawMessage // each piece reports what there was so far
}

// Read takes an answer out of the attempt. Messages is the length of the
// conversation, from which ids are made where a server gives none.
func Read(a *wire.Attempt, messages int) error {
	r := &reading{messages: messages}
	err := r.receive(a)
	if err == nil || r.reason != "" { // what breaks off has no last report
		a.Report(r.report)
	}
	if err == nil {
		err = r.accept(a)
	}
	if err != nil && r.said() > 0 {
		a.Original, a.Said = r.message().JSON, r.said()
	}
	return err
}

// receive reads all pieces. A stream ends when the server closes it, so that one
// without a reason was cut.
func (r *reading) receive(a *wire.Attempt) error {
	if !a.Streams() {
		return r.document(a)
	}
	s := a.Stream()
	defer s.Close()
	for {
		e, err := s.Next()
		switch {
		case errors.Is(err, io.EOF) && r.reason == "":
			return io.ErrUnexpectedEOF
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := r.piece(a, e.Data); err != nil {
			return err
		}
	}
}

// document reads an answer in one piece, or the list of pieces that a stream is
// without alt=sse.
func (r *reading) document(a *wire.Attempt) error {
	raw, err := io.ReadAll(a.Body)
	if err != nil {
		return err
	}
	raw = bytes.TrimSpace(raw)
	if !json.Valid(raw) {
		return a.NotJSON(raw, errors.New("syntax"))
	}
	pieces := []json.RawMessage{raw}
	if raw[0] == '[' {
		if err := json.Unmarshal(raw, &pieces); err != nil {
			return wire.Spoiled("answer of an unknown form: %w", err)
		}
	}
	for _, p := range pieces {
		if err := r.piece(a, p); err != nil {
			return err
		}
	}
	return nil
}

func (r *reading) piece(a *wire.Attempt, raw []byte) error {
	var g answer
	if err := json.Unmarshal(raw, &g); err != nil {
		return wire.Spoiled("piece of an unknown form: %w", err)
	}
	if wire.Present(g.Error) {
		return wire.ErrorObject(g.Error, a.Header, raw)
	}
	if a.ID == "" {
		a.ID, a.ServedModel = g.ID, g.Version
	}
	if wire.Present(g.Usage) {
		r.report = bytes.Clone(g.Usage)
	}
	if g.Feedback.BlockReason != "" {
		r.reason = g.Feedback.BlockReason
	}
	for _, c := range g.Candidates[:min(len(g.Candidates), 1)] {
		r.candidates = true
		for _, p := range c.Content.Parts {
			a.Token()
			r.part(p)
		}
		if c.FinishReason != "" {
			r.reason = c.FinishReason
		}
	}
	return nil
}

func (r *reading) part(p part) {
	switch {
	case p.Call != nil:
		c := llm.ToolCall{ID: p.Call.ID, Name: p.Call.Name, Arguments: string(p.Call.Args)}
		if c.ID == "" {
			c.ID = CallID(r.messages, len(r.calls))
		}
		if c.Arguments == "" {
			c.Arguments = "{}"
		}
		r.calls = append(r.calls, c)
	case p.Thought:
		r.thoughts.WriteString(p.Text)
	default:
		r.text.WriteString(p.Text)
	}
}

// CallID is the id of the nth call of an answer to so many messages, where the
// provider gives none.
func CallID(messages, n int) string { return fmt.Sprintf("call_%d_%d", messages, n) }

func (r *reading) said() int64 {
	n := r.text.Len() + r.thoughts.Len()
	for _, c := range r.calls {
		n += len(c.Arguments)
	}
	return int64(n)
}

func (r *reading) message() *llm.Message {
	out := llm.Answer{Text: r.text.String(), ToolCalls: r.calls, NullContent: true}
	if r.thoughts.Len() > 0 {
		out.Extra = wire.Concat(`{"reasoning_content":`, llm.Quote(r.thoughts.String()), "}")
	}
	return out.Message()
}

// accept makes the response's message of what has come.
func (r *reading) accept(a *wire.Attempt) error {
	a.FinishReason = r.reason
	if !r.candidates && r.reason == "" {
		return wire.Spoiled("answer without candidates")
	}
	a.Message = r.message()
	switch r.reason {
	case "STOP", "":
		a.Finish = llm.FinishStop
		if len(r.calls) > 0 {
			a.Finish = llm.FinishToolCalls
		}
	case "MAX_TOKENS":
		a.Finish = llm.FinishLength
	case "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS":
		a.Finish = llm.FinishSpoiled
	case "OTHER", "FINISH_REASON_UNSPECIFIED":
		a.Message = nil
		return wire.Spoiled("answer with finishReason %q", r.reason)
	default: // SAFETY, RECITATION and their like
		a.Finish = llm.FinishRefusal
	}
	return nil
}
