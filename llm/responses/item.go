package responses

import (
	"bytes"
	"encoding/json"
	"strings"

	"bench/llm"
	"bench/llm/wire"
)

// protocol is the name under which a message keeps its items.
const protocol = "responses"

// item is one part of an answer, as it came and what is read of it.
type item struct {
	raw       json.RawMessage
	Type      string          `json:"type"`
	ID        string          `json:"id"`
	CallID    string          `json:"call_id"`
	Name      string          `json:"name"`
	Arguments json.RawMessage `json:"arguments"`
	Phase     string          `json:"phase"`
	Content   []part          `json:"content"`
	Encrypted string          `json:"encrypted_content"`
}

type part struct {
	Type    string `json:"type"`
	Text    string `json:"text"`
	Refusal string `json:"refusal"`
}

func (i *item) UnmarshalJSON(data []byte) error {
	type plain item
	if err := json.Unmarshal(data, (*plain)(i)); err != nil {
		return err
	}
	i.raw = bytes.Clone(data)
	return nil
}

// call is the tool call of an item. Some servers write arguments as an object.
func (i item) call() llm.ToolCall {
	c := llm.ToolCall{ID: i.CallID, Name: i.Name, Arguments: string(i.Arguments)}
	if len(i.Arguments) > 0 && i.Arguments[0] == '"' {
		c.Arguments = wire.Text(i.Arguments)
	}
	return c
}

// returnable reports whether reasoning can be handed back: its text, or what the
// provider encrypted. An id alone names what was not stored:
// github.com/can1357/oh-my-pi/pull/50
func (i item) returnable() bool { return i.Encrypted != "" || len(i.Content) > 0 }

// extra is the field of llm.Message.Extra that this protocol has.
type extra struct {
	Output []item `json:"responses_output"`
}

// instructions is the system prompt in its own field.
func instructions(m *llm.Message) []byte { return llm.Quote(m.Text) }

// encodeItems turns a message into items, separated by commas.
func encodeItems(m *llm.Message) []byte {
	switch m.Role {
	case "assistant":
		return bytes.Join(assistantItems(m), comma)
	case "tool":
		return wire.Concat(`{"type":"function_call_output","call_id":`, llm.Quote(m.CallID),
			`,"output":`, llm.Quote(m.Text), `}`)
	}
	return wire.Concat(`{"type":"message","role":`, llm.Quote(m.Role),
		`,"content":[{"type":"input_text","text":`, llm.Quote(m.Text), `}]}`)
}

// assistantItems are what the model answered, as it came where that was kept.
// Its calls are those of the message, which may have been mended since.
func assistantItems(m *llm.Message) [][]byte {
	var e extra
	if len(m.Extra) > 0 && json.Unmarshal(m.Extra, &e) != nil {
		e = extra{} // of another protocol
	}
	if len(e.Output) == 0 {
		return plainItems(m)
	}
	var out [][]byte
	calls := m.ToolCalls
	for _, i := range e.Output {
		switch {
		case i.Type != "function_call":
			out = append(out, i.raw)
		case len(calls) == 0: // it has been taken out of the message
		default:
			out = append(out, i.mended(calls[0]))
			calls = calls[1:]
		}
	}
	for _, c := range calls {
		out = append(out, callItem(c))
	}
	return out
}

// mended is the item with the call in it.
func (i item) mended(c llm.ToolCall) []byte {
	was := i.call()
	if was.ID == c.ID && was.Name == c.Name && was.Arguments == c.Arguments {
		return i.raw
	}
	out := callItem(c)
	if others := llm.Extras(i.raw, "type", "call_id", "name", "arguments"); others != nil {
		return wire.Concat(out[:len(out)-1], ",", others[1:])
	}
	return out
}

// plainItems are a text and calls without more.
func plainItems(m *llm.Message) [][]byte {
	var out [][]byte
	if strings.TrimSpace(m.Text) != "" || len(m.ToolCalls) == 0 {
		out = append(out, wire.Concat(`{"type":"message","role":"assistant",`+
			`"content":[{"type":"output_text",`+
			`"text":`, llm.Quote(m.Text), `}]}`))
	}
	for _, c := range m.ToolCalls {
		out = append(out, callItem(c))
	}
	return out
}

func callItem(c llm.ToolCall) []byte {
	return wire.Concat(`{"type":"function_call","call_id":`, llm.Quote(c.ID),
		`,"name":`, llm.Quote(c.Name), `,"arguments":`, llm.Quote(c.Arguments), `}`)
}
