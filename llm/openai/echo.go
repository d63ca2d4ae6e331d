package openai

import (
	"slices"
	"strings"

	"bench/llm"
	"bench/llm/wire"
)

// drop says which fields of messages do not go back.
type drop struct {
	all   bool     // every one that the protocol does not name
	names []string // these
	key   string   // of the form that messages have without them
}

func (c *Client) dropped(without []string) drop {
	d := drop{all: c.options.Echo == EchoNone}
	for _, feature := range without {
		if name, ok := strings.CutPrefix(feature, echoPrefix); ok {
			d.names = append(d.names, name)
		}
	}
	d.key = "chat without " + strings.Join(d.names, " ")
	return d
}

func (d drop) nothing() bool { return !d.all && len(d.names) == 0 }

// named are the fields of messages and calls that the protocol names.
var named = []string{"role", "content", "tool_calls", "tool_call_id", "id", "type", "function"}

func (d drop) drops(name string) bool {
	return !slices.Contains(named, name) && (d.all || slices.Contains(d.names, name))
}

// encode is a message in wire form without what does not go back.
func (d drop) encode(m *llm.Message) []byte {
	var out []byte
	wire.Fields(m.JSON, func(name, value []byte) {
		switch {
		case string(name) == "tool_calls":
			out = appendField(out, name, d.calls(value))
		case string(name) == "content" && string(value) == `""` && len(m.ToolCalls) == 0:
			out = appendField(out, name, []byte(`"(empty)"`)) // nothing else may be left
		case !d.drops(string(name)):
			out = appendField(out, name, value)
		}
	})
	return append(out, '}')
}

func (d drop) calls(raw []byte) []byte {
	var out []byte
	wire.Elements(raw, func(element []byte) {
		out = append(out, "[,"[min(len(out), 1)])
		var call []byte
		wire.Fields(element, func(name, value []byte) {
			if !d.drops(string(name)) {
				call = appendField(call, name, value)
			}
		})
		out = append(append(out, call...), '}')
	})
	return append(out, ']')
}

func hasExtras(m *llm.Message) bool {
	return m.Extra != nil || slices.ContainsFunc(m.ToolCalls, func(c llm.ToolCall) bool {
		return c.Extra != nil
	})
}

// echoed are the names of all fields that go back with a conversation although
// the protocol does not name them.
func echoed(messages []*llm.Message) []string {
	var names []string
	add := func(name, _ []byte) {
		if !slices.Contains(names, string(name)) {
			names = append(names, string(name))
		}
	}
	for _, m := range messages {
		wire.Fields(m.Extra, add)
		for _, call := range m.ToolCalls {
			wire.Fields(call.Extra, add)
		}
	}
	return names
}
