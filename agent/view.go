package agent

import (
	"encoding/json"
	"strings"

	"bench/llm"
)

// view is a conversation as one of the models that take part in it is shown it: its
// own answers as they are, those of others without what only these can read, and all
// calls with ids that fit it. What was shown once stays to the byte, so that caches
// hold.
type view struct {
	reader
	makers  map[*llm.Message]string // who gave an answer; the run's
	given   []*llm.Message          // what was asked for last time
	shown   []*llm.Message          // and is shown of it
	ids     *callIDs
	renamed map[string]string // ids of the calls of the last answer
}

// of returns the conversation as the model sees it.
func (v *view) of(messages []*llm.Message) []*llm.Message {
	same := 0
	for same < len(v.given) && same < len(messages) && v.given[same] == messages[same] {
		same++
	}
	if same < len(v.given) || v.ids == nil { // something was said anew
		v.given, v.shown, v.ids, same = nil, nil, v.callIDs(nil), 0
	}
	for _, m := range messages[same:] {
		v.given = append(v.given, m)
		v.shown = append(v.shown, v.one(m))
	}
	return v.shown[:len(v.shown):len(v.shown)]
}

func (v *view) one(m *llm.Message) *llm.Message {
	switch m.Role {
	case "assistant":
		return v.answer(m)
	case "tool":
		if id, ok := v.renamed[m.CallID]; ok && id != m.CallID {
			return llm.Observation(id, m.Text)
		}
	}
	return m
}

func (v *view) answer(m *llm.Message) *llm.Message {
	out, own := m, v.makers[m] == v.model.Name
	if !own {
		out = m.Plain()
	}
	v.renamed = make(map[string]string, len(m.ToolCalls))
	calls, fit := make([]llm.ToolCall, len(m.ToolCalls)), true
	for i, c := range out.ToolCalls {
		id := c.ID
		if !own && strings.Contains(id, thoughtMark) {
			id = "" // it is somebody else's thought
		}
		id = v.ids.take(id)
		v.renamed[c.ID] = id
		fit = fit && id == c.ID
		c.ID = id
		calls[i] = c
	}
	if !fit {
		out = out.WithCalls(calls)
	}
	if own || len(calls) == 0 {
		return out
	}
	return v.insisting(out)
}

// Models that want a thought with every call, and what they take in the place of one
// that they did not have. DeepSeek and Kimi: github.com/openclaw/openclaw/issues/10085,
// github.com/earendil-works/pi/pull/3640. Gemini:
// ai.google.dev/gemini-api/docs/thought-signatures
const noSignature = `{"extra_content":{"google":{"thought_signature":` +
	`"skip_thought_signature_validator"}}}`

var noReasoning = json.RawMessage(`{"reasoning_content":"(none)"}`)

// insisting returns another model's calls as models take them that insist on a thought.
func (v *view) insisting(m *llm.Message) *llm.Message {
	if v.model.API != "" { // the others know what they did not write
		return m
	}
	model := strings.ToLower(v.model.Model)
	switch {
	case containsAny(model, []string{"deepseek", "kimi"}):
		return llm.Answer{Text: m.Text, ToolCalls: m.ToolCalls, NullContent: true,
			Extra: noReasoning}.Message()
	case strings.Contains(model, "gemini"):
		calls := append([]llm.ToolCall(nil), m.ToolCalls...)
		calls[0].Extra = json.RawMessage(noSignature)
		return m.WithCalls(calls)
	}
	return m
}
