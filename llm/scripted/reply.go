package scripted

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"bench"
)

// reply is what the model says.
type reply struct {
	id     string
	model  string
	say    string
	calls  []madeCall
	finish string
	usage  bench.Usage
}

type madeCall struct{ id, name, arguments string }

// compose makes the reply of a rule. Captures that are used must be found.
func (s *Script) compose(r *rule, q *question) (*reply, error) {
	fill := func(t string) (string, error) { return s.fill(t, q) }
	say := ""
	if r.Say != nil {
		filled, err := fill(*r.Say)
		if err != nil {
			return nil, err
		}
		say = filled
	}
	conversation := q.conversation()
	out := &reply{
		id:    fmt.Sprintf("chatcmpl-%016x", mix(conversation, "reply", strconv.Itoa(q.turns))),
		model: q.model, say: say, finish: r.FinishReason,
	}
	for i, c := range r.Calls {
		arguments, err := c.encode(fill)
		if err != nil {
			return nil, err
		}
		out.calls = append(out.calls, madeCall{
			id:   fmt.Sprintf("call_%08x_%d_%d", uint32(conversation), q.turns, i),
			name: c.Tool, arguments: arguments,
		})
	}
	switch {
	case out.finish != "":
	case len(out.calls) > 0:
		out.finish = "tool_calls"
	default:
		out.finish = "stop"
	}
	return out, nil
}

func (c *callSpec) encode(fill func(string) (string, error)) (string, error) {
	if c.Raw != "" {
		return fill(c.Raw)
	}
	if c.Arguments.value == nil {
		return "{}", nil
	}
	filled, err := fillValue(c.Arguments.value, fill)
	if err != nil {
		return "", err
	}
	b, err := json.Marshal(filled)
	return string(b), err
}

func fillValue(v any, fill func(string) (string, error)) (any, error) {
	switch v := v.(type) {
	case string:
		return fill(v)
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			f, err := fillValue(e, fill)
			if err != nil {
				return nil, err
			}
			out[i] = f
		}
		return out, nil
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			f, err := fillValue(e, fill)
			if err != nil {
				return nil, err
			}
			out[k] = f
		}
		return out, nil
	}
	return v, nil
}

// fill puts captures into a text.
func (s *Script) fill(t string, q *question) (string, error) {
	if !strings.Contains(t, "${") {
		return t, nil
	}
	for name, c := range s.captures {
		mark := "${" + name + "}"
		if !strings.Contains(t, mark) {
			continue
		}
		text := ""
		if c.Scope == "last" {
			text = q.lastSaid()
		} else {
			text = q.briefing()
		}
		found := c.Regex.re.FindStringSubmatch(text)
		switch {
		case found == nil && c.Default != nil:
			found = []string{*c.Default}
		case found == nil:
			return "", fmt.Errorf("capture %s: %s matches nothing", name, c.Regex.re)
		}
		t = strings.ReplaceAll(t, mark, found[min(1, len(found)-1)])
	}
	return t, nil
}

// The wire form of a reply.
type (
	wireReply struct {
		ID      string       `json:"id"`
		Object  string       `json:"object"`
		Model   string       `json:"model"`
		Choices []wireChoice `json:"choices"`
		Usage   *wireUsage   `json:"usage,omitempty"`
	}
	wireChoice struct {
		Index        int          `json:"index"`
		Message      *wireMessage `json:"message,omitempty"`
		Delta        *wireMessage `json:"delta,omitempty"`
		FinishReason *string      `json:"finish_reason"`
	}
	wireMessage struct {
		Role      string     `json:"role,omitempty"`
		Content   *string    `json:"content,omitempty"`
		ToolCalls []wireCall `json:"tool_calls,omitempty"`
	}
	wireCall struct {
		Index    *int   `json:"index,omitempty"`
		ID       string `json:"id,omitempty"`
		Type     string `json:"type,omitempty"`
		Function struct {
			Name      string `json:"name,omitempty"`
			Arguments string `json:"arguments"`
		} `json:"function"`
	}
	wireUsage struct {
		Prompt        int64 `json:"prompt_tokens"`
		Completion    int64 `json:"completion_tokens"`
		Total         int64 `json:"total_tokens"`
		PromptDetails struct {
			Cached int64 `json:"cached_tokens"`
			Write  int64 `json:"cache_write_tokens"`
		} `json:"prompt_tokens_details"`
		CompletionDetails struct {
			Reasoning int64 `json:"reasoning_tokens"`
		} `json:"completion_tokens_details"`
	}
)

func wireUsageOf(u bench.Usage) *wireUsage {
	w := &wireUsage{Prompt: u.Input, Completion: u.Output, Total: u.Tokens()}
	w.PromptDetails.Cached, w.PromptDetails.Write = u.CachedInput, u.CacheWrite
	w.CompletionDetails.Reasoning = u.Reasoning
	return w
}

func (r *reply) wireCalls(streamed bool) []wireCall {
	out := make([]wireCall, len(r.calls))
	for i, c := range r.calls {
		out[i] = wireCall{ID: c.id, Type: "function"}
		out[i].Function.Name, out[i].Function.Arguments = c.name, c.arguments
		if streamed {
			out[i].Index = &i
		}
	}
	return out
}

// encodeReply is the whole answer in one document.
func encodeReply(r *reply) []byte {
	m := &wireMessage{Role: "assistant", ToolCalls: r.wireCalls(false)}
	if r.say != "" || len(r.calls) == 0 {
		m.Content = &r.say
	}
	return mustMarshal(wireReply{
		ID: r.id, Object: "chat.completion", Model: r.model, Usage: wireUsageOf(r.usage),
		Choices: []wireChoice{{Message: m, FinishReason: &r.finish}},
	})
}

// streamReply writes the answer as server-sent events: the text in pieces,
// each call's name and then its arguments, the end, and the usage if wanted.
func streamReply(w http.ResponseWriter, r *reply, includeUsage bool) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-cache")
	send := func(c wireReply) {
		c.ID, c.Object, c.Model = r.id, "chat.completion.chunk", r.model
		flushed(w, append(append([]byte("data: "), mustMarshal(c)...), "\n\n"...))
	}
	delta := func(m wireMessage, finish *string) {
		send(wireReply{Choices: []wireChoice{{Delta: &m, FinishReason: finish}}})
	}
	empty := ""
	delta(wireMessage{Role: "assistant", Content: &empty}, nil)
	for rest := r.say; rest != ""; {
		piece := strings.TrimSuffix(shorten(rest, 40), "…")
		if piece == "" || len(rest) <= 40 {
			piece = rest
		}
		delta(wireMessage{Content: &piece}, nil)
		rest = rest[len(piece):]
	}
	for _, c := range r.wireCalls(true) {
		open, arguments := c, c
		open.Function.Arguments = ""
		arguments.ID, arguments.Type, arguments.Function.Name = "", "", ""
		delta(wireMessage{ToolCalls: []wireCall{open}}, nil)
		delta(wireMessage{ToolCalls: []wireCall{arguments}}, nil)
	}
	delta(wireMessage{}, &r.finish)
	if includeUsage {
		send(wireReply{Choices: []wireChoice{}, Usage: wireUsageOf(r.usage)})
	}
	flushed(w, []byte("data: [DONE]\n\n"))
}

func writeError(w http.ResponseWriter, status int, message, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	flushed(w, mustMarshal(map[string]any{
		"error": map[string]any{"message": message, "type": "scripted", "code": code},
	}))
}

// mustMarshal encodes values of this package's own types, which always works.
func mustMarshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err))
	}
	return b
}
