package scripted

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// request is a request of any protocol of which only the outline is known.
// Conversations reach hundreds of kilobytes and mostly the script asks for
// their length and their end, so the rest is stepped over without decoding.
type request struct {
	model        string
	stream       bool
	includeUsage bool                       // chat completions
	encrypted    bool                       // Responses: wants encrypted reasoning
	fields       map[string]json.RawMessage // all but the conversation
	messages     []message
	elements     [][]byte // the conversation as it was sent
}

// message is what one of the parties said: a message, or a part of one where a
// protocol puts what several parties say into one.
type message struct {
	role string // system, user, assistant or tool, whatever the protocol calls it
	raw  []byte
	more bool // goes on with the message before
}

var errShape = errors.New("the body is not a request")

// scan finds the parts of a chat request in one pass. They point into body.
func scan(body []byte) (*request, error) {
	q, err := outline(body, "messages", func(q *request, raw []byte) error {
		role, err := roleOf(raw)
		q.messages = append(q.messages, message{role: role, raw: raw})
		return err
	})
	if err != nil {
		return nil, err
	}
	var options struct {
		IncludeUsage bool `json:"include_usage"`
	}
	if err := q.field("stream_options", &options); err != nil {
		return nil, err
	}
	q.includeUsage = options.IncludeUsage
	return q, q.whole("messages")
}

// outline reads the fields of a request; the elements of one of them are the
// conversation.
func outline(
	body []byte, conversation string, add func(q *request, element []byte) error,
) (*request, error) {
	q := &request{fields: make(map[string]json.RawMessage, 8)}
	err := object(body, space(body, 0), func(key []byte, at int) (int, error) {
		if string(key) == conversation && at < len(body) && body[at] == '[' {
			q.messages, q.elements = make([]message, 0, 64), make([][]byte, 0, 64)
			return array(body, at, func(at int) (int, error) {
				end := value(body, at)
				if end < 0 {
					return 0, errShape
				}
				q.elements = append(q.elements, body[at:end])
				return end, add(q, body[at:end])
			})
		}
		end := value(body, at)
		if end < 0 {
			return 0, errShape
		}
		q.fields[string(key)] = body[at:end]
		return end, nil
	})
	if err != nil {
		return nil, err
	}
	return q, errors.Join(q.field("model", &q.model), q.field("stream", &q.stream))
}

// field decodes a field of the request, if it has it.
func (q *request) field(name string, into any) error {
	raw, ok := q.fields[name]
	if !ok {
		return nil
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (q *request) whole(conversation string) error {
	if q.model == "" || len(q.messages) == 0 {
		return fmt.Errorf("a request needs a model and %s", conversation)
	}
	return nil
}

func (q *request) tools() []byte { return q.fields["tools"] }

// roleOf returns the role of a message without decoding the rest.
func roleOf(raw []byte) (role string, err error) {
	err = object(raw, 0, func(key []byte, at int) (int, error) {
		end := value(raw, at)
		if end >= 0 && string(key) == "role" {
			role = plainRole(raw[at:end])
			return end, errStop
		}
		return end, nil
	})
	if errors.Is(err, errStop) {
		err = nil
	}
	return role, err
}

// plainRole returns a role without allocating the usual ones. Roles need no
// escapes.
func plainRole(raw []byte) string {
	role := bytes.Trim(raw, `"`)
	for _, known := range []string{"assistant", "tool", "user", "system"} {
		if string(role) == known {
			return known
		}
	}
	return string(role)
}

// scanMessages finds the parts of a request in Anthropic's form. Results of
// tools, which lie in messages of the user, become messages of their own.
func scanMessages(body []byte) (*request, error) {
	q, err := outline(body, "messages", func(q *request, raw []byte) error {
		role, err := roleOf(raw)
		if err != nil {
			return err
		}
		if role != "user" {
			q.messages = append(q.messages, message{role: role, raw: raw})
			return nil
		}
		return q.split(raw)
	})
	if err != nil {
		return nil, err
	}
	if system := q.fields["system"]; len(system) > 0 {
		q.messages = append([]message{{role: "system", raw: contentOf(system)}}, q.messages...)
	}
	return q, q.whole("messages")
}

// split adds the blocks of a user's message.
func (q *request) split(raw []byte) error {
	var m struct{ Content json.RawMessage }
	if err := json.Unmarshal(raw, &m); err != nil {
		return err
	}
	if len(m.Content) == 0 || m.Content[0] != '[' { // a text is short for one block of text
		block := slices.Concat([]byte(`{"type":"text","text":`), m.Content, []byte("}"))
		q.messages = append(q.messages, message{role: "user", raw: block})
		return nil
	}
	var blocks []json.RawMessage
	if err := json.Unmarshal(m.Content, &blocks); err != nil {
		return err
	}
	for i, b := range blocks {
		role := "user"
		var kind struct{ Type string }
		if json.Unmarshal(b, &kind) == nil && kind.Type == "tool_result" {
			role = "tool"
		}
		q.messages = append(q.messages, message{role: role, raw: b, more: i > 0})
	}
	return nil
}

// contentOf makes an object of a text or of blocks alone.
func contentOf(content []byte) []byte {
	return append(append([]byte(`{"content":`), content...), '}')
}

// scanResponses finds the parts of a request to Responses. The items of one
// answer count as one message of the model.
func scanResponses(body []byte) (*request, error) {
	q, err := outline(body, "input", func(q *request, raw []byte) error {
		var item struct{ Type, Role string }
		if err := json.Unmarshal(raw, &item); err != nil {
			return err
		}
		m := message{role: item.Role, raw: raw}
		switch item.Type {
		case "function_call_output":
			m.role = "tool"
		case "function_call", "reasoning":
			m.role = "assistant"
		}
		last := len(q.messages) - 1
		m.more = m.role == "assistant" && last >= 0 && q.messages[last].role == "assistant"
		q.messages = append(q.messages, m)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if text, ok := q.fields["input"]; ok && len(text) > 0 && text[0] == '"' {
		q.messages = append(q.messages, message{role: "user", raw: contentOf(text)})
	}
	if told := q.fields["instructions"]; len(told) > 0 && string(told) != "null" {
		q.messages = append([]message{{role: "system", raw: contentOf(told)}}, q.messages...)
	}
	q.encrypted = bytes.Contains(q.fields["include"], []byte(`"reasoning.encrypted_content"`))
	return q, q.whole("input")
}

// turn is one more than the model's own messages.
func (q *request) turn() int {
	n := 1
	for _, m := range q.messages {
		if m.role == "assistant" && !m.more {
			n++
		}
	}
	return n
}

// last is what was said since the model's last message, system messages left
// out.
func (q *request) last() string {
	i := len(q.messages)
	for i > 0 && q.messages[i-1].role != "assistant" {
		i--
	}
	return texts(q.messages[i:], func(role string) bool {
		return role != "system" && role != "developer"
	})
}

// briefing is what the model was told from outside: system and user messages.
func (q *request) briefing() string {
	return texts(q.messages, func(role string) bool {
		return role == "system" || role == "developer" || role == "user"
	})
}

func (q *request) everything() string {
	return texts(q.messages, func(string) bool { return true })
}

func texts(messages []message, want func(role string) bool) string {
	var b strings.Builder
	for _, m := range messages {
		if !want(m.role) {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(m.text())
	}
	return b.String()
}

// text is what a message says: its content, which is a text or a list of parts,
// or its own text where it is a part, or what a tool put out. Thoughts are not
// said.
func (m message) text() string {
	var w struct {
		Content, Output json.RawMessage
		Text            string
	}
	if json.Unmarshal(m.raw, &w) != nil {
		return ""
	}
	return w.Text + flat(w.Content) + flat(w.Output)
}

// flat joins the texts of a list of parts, or is the text.
func flat(raw json.RawMessage) string {
	if len(raw) == 0 {
		return ""
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var parts []struct{ Type, Text string }
	if json.Unmarshal(raw, &parts) != nil {
		return ""
	}
	var b strings.Builder
	for _, p := range parts {
		if p.Type != "reasoning_text" {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}
