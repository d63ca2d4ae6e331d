package llm_test

import (
	"encoding/json"
	"testing"

	"bench/llm"
)

// What only the model that gave an answer can read goes, in the form of every protocol,
// and is counted; text and calls stay.
func TestPlain(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		message string
		blocks  int
		plain   string // empty: as it is
	}{
		"nothing": {message: `{"role":"assistant","content":"So."}`},
		"calls": {message: `{"role":"assistant","content":null,"tool_calls":[` +
			`{"id":"a","type":"function","function":{"name":"n","arguments":"{}"}}]}`},
		"reasoning beside": {
			`{"role":"assistant","content":"So.","reasoning_content":"Hm."}`, 1,
			`{"role":"assistant","content":"So."}`,
		},
		"empty reasoning": {
			`{"role":"assistant","content":"So.","reasoning_content":""}`, 0,
			`{"role":"assistant","content":"So."}`,
		},
		"details": {
			`{"role":"assistant","content":"So.","reasoning":"Hm.","reasoning_details":[{"type":"a"},{"type":"b"}]}`, 2,
			`{"role":"assistant","content":"So."}`,
		},
		"blocks": {
			`{"role":"assistant","content":"So.","thinking_blocks":[{"type":"thinking"},{"type":"redacted_thinking"}],` +
				`"block_order":["thinking","thinking",3]}`, 2,
			`{"role":"assistant","content":"So."}`,
		},
		"items": {
			`{"role":"assistant","content":"So.","responses_output":[{"type":"reasoning"},{"type":"message"}]}`, 1,
			`{"role":"assistant","content":"So."}`,
		},
		"signatures": {
			`{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function",` +
				`"function":{"name":"n","arguments":"{}"},"extra_content":{"google":{"thought_signature":"x"}}}]}`, 1,
			`{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function",` +
				`"function":{"name":"n","arguments":"{}"}}]}`,
		},
		"parts": {
			`{"role":"assistant","content":[{"type":"thinking","thinking":[]},{"type":"text","text":"So."}]}`, 1,
			`{"role":"assistant","content":"So."}`,
		},
		"thoughts alone": {
			`{"role":"assistant","content":"","reasoning_content":"Hm."}`, 1,
			`{"role":"assistant","content":"(empty)"}`,
		},
	} {
		m, err := llm.ParseMessage([]byte(test.message))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		plain, want := m.Plain(), test.plain
		if want == "" {
			want = test.message
		}
		if string(plain.JSON) != want || !json.Valid(plain.JSON) {
			t.Errorf("%s: %s, want %s", name, plain.JSON, want)
		}
		if m.Reasoning() != test.blocks || plain.Reasoning() != 0 {
			t.Errorf("%s: %d blocks, and %d are left; want %d", name, m.Reasoning(), plain.Reasoning(), test.blocks)
		}
	}
}
