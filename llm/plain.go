package llm

import (
	"encoding/json"
	"slices"
)

// Plain returns an answer as a model may see it that did not give it: its text and
// its calls. What one model thought is of use to no other: its signature or its key is
// the provider's, and most refuse what they did not write.
func (m *Message) Plain() *Message {
	calls := slices.Clone(m.ToolCalls)
	kept := m.Extra == nil && !m.parts()
	for i := range calls {
		kept = kept && calls[i].Extra == nil
		calls[i].Extra = nil
	}
	if kept {
		return m
	}
	return Assistant(m.Text, calls)
}

// parts reports whether the content is a list.
func (m *Message) parts() (list bool) {
	_, _ = object(m.JSON, func(name string, value json.RawMessage) (bool, error) { // own JSON is valid
		list = list || name == "content" && len(value) > 0 && value[0] == '['
		return true, nil
	})
	return list
}

// Reasoning counts the blocks of reasoning in an answer that Plain leaves out, in the
// forms of all protocols: blocks of thoughts, items of reasoning, reasoning beside the
// content or a part of it, and signatures of thoughts at calls.
func (m *Message) Reasoning() (blocks int) {
	var extra struct {
		Thinking  []json.RawMessage `json:"thinking_blocks"`
		Details   []json.RawMessage `json:"reasoning_details"`
		Content   string            `json:"reasoning_content"`
		Reasoning string            `json:"reasoning"`
		Output    []struct {
			Type string `json:"type"`
		} `json:"responses_output"`
	}
	if json.Unmarshal(m.Extra, &extra) == nil { // else it is of no form that is known
		blocks = max(len(extra.Thinking), len(extra.Details))
		if blocks == 0 && extra.Content+extra.Reasoning != "" {
			blocks = 1
		}
		for _, item := range extra.Output {
			if item.Type == "reasoning" {
				blocks++
			}
		}
	}
	for _, c := range m.ToolCalls {
		if c.Extra != nil {
			blocks++
		}
	}
	return blocks + m.thoughtParts()
}

// thoughtParts counts the parts of the content that are thoughts.
func (m *Message) thoughtParts() (n int) {
	var message struct {
		Content []struct {
			Type string `json:"type"`
		} `json:"content"`
	}
	if json.Unmarshal(m.JSON, &message) != nil { // the content is no list
		return 0
	}
	for _, part := range message.Content {
		if part.Type == "thinking" || part.Type == "reasoning" {
			n++
		}
	}
	return n
}
