package scripted

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// manners are what a real server refuses, and what its answers have that must
// come back. Each refusal is in the table of its server with where it was seen.
type manners struct {
	name     string
	dialects []*dialect // that the server speaks
	checks   []check
	// dress gives an answer what the server gives to all of its own.
	dress func(r *reply, q *question)
	// body is the form of a refusal; nil is the dialect's.
	body  func(failure) any
	usage string // when streams report it, if the script does not say
	// callID makes the id of a call; nil is the dialect's way.
	callID func(conversation uint64, turn, i int) string
}

// check is one thing a server refuses. It returns nil if all is well.
type check struct {
	source   string     // a report of the refusal, or its documentation
	dialects []*dialect // nil is all
	find     func(q *question) *failure
}

// strictServers are the servers whose manners a script can ask for.
var strictServers = []*manners{geminiServer, deepseekServer, mistralServer, anthropicServer,
	openaiServer, openaiResponsesServer}

// StrictServers returns the names of the servers whose manners a script can ask
// for with strict.
func StrictServers() []string {
	names := make([]string, len(strictServers))
	for i, m := range strictServers {
		names[i] = m.name
	}
	return names
}

// strictness is the server that a script or a model is as strict as.
type strictness struct{ *manners }

// UnmarshalYAML reads the name of a server.
func (s *strictness) UnmarshalYAML(n *yaml.Node) error {
	m, err := strictServer(n.Value)
	if err != nil || n.Kind != yaml.ScalarNode {
		return fmt.Errorf("unknown server: want one of %s", strings.Join(StrictServers(), ", "))
	}
	s.manners = m
	return nil
}

func strictServer(name string) (*manners, error) {
	i := slices.IndexFunc(strictServers, func(m *manners) bool { return m.name == name })
	if i < 0 {
		return nil, fmt.Errorf("unknown server %q: want one of %s", name, strings.Join(StrictServers(),
			", "))
	}
	return strictServers[i], nil
}

// refusedError is a request that a strict server turns away.
type refusedError struct {
	failure
	body any // nil is the dialect's form
}

func (e *refusedError) Error() string { return e.message }

// refuse returns the first refusal of a request, in the server's own form.
func (m *manners) refuse(q *question) error {
	if !slices.Contains(m.dialects, q.dialect) {
		return &refusedError{failure: failure{
			status: http.StatusNotFound, kind: "invalid_request_error",
			message: fmt.Sprintf("strict: %s does not serve %s", m.name, q.dialect.path),
		}}
	}
	for _, c := range m.checks {
		if c.dialects != nil && !slices.Contains(c.dialects, q.dialect) {
			continue
		}
		f := c.find(q)
		if f == nil {
			continue
		}
		if f.status == 0 {
			f.status = http.StatusBadRequest
		}
		if f.kind == "" {
			f.kind = "invalid_request_error"
		}
		e := &refusedError{failure: *f}
		if m.body != nil {
			e.body = m.body(*f)
		}
		return e
	}
	return nil
}

// turn is a message of a conversation taken apart.
type turn struct {
	at     int // its place in the request
	role   string
	fields map[string]json.RawMessage
	blocks []block
}

// block is a part of a message, in whichever form the protocol has it.
type block struct {
	Type      string          `json:"type"` // text, tool_use, tool_result, thinking, redacted_thinking
	Text      string          `json:"text"`
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Input     json.RawMessage `json:"input"` // of a call: what it is called with
	ToolUseID string          `json:"tool_use_id"`
	Thinking  string          `json:"thinking"`
	Signature string          `json:"signature"`
	Cache     json.RawMessage `json:"cache_control"`

	extra map[string]json.RawMessage // all fields of a call in a chat
}

// dialogue takes the conversation of a request apart, once.
func (q *question) dialogue() []turn {
	if q.taken == nil {
		q.taken = make([]turn, 0, len(q.elements))
		for i, raw := range q.elements {
			q.taken = append(q.taken, takeApart(i, raw))
		}
	}
	return q.taken
}

func takeApart(at int, raw []byte) turn {
	t := turn{at: at}
	if json.Unmarshal(raw, &t.fields) != nil {
		return t
	}
	t.role = textOf(t.fields["role"])
	content := t.fields["content"]
	switch {
	case len(content) > 0 && content[0] == '"':
		t.blocks = append(t.blocks, block{Type: "text", Text: textOf(content)})
	case len(content) > 0 && content[0] == '[':
		_ = json.Unmarshal(content, &t.blocks) // what is no block is none
	}
	if t.role == "tool" {
		t.blocks = []block{{Type: "tool_result", ToolUseID: textOf(t.fields["tool_call_id"])}}
	}
	t.blocks = append(t.blocks, chatCalls(t.fields["tool_calls"])...)
	return t
}

func chatCalls(raw json.RawMessage) []block {
	var calls []map[string]json.RawMessage
	if json.Unmarshal(raw, &calls) != nil {
		return nil
	}
	blocks := make([]block, len(calls))
	for i, c := range calls {
		var f struct {
			Name      string
			Arguments json.RawMessage
		}
		_ = json.Unmarshal(c["function"], &f) // what is no function has no name
		blocks[i] = block{Type: "tool_use", ID: textOf(c["id"]), Name: f.Name, Input: f.Arguments,
			extra: c}
	}
	return blocks
}

func textOf(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// of returns the blocks of a type.
func (t turn) of(kind string) []block {
	return slices.DeleteFunc(slices.Clone(t.blocks), func(b block) bool { return b.Type != kind })
}

// sinceUser returns the messages after the last one of the user: the turn in
// which the model still calls tools.
func sinceUser(turns []turn) []turn {
	i := len(turns)
	for i > 0 && !(turns[i-1].role == "user" && len(turns[i-1].of("tool_result")) == 0) {
		i--
	}
	return turns[i:]
}

// unanswered returns the ids of calls whose results do not follow at once, and
// the message they are in.
func unanswered(turns []turn) (t turn, ids []string) {
	for i, t := range turns {
		calls := t.of("tool_use")
		if len(calls) == 0 {
			continue
		}
		answered := map[string]bool{}
		for j := i + 1; j < len(turns) && turns[j].role == "tool"; j++ {
			answered[turns[j].blocks[0].ToolUseID] = true
		}
		for _, c := range calls {
			if !answered[c.ID] {
				ids = append(ids, c.ID)
			}
		}
		if len(ids) > 0 {
			return t, ids
		}
	}
	return turn{}, nil
}

// orphan returns a tool message that answers no call of the message before.
func orphan(turns []turn) (turn, bool) {
	open := map[string]bool{}
	for _, t := range turns {
		if t.role != "tool" {
			clear(open)
			for _, c := range t.of("tool_use") {
				open[c.ID] = true
			}
			continue
		}
		if !open[t.blocks[0].ToolUseID] {
			return t, true
		}
	}
	return turn{}, false
}

var plainName = regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)

// misnamed returns the first call whose name or id does not fit.
func misnamed(turns []turn, fits func(block) bool) (t turn, index int, b block, found bool) {
	for _, t := range turns {
		for i, c := range t.of("tool_use") {
			if !fits(c) {
				return t, i, c, true
			}
		}
	}
	return turn{}, 0, block{}, false
}

// unknown returns the first field that is not among known.
func unknown(fields map[string]json.RawMessage, known ...string) string {
	for _, name := range sorted(fields) {
		if !slices.Contains(known, name) {
			return name
		}
	}
	return ""
}
