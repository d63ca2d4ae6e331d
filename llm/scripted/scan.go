package scripted

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// request is a chat request of which only the outline is known. Conversations
// reach hundreds of kilobytes and mostly the script asks for their length and
// their end, so the rest is stepped over without decoding.
type request struct {
	model        string
	stream       bool
	includeUsage bool
	tools        []byte
	messages     []message
}

type message struct {
	role string
	raw  []byte
}

var errShape = errors.New("the body is not a chat completion request")

// scan finds the parts of a request in one pass. They point into body.
func scan(body []byte) (*request, error) {
	q := &request{}
	var options []byte
	err := object(body, space(body, 0), func(key []byte, at int) (int, error) {
		if string(key) == "messages" {
			return q.scanMessages(body, at)
		}
		end := value(body, at)
		if end < 0 {
			return 0, errShape
		}
		switch string(key) {
		case "model":
			return end, json.Unmarshal(body[at:end], &q.model)
		case "stream":
			return end, json.Unmarshal(body[at:end], &q.stream)
		case "stream_options":
			options = body[at:end]
		case "tools":
			q.tools = body[at:end]
		}
		return end, nil
	})
	if err != nil {
		return nil, err
	}
	if len(options) > 0 {
		var o struct {
			IncludeUsage bool `json:"include_usage"`
		}
		if err := json.Unmarshal(options, &o); err != nil {
			return nil, err
		}
		q.includeUsage = o.IncludeUsage
	}
	if q.model == "" || len(q.messages) == 0 {
		return nil, errors.New("a request needs a model and messages")
	}
	return q, nil
}

// scanMessages collects the messages of the array at i and returns its end.
func (q *request) scanMessages(body []byte, i int) (int, error) {
	q.messages = make([]message, 0, 64)
	return array(body, i, func(at int) (int, error) {
		end := value(body, at)
		if end < 0 {
			return 0, errShape
		}
		m := message{raw: body[at:end]}
		err := object(m.raw, 0, func(key []byte, at int) (int, error) {
			end := value(m.raw, at)
			if end >= 0 && string(key) == "role" {
				m.role = roleOf(m.raw[at:end])
				return end, errStop
			}
			return end, nil
		})
		q.messages = append(q.messages, m)
		if err != nil && !errors.Is(err, errStop) {
			return 0, err
		}
		return end, nil
	})
}

// roleOf returns a role without allocating the usual ones. Roles need no
// escapes.
func roleOf(raw []byte) string {
	role := bytes.Trim(raw, `"`)
	for _, known := range []string{"assistant", "tool", "user", "system"} {
		if string(role) == known {
			return known
		}
	}
	return string(role)
}

// turn is one more than the model's own messages.
func (q *request) turn() int {
	n := 1
	for _, m := range q.messages {
		if m.role == "assistant" {
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

// text is the content of a message, which is a string or a list of parts.
func (m message) text() string {
	var w struct {
		Content json.RawMessage `json:"content"`
	}
	if json.Unmarshal(m.raw, &w) != nil {
		return ""
	}
	var s string
	if json.Unmarshal(w.Content, &s) == nil {
		return s
	}
	var parts []struct {
		Text string `json:"text"`
	}
	if json.Unmarshal(w.Content, &parts) != nil {
		return ""
	}
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.Text)
	}
	return b.String()
}

// errStop ends an iteration early and without error.
var errStop = errors.New("stop")

// object calls f with every key of the JSON object at i and where its value
// starts; f returns where it ends.
func object(b []byte, i int, f func(key []byte, at int) (end int, err error)) error {
	if i >= len(b) || b[i] != '{' {
		return errShape
	}
	for i = space(b, i+1); i < len(b) && b[i] != '}'; {
		end := value(b, i)
		if end < 0 || b[i] != '"' {
			return errShape
		}
		key := b[i+1 : end-1]
		if i = space(b, end); i >= len(b) || b[i] != ':' {
			return errShape
		}
		end, err := f(key, space(b, i+1))
		if err != nil {
			return err
		}
		if end < 0 {
			return errShape
		}
		i = separator(b, end)
	}
	if i >= len(b) {
		return errShape
	}
	return nil
}

// array calls f with the start of every element of the JSON array at i; f
// returns where it ends. The result is the end of the array.
func array(b []byte, i int, f func(at int) (end int, err error)) (int, error) {
	if i >= len(b) || b[i] != '[' {
		return 0, errShape
	}
	for i = space(b, i+1); i < len(b) && b[i] != ']'; {
		end, err := f(i)
		if err != nil {
			return 0, err
		}
		i = separator(b, end)
	}
	if i >= len(b) {
		return 0, errShape
	}
	return i + 1, nil
}

// separator steps over space and a comma.
func separator(b []byte, i int) int {
	i = space(b, i)
	if i < len(b) && b[i] == ',' {
		i = space(b, i+1)
	}
	return i
}

func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// value returns the end of the JSON value at i, or -1.
func value(b []byte, i int) int {
	if i >= len(b) {
		return -1
	}
	switch b[i] {
	case '"':
		return quoted(b, i)
	case '{', '[':
		return container(b, i)
	case '}', ']', ',', ':':
		return -1
	}
	for i < len(b) && !bytes.ContainsRune([]byte(" \n\t\r,]}"), rune(b[i])) {
		i++
	}
	return i
}

// quoted returns the end of the string at i, or -1.
func quoted(b []byte, i int) int {
	for j := i + 1; ; {
		k := bytes.IndexByte(b[j:], '"')
		if k < 0 {
			return -1
		}
		end := j + k
		escapes := end
		for escapes > i+1 && b[escapes-1] == '\\' {
			escapes--
		}
		if (end-escapes)%2 == 0 {
			return end + 1
		}
		j = end + 1
	}
}

// container returns the end of the object or array at i, or -1.
func container(b []byte, i int) int {
	for depth := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			end := quoted(b, i)
			if end < 0 {
				return -1
			}
			i = end - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}
