package anthropic

import (
	"encoding/json"
	"fmt"
	"strings"

	"bench/llm"
	"bench/llm/wire"
)

// answer is a message of the model, in one piece or put together from a stream.
type answer struct {
	ID         string          `json:"id"`
	Model      string          `json:"model"`
	Content    []block         `json:"content"`
	StopReason string          `json:"stop_reason"`
	Usage      json.RawMessage `json:"usage"`
}

// block is a content block as it came, and what is read of it.
type block struct {
	raw   json.RawMessage
	Type  string          `json:"type"`
	ID    string          `json:"id"`
	Name  string          `json:"name"`
	Text  string          `json:"text"`
	Input json.RawMessage `json:"input"`
}

func (b *block) UnmarshalJSON(data []byte) error {
	type plain block
	if err := json.Unmarshal(data, (*plain)(b)); err != nil {
		return err
	}
	b.raw = append(b.raw[:0], data...)
	return nil
}

// Read takes an answer out of the attempt. Messages is the length of the
// conversation, from which ids are made where a server gives none.
func Read(a *wire.Attempt, messages int) error {
	var m answer
	if !a.Streams() {
		if err := a.Document(&m,
			func() bool { return m.Content != nil || m.StopReason != "" }); err != nil {
			return err
		}
	} else if err := readStream(a, &m); err != nil {
		return err
	}
	a.ID, a.ServedModel = m.ID, m.Model
	a.Report(m.Usage)
	return m.accept(a, messages)
}

// accept makes the response's message of an answer.
func (m *answer) accept(a *wire.Attempt, messages int) error {
	out := llm.Answer{NullContent: true}
	var e extra
	ordinary, stage := true, 0 // thinking, text, calls: each stage once
	enter := func(next int) {
		ordinary = ordinary && (next > stage || next == stage && next != stageText)
		stage = max(stage, next)
	}
	for _, b := range m.Content {
		switch b.Type {
		case "text":
			if b.Text == "" {
				continue
			}
			enter(stageText)
			out.Text += b.Text
			e.Order = append(e.Order, len(b.Text))
		case "tool_use":
			enter(stageCalls)
			out.ToolCalls = append(out.ToolCalls, b.call(messages, len(out.ToolCalls)))
			e.Order = append(e.Order, orderCall)
		default:
			enter(stageThinking)
			e.Thinking = append(e.Thinking, b.raw)
			e.Order = append(e.Order, orderThinking)
		}
	}
	if ordinary {
		e.Order = nil
	}
	out.Extra = e.encode()
	var err error
	if a.Finish, err = finish(m.StopReason, len(out.ToolCalls)); err != nil {
		return err
	}
	a.Message, a.FinishReason = out.Message(), m.StopReason
	return nil
}

// The stages of an answer in its usual order.
const (
	stageThinking = iota
	stageText
	stageCalls
)

// call is a call of a tool; its arguments are what the model wrote, which need
// not be JSON if the answer was cut off.
func (b block) call(messages, n int) llm.ToolCall {
	c := llm.ToolCall{ID: b.ID, Name: b.Name, Arguments: string(b.Input)}
	if c.ID == "" {
		c.ID = fmt.Sprintf("call_%d_%d", messages, n)
	}
	switch text := wire.Text(b.Input); {
	case text != "": // proxies write what is no object as a string
		c.Arguments = text
	case strings.TrimSpace(c.Arguments) == "":
		c.Arguments = "{}"
	}
	return c
}

// finish translates a stop reason:
// platform.claude.com/docs/en/build-with-claude/handling-stop-reasons
func finish(reason string, calls int) (llm.Finish, error) {
	switch reason {
	case "refusal":
		return llm.FinishRefusal, nil
	case "max_tokens", "pause_turn": // it has more to say
		return llm.FinishLength, nil
	case "model_context_window_exceeded":
		return "", &llm.StatusError{Billed: true, Err: fmt.Errorf(
			"%w: the answer filled what was left of it", llm.ErrContextOverflow)}
	case "tool_use":
		if calls == 0 {
			return "", wire.Spoiled("answer that promises tool calls and has none")
		}
		return llm.FinishToolCalls, nil
	case "end_turn", "stop_sequence", "": // none, where a whole message came without it
		if calls > 0 {
			return llm.FinishToolCalls, nil
		}
		return llm.FinishStop, nil
	}
	return "", wire.Spoiled("answer with stop_reason %q", reason)
}
