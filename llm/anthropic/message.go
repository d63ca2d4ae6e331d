package anthropic

import (
	"bytes"
	"encoding/json"
	"strings"

	"bench/llm"
	"bench/llm/wire"
)

// protocol is the name under which a message keeps its blocks.
const protocol = "anthropic"

// extra are the fields of llm.Message.Extra that this protocol has.
type extra struct {
	Thinking []json.RawMessage `json:"thinking_blocks,omitempty"`
	Order    []any             `json:"block_order,omitempty"` // see the package's comment
}

// Words of block_order.
const (
	orderThinking = "thinking"
	orderCall     = "call"
)

// encodeBlocks turns a message into content blocks, separated by commas.
func encodeBlocks(m *llm.Message) []byte {
	switch m.Role {
	case "assistant":
		return bytes.Join(assistantBlocks(m), []byte(","))
	case "tool":
		return resultBlock(m)
	}
	return textBlock(m.Text)
}

// blank says in place of a text that is none, which is refused:
// github.com/continuedev/continue/issues/11446
const blank = "(empty)"

func textBlock(text string) []byte {
	if strings.TrimSpace(text) == "" {
		text = blank
	}
	return wire.Concat(`{"type":"text","text":`, llm.Quote(text), `}`)
}

func resultBlock(m *llm.Message) []byte {
	text := m.Text
	if strings.TrimSpace(text) == "" {
		text = blank
	}
	return wire.Concat(`{"type":"tool_result","tool_use_id":`, llm.Quote(identifier(m.CallID)),
		`,"content":`, llm.Quote(text), `}`)
}

func callBlock(c llm.ToolCall) []byte {
	return wire.Concat(`{"type":"tool_use","id":`, llm.Quote(identifier(c.ID)),
		`,"name":`, llm.Quote(identifier(c.Name)), `,"input":`, input(c.Arguments), `}`)
}

// input is the object that a tool was called with. What a model wrote in its
// place is not taken back by the API.
func input(arguments string) []byte {
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(arguments), &object) != nil || object == nil {
		return []byte("{}")
	}
	return bytes.TrimSpace([]byte(arguments))
}

// maxName bounds names of tools: platform.claude.com/docs/en/agents-and-tools/tool-use/define-tools
const maxName = 128

// identifier makes a name or an id of what a model or another provider wrote:
// only letters, digits, _ and - are taken.
func identifier(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-':
			return r
		}
		return '_'
	}, s)
	if s == "" {
		return "unnamed"
	}
	return s[:min(len(s), maxName)]
}

// assistantBlocks are what the model said, as it said it: thinking with its
// signature must come back unchanged and in its place.
func assistantBlocks(m *llm.Message) [][]byte {
	var e extra
	if len(m.Extra) > 0 && json.Unmarshal(m.Extra, &e) != nil {
		e = extra{} // of another protocol
	}
	blocks := e.ordered(m)
	if blocks == nil {
		blocks = e.plain(m)
	}
	last := len(blocks) - 1
	if len(m.ToolCalls) == 0 && (last < 0 || !bytes.HasPrefix(blocks[last],
		[]byte(`{"type":"text"`))) {
		blocks = append(blocks, textBlock("")) // a turn cannot end with a thought
	}
	return blocks
}

// plain is the usual order: thinking, text, calls.
func (e extra) plain(m *llm.Message) [][]byte {
	var blocks [][]byte
	for _, t := range e.Thinking {
		blocks = append(blocks, t)
	}
	if strings.TrimSpace(m.Text) != "" && (m.Text != blank || len(e.Thinking) == 0) {
		blocks = append(blocks, textBlock(m.Text))
	}
	for _, c := range m.ToolCalls {
		blocks = append(blocks, callBlock(c))
	}
	return blocks
}

// ordered follows block_order; nil where there is none or it does not fit the
// message.
func (e extra) ordered(m *llm.Message) [][]byte {
	var blocks [][]byte
	thoughts, calls, text := e.Thinking, m.ToolCalls, m.Text
	for _, next := range e.Order {
		n, isText := next.(float64)
		switch {
		case isText && int(n) > 0 && int(n) <= len(text):
			if part := text[:int(n)]; strings.TrimSpace(part) != "" {
				blocks = append(blocks, textBlock(part))
			}
			text = text[int(n):]
		case next == orderThinking && len(thoughts) > 0:
			blocks, thoughts = append(blocks, thoughts[0]), thoughts[1:]
		case next == orderCall && len(calls) > 0:
			blocks, calls = append(blocks, callBlock(calls[0])), calls[1:]
		default:
			return nil
		}
	}
	if len(thoughts)+len(calls)+len(text) > 0 {
		return nil
	}
	return blocks
}

// trimmed is m without white space at the end of its text.
func trimmed(m *llm.Message) *llm.Message {
	text := strings.TrimRight(m.Text, " \t\r\n")
	if text == m.Text {
		return m
	}
	var e extra
	if json.Unmarshal(m.Extra, &e) != nil {
		e = extra{}
	}
	e.Order = nil // its numbers no longer fit
	return llm.Answer{Text: text, ToolCalls: m.ToolCalls, Extra: e.encode()}.Message()
}

// encode is the object for llm.Message.Extra; nil if there is nothing to keep.
func (e extra) encode() json.RawMessage {
	if len(e.Thinking) == 0 && len(e.Order) == 0 {
		return nil
	}
	return json.RawMessage(wire.Concat(e.fields()...))
}

// fields are written by hand: json.Marshal would compact and escape what must
// come back as it is.
func (e extra) fields() []any {
	parts := []any{"{"}
	if len(e.Thinking) > 0 {
		parts = append(parts, `"thinking_blocks":[`)
		for i, t := range e.Thinking {
			if i > 0 {
				parts = append(parts, ",")
			}
			parts = append(parts, []byte(t))
		}
		parts = append(parts, "]")
	}
	if len(e.Order) > 0 {
		order, err := json.Marshal(e.Order)
		if err == nil { // words and numbers always encode
			if len(parts) > 1 {
				parts = append(parts, ",")
			}
			parts = append(parts, `"block_order":`, order)
		}
	}
	return append(parts, "}")
}
