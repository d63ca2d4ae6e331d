package responses

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"bench/llm"
	"bench/llm/wire"
)

// answer is a response object:
// platform.openai.com/docs/api-reference/responses/object
type answer struct {
	ID         string          `json:"id"`
	Model      string          `json:"model"`
	Status     string          `json:"status"`
	Output     []item          `json:"output"`
	Error      json.RawMessage `json:"error"`
	Incomplete struct {
		Reason string `json:"reason"`
	} `json:"incomplete_details"`
	Usage json.RawMessage `json:"usage"`
}

// Read takes an answer out of the attempt. Messages is the length of the
// conversation, from which ids are made where a server gives none.
func Read(a *wire.Attempt, messages int) error {
	var r answer
	if !a.Streams() {
		if err := a.Document(&r, func() bool { return r.Output != nil || r.Status != "" }); err != nil {
			return err
		}
	} else if err := readStream(a, &r); err != nil {
		return err
	}
	a.ID, a.ServedModel = r.ID, r.Model
	a.Report(r.Usage)
	return r.accept(a, messages)
}

// accept makes the response's message of an answer.
func (r *answer) accept(a *wire.Attempt, messages int) error {
	a.FinishReason = r.Status
	if r.Incomplete.Reason != "" {
		a.FinishReason = r.Incomplete.Reason
	}
	if r.Status == "failed" || wire.Present(r.Error) {
		return r.failed(a)
	}
	out := llm.Answer{NullContent: true}
	var texts []string
	refused := false
	for _, i := range r.Output {
		switch i.Type {
		case "message":
			text, declined := i.said()
			texts, refused = append(texts, text), refused || declined
		case "function_call":
			c := i.call()
			if c.ID == "" {
				c.ID = fmt.Sprintf("call_%d_%d", messages, len(out.ToolCalls))
			}
			out.ToolCalls = append(out.ToolCalls, c)
		}
	}
	out.Text = strings.Join(slices.DeleteFunc(texts, func(t string) bool { return t == "" }), "\n\n")
	out.Extra = keep(r.Output)
	var err error
	if a.Finish, err = r.finish(refused, len(out.ToolCalls)); err != nil {
		return err
	}
	a.Message = out.Message()
	return nil
}

// said is the text of a message, and whether it is the model's refusal.
func (i item) said() (text string, refusal bool) {
	for _, p := range i.Content {
		text += p.Text + p.Refusal
		refusal = refusal || p.Type == "refusal"
	}
	return text, refusal
}

// keep is the object for llm.Message.Extra: nil where texts and calls can be
// made anew from the message, or where the reasoning cannot be handed back.
func keep(output []item) json.RawMessage {
	last := len(output)
	for last > 0 && output[last-1].Type == "reasoning" {
		last-- // reasoning that nothing follows is refused: github.com/vercel/ai/issues/7099
	}
	output = output[:last]
	plain := true
	for _, i := range output {
		switch {
		case i.Type == "reasoning" && !i.returnable():
			return nil
		case i.Type != "message" && i.Type != "function_call" || i.Phase != "":
			plain = false
		}
	}
	if plain {
		return nil
	}
	parts := []any{`{"responses_output":[`}
	for n, i := range output {
		if n > 0 {
			parts = append(parts, ",")
		}
		parts = append(parts, i.raw)
	}
	return wire.Concat(append(parts, "]}")...)
}

// finish says how an answer ended.
func (r *answer) finish(refused bool, calls int) (llm.Finish, error) {
	switch {
	case r.Incomplete.Reason == "max_output_tokens":
		return llm.FinishLength, nil
	case r.Incomplete.Reason == "content_filter" || refused:
		return llm.FinishRefusal, nil
	case r.Incomplete.Reason != "":
		return "", wire.Spoiled("incomplete answer: %s", r.Incomplete.Reason)
	case r.Status != "completed" && r.Status != "":
		return "", wire.Spoiled("answer with status %q", r.Status)
	case len(r.Output) == 0:
		return "", wire.Spoiled("answer without output")
	case calls > 0:
		return llm.FinishToolCalls, nil
	}
	return llm.FinishStop, nil
}

// failed is an answer that is an error.
func (r *answer) failed(a *wire.Attempt) error {
	if !wire.Present(r.Error) {
		return wire.Spoiled("answer with status %q", r.Status)
	}
	return wire.ErrorObject(r.Error, a.Header, r.Error)
}
