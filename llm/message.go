package llm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
)

// Message is one message of a conversation, encoded once, when it is made.
// It is immutable.
type Message struct {
	Role      string     // system, user, assistant or tool
	Text      string     // content
	ToolCalls []ToolCall // assistant only
	CallID    string     // tool only: the call it answers
	JSON      []byte     // the wire form of the whole message
	// Extra is an object with the fields of the message that the protocol does
	// not name (reasoning_content, thinking_blocks, provider_specific_fields).
	// Providers want them back unchanged, so they are part of JSON.
	Extra json.RawMessage // assistant only

	native *atomic.Pointer[native] // nil in a message that was not made here
}

// native is a message in the form of another protocol.
type native struct {
	protocol string
	body     []byte
}

// Native returns the message in the form that encode gives it for a protocol
// other than chat completions. It is encoded once, so that sending a
// conversation does not encode it again.
func (m *Message) Native(protocol string, encode func(*Message) []byte) []byte {
	if m.native == nil {
		return encode(m)
	}
	if n := m.native.Load(); n != nil && n.protocol == protocol {
		return n.body
	}
	body := encode(m)
	m.native.Store(&native{protocol, body}) // a conversation has one at a time
	return body
}

// ToolCall is a tool call asked for by a model. Arguments is the raw string it
// sent, which may not be valid JSON.
type ToolCall struct {
	ID        string
	Name      string
	Arguments string
	// Extra is an object with the fields of the call that the protocol does not
	// name, as Gemini's extra_content with its thought signature. Part of JSON.
	Extra json.RawMessage
}

// System returns a system message.
func System(text string) *Message { return plain(Message{Role: "system", Text: text}) }

// User returns a user message.
func User(text string) *Message { return plain(Message{Role: "user", Text: text}) }

// Assistant returns a model's answer.
func Assistant(text string, calls []ToolCall) *Message {
	return Answer{Text: text, ToolCalls: calls, NullContent: true}.Message()
}

// Answer is a model's answer, of which Message makes a message.
type Answer struct {
	Text      string
	ToolCalls []ToolCall
	// NullContent: beside tool calls the content came as null. Otherwise a blank
	// text goes back as the empty string that came.
	NullContent bool
	Parts       json.RawMessage // the content as it came, where it is a list of parts; else nil
	Extra       json.RawMessage // as Message.Extra; nil if there is nothing
}

// Message returns the message that goes into the conversation.
func (a Answer) Message() *Message {
	m := Message{Role: "assistant", Text: a.Text, ToolCalls: a.ToolCalls, Extra: a.Extra}
	if a.Parts != nil {
		return encode(m, a.Parts)
	}
	return encode(m, quoteOrNull(a.content()))
}

// content is the content field of the answer. Some providers refuse an
// assistant message that is blank altogether, so it is spelled out where there
// is nothing else.
func (a Answer) content() *string {
	blank := strings.TrimSpace(a.Text) == ""
	switch {
	case blank && len(a.ToolCalls) > 0 && a.NullContent:
		return nil
	case blank && len(a.ToolCalls) == 0 && emptyObject(a.Extra):
		empty := "(empty)"
		return &empty
	}
	return &a.Text
}

// Observation returns the answer to a tool call. Providers drop empty content,
// so an empty observation says that it is empty.
func Observation(callID, text string) *Message {
	if text == "" {
		text = "(no output)"
	}
	return plain(Message{Role: "tool", Text: text, CallID: callID})
}

// ParseMessage reads a message that was recorded from its wire form, which
// becomes its JSON as it is.
func ParseMessage(data []byte) (*Message, error) {
	m := &Message{JSON: data, native: new(atomic.Pointer[native])}
	var err error
	m.Extra, err = object(data, func(name string, value json.RawMessage) (bool, error) {
		switch name {
		case "role":
			return true, json.Unmarshal(value, &m.Role)
		case "content":
			m.Text, err = contentText(value)
			return true, err
		case "tool_call_id":
			return true, json.Unmarshal(value, &m.CallID)
		case "tool_calls":
			m.ToolCalls, err = parseCalls(value)
			return true, err
		}
		return false, nil
	})
	if err != nil {
		return nil, fmt.Errorf("decode message: %w", err)
	}
	return m, nil
}

// contentText is the text of a content field: a string, null, or a list of parts,
// of which those without text, as images and thoughts, do not count.
func contentText(value json.RawMessage) (string, error) {
	var text string
	if len(value) == 0 || value[0] != '[' {
		return text, json.Unmarshal(value, &text)
	}
	var parts []json.RawMessage
	err := json.Unmarshal(value, &parts)
	for _, raw := range parts {
		var part struct {
			Text any `json:"text"`
		}
		if json.Unmarshal(raw, &part) == nil {
			s, _ := part.Text.(string)
			text += s
		}
	}
	return text, err
}

func parseCalls(data json.RawMessage) ([]ToolCall, error) {
	var each []json.RawMessage
	if err := json.Unmarshal(data, &each); err != nil {
		return nil, err
	}
	calls := make([]ToolCall, len(each))
	for i, raw := range each {
		c := &calls[i]
		var err error
		c.Extra, err = object(raw, func(name string, value json.RawMessage) (bool, error) {
			switch name {
			case "id":
				return true, json.Unmarshal(value, &c.ID)
			case "type":
				return true, nil
			case "function":
				return true, json.Unmarshal(value, &struct{ Name, Arguments *string }{&c.Name, &c.Arguments})
			}
			return false, nil
		})
		if err != nil {
			return nil, err
		}
	}
	return calls, nil
}

// object reads a JSON object field by field, in order. Fields that known does
// not take are returned as an object, nil if there are none.
func object(
	data []byte, known func(name string, value json.RawMessage) (bool, error),
) (json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.Join(errors.New("want an object"), err)
	}
	var rest []byte
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name, _ := t.(string)
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		taken, err := known(name, value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if !taken {
			rest = appendField(rest, name, value)
		}
	}
	if rest == nil {
		return nil, nil
	}
	return append(rest, '}'), nil
}

// Extras returns the fields of a JSON object that are not among known, in
// order, as an object; nil if there are none or data is no object.
func Extras(data []byte, known ...string) json.RawMessage {
	extra, err := object(data, func(name string, _ json.RawMessage) (bool, error) {
		return slices.Contains(known, name), nil
	})
	if err != nil {
		return nil
	}
	return extra
}

// WithCalls returns an assistant message that differs from m in its tool calls
// alone.
func (m *Message) WithCalls(calls []ToolCall) *Message {
	a := Answer{Text: m.Text, ToolCalls: calls, Extra: m.Extra}
	_, _ = object(m.JSON, func(name string, value json.RawMessage) (bool, error) { // own JSON is valid
		if name == "content" {
			a.NullContent = string(value) == "null"
			if value[0] == '[' {
				a.Parts = value
			}
		}
		return true, nil
	})
	return a.Message()
}

func emptyObject(o json.RawMessage) bool { return len(bytes.TrimSpace(o)) <= 2 }

// plain encodes a message that has its text as content.
func plain(m Message) *Message { return encode(m, Quote(m.Text)) }

// encode gives m its wire form.
func encode(m Message, content json.RawMessage) *Message {
	out := appendField(nil, "role", Quote(m.Role))
	out = appendField(out, "content", content)
	if len(m.ToolCalls) > 0 {
		out = appendField(out, "tool_calls", encodeCalls(m.ToolCalls))
	}
	if m.CallID != "" {
		out = appendField(out, "tool_call_id", Quote(m.CallID))
	}
	m.JSON = bytes.Clone(append(appendExtra(out, m.Extra), '}')) // no spare capacity: it is kept
	m.native = new(atomic.Pointer[native])
	return &m
}

func encodeCalls(calls []ToolCall) json.RawMessage {
	out := []byte{'['}
	for i, c := range calls {
		if i > 0 {
			out = append(out, ',')
		}
		function := appendField(nil, "name", Quote(c.Name))
		function = append(appendField(function, "arguments", Quote(c.Arguments)), '}')
		call := appendField(nil, "id", Quote(c.ID))
		call = appendField(call, "type", Quote("function"))
		call = appendField(call, "function", function)
		out = append(out, append(appendExtra(call, c.Extra), '}')...)
	}
	return append(out, ']')
}

// appendField adds a field to an object that is still open; nil is a new one.
func appendField(object []byte, name string, value json.RawMessage) []byte {
	if len(object) == 0 {
		object = append(object, '{')
	} else {
		object = append(object, ',')
	}
	object = append(object, Quote(name)...)
	object = append(object, ':')
	return append(object, value...)
}

// appendExtra adds the fields of extra to an object that is still open.
func appendExtra(object []byte, extra json.RawMessage) []byte {
	if emptyObject(extra) {
		return object
	}
	extra = bytes.TrimSpace(extra)
	return append(append(object, ','), extra[1:len(extra)-1]...)
}

func quoteOrNull(s *string) json.RawMessage {
	if s == nil {
		return json.RawMessage("null")
	}
	return Quote(*s)
}

// Quote encodes a string as it is: code is full of < and &.
func Quote(s string) json.RawMessage {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil { // strings always encode
		panic(fmt.Sprintf("encode string: %v", err))
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}
