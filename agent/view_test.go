package agent

import (
	"slices"
	"testing"

	"bench"
	"bench/llm"
)

// answered is a model's answer that calls a tool, with a thought beside it.
func answered(id string) *llm.Message {
	return llm.Answer{
		Text: "So.", ToolCalls: []llm.ToolCall{{ID: id, Name: "terminal", Arguments: "{}"}},
		Extra: []byte(`{"reasoning_content":"Hm."}`),
	}.Message()
}

func TestView(t *testing.T) {
	t.Parallel()
	own, other := answered("own-1"), answered("call00001")
	said := []*llm.Message{
		llm.System("s"), llm.User("u"), other, llm.Observation("call00001", "1"),
		own, llm.Observation("own-1", "2"),
	}
	v := &view{
		reader: reader{model: bench.Model{Name: "mine", Model: "mine"}},
		makers: map[*llm.Message]string{own: "mine", other: "theirs"},
	}
	first := slices.Clone(v.of(said))
	for i, m := range first {
		switch {
		case i == 2:
			if m.Extra != nil || m.ToolCalls[0].ID != "call00001" || m.Text != "So." {
				t.Errorf("another model's answer is shown as %s", m.JSON)
			}
		case m != said[i]:
			t.Errorf("message %d is shown as %s", i, m.JSON)
		}
	}
	// What was shown stays; what is told anew is shown.
	again := v.of(append(said, llm.User("more")))
	if !slices.Equal(again[:len(first)], first) || len(again) != len(first)+1 {
		t.Error("what was shown before is shown otherwise")
	}
	retold := slices.Clone(said)
	retold[5] = llm.Observation("own-1", "2, and a notice")
	if got := v.of(retold); got[5] != retold[5] || string(got[2].JSON) != string(first[2].JSON) {
		t.Errorf("told anew: %s, after %s", got[5].JSON, got[2].JSON)
	}
}

// No two calls of a conversation as it is shown have one id, and each answer has that of
// its call, whatever a model takes for an id.
func TestViewIDs(t *testing.T) {
	t.Parallel()
	for _, wire := range []string{"gpt-6", "mistral-large", "kimi-k2"} {
		said := []*llm.Message{
			answered("toolu_1"), llm.Observation("toolu_1", "1"),
			answered("gem__thought__abc"), llm.Observation("gem__thought__abc", "2"),
			answered("call00002"), llm.Observation("call00002", "3"),
		}
		v := &view{
			reader: reader{model: bench.Model{Name: "mine", Model: wire}},
			makers: map[*llm.Message]string{said[4]: "mine"},
		}
		seen, shown := map[string]bool{}, v.of(said)
		for i := 0; i < len(shown); i += 2 {
			id := shown[i].ToolCalls[0].ID
			if seen[id] || shown[i+1].CallID != id || id == "gem__thought__abc" ||
				wire == "mistral-large" && !mistralID.MatchString(id) {
				t.Errorf("%s: call %d is %s, its answer that of %s", wire, i, id, shown[i+1].CallID)
			}
			seen[id] = true
		}
		if wire != "gpt-6" {
			continue
		}
		if shown[0].ToolCalls[0].ID != "toolu_1" {
			t.Errorf("an id that fits is shown as %s", shown[0].ToolCalls[0].ID)
		}
	}
}

// A model that insists on a thought with every call is shown one where there was none.
func TestViewInsisting(t *testing.T) {
	t.Parallel()
	for wire, want := range map[string]string{
		"deepseek-v4": `"reasoning_content":"(none)"`, "kimi-k2.5": `"reasoning_content":"(none)"`,
		"gemini-3-pro": `"thought_signature":"skip_thought_signature_validator"`, "gpt-6": "",
	} {
		m := answered("a1")
		v := &view{reader: reader{model: bench.Model{Name: "mine", Model: wire}}}
		got := string(v.of([]*llm.Message{m})[0].JSON)
		if found := contains(got, want); !found || want == "" && contains(got, "reasoning") {
			t.Errorf("%s: %s", wire, got)
		}
	}
}

func contains(text, part string) bool { return containsAny(text, []string{part}) }
