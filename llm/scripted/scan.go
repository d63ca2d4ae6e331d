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

// scan finds the parts of a request. They point into body.
func scan(body []byte) (*request, error) {
	q := &request{}
	var list, options []byte
	err := eachField(body, func(key string, value []byte) error {
		switch key {
		case "model":
			return json.Unmarshal(value, &q.model)
		case "stream":
			return json.Unmarshal(value, &q.stream)
		case "stream_options":
			options = value
		case "tools":
			q.tools = value
		case "messages":
			list = value
		}
		return nil
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
	if q.messages, err = scanMessages(list); err != nil {
		return nil, err
	}
	if q.model == "" || len(q.messages) == 0 {
		return nil, errors.New("a request needs a model and messages")
	}
	return q, nil
}

func scanMessages(list []byte) ([]message, error) {
	messages := make([]message, 0, bytes.Count(list, []byte(`"role"`)))
	err := eachElement(list, func(raw []byte) error {
		m := message{raw: raw}
		err := eachField(raw, func(key string, value []byte) error {
			if key != "role" {
				return nil
			}
			if err := json.Unmarshal(value, &m.role); err != nil {
				return err
			}
			return errStop
		})
		messages = append(messages, m)
		return err
	})
	return messages, err
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

// eachField calls f with the fields of the JSON object in b.
func eachField(b []byte, f func(key string, value []byte) error) error {
	i := space(b, 0)
	if i >= len(b) || b[i] != '{' {
		return errShape
	}
	for i = space(b, i+1); i < len(b) && b[i] != '}'; {
		end := value(b, i)
		if end < 0 || b[i] != '"' {
			return errShape
		}
		key := string(b[i+1 : end-1])
		i = space(b, end)
		if i >= len(b) || b[i] != ':' {
			return errShape
		}
		i = space(b, i+1)
		if end = value(b, i); end < 0 {
			return errShape
		}
		if err := f(key, b[i:end]); err == errStop { //nolint:errorlint // our own, never wrapped
			return nil
		} else if err != nil {
			return err
		}
		i = separator(b, end)
	}
	if i >= len(b) {
		return errShape
	}
	return nil
}

// eachElement calls f with the elements of the JSON array in b.
func eachElement(b []byte, f func(raw []byte) error) error {
	i := space(b, 0)
	if i >= len(b) || b[i] != '[' {
		return errShape
	}
	for i = space(b, i+1); i < len(b) && b[i] != ']'; {
		end := value(b, i)
		if end < 0 {
			return errShape
		}
		if err := f(b[i:end]); err != nil {
			return err
		}
		i = separator(b, end)
	}
	if i >= len(b) {
		return errShape
	}
	return nil
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
