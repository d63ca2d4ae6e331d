package llm_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"bench"
	"bench/llm"
)

// The wire form of messages, byte for byte: providers cache by it.
func TestMessagesOnTheWire(t *testing.T) {
	t.Parallel()
	call := llm.ToolCall{ID: "c1", Name: "terminal", Arguments: `{"command":"a && b"}`}
	wireCall := `"tool_calls":[{"id":"c1","type":"function","function":` +
		`{"name":"terminal","arguments":"{\"command\":\"a && b\"}"}}]`
	extra := call
	extra.Extra = json.RawMessage(`{"extra_content":{"google":{"thought_signature":"s"}}}`)
	wireExtra := strings.Replace(wireCall, `}}]`, `},"extra_content":{"google":{"thought_signature":"s"}}}]`, 1)
	for _, c := range []struct {
		name string
		m    *llm.Message
		want string
	}{
		{"system", llm.System("s"), `{"role":"system","content":"s"}`},
		{"code stays as it is", llm.User("a < b && \"c\""),
			`{"role":"user","content":"a < b && \"c\""}`},
		{"invalid UTF-8", llm.User("a\xffb"), `{"role":"user","content":"a\ufffdb"}`},
		{"answer", llm.Assistant("x", nil), `{"role":"assistant","content":"x"}`},
		{"blank answer", llm.Assistant(" \n", nil), `{"role":"assistant","content":"(empty)"}`},
		{"calls alone", llm.Assistant("", []llm.ToolCall{call}),
			`{"role":"assistant","content":null,` + wireCall + `}`},
		{"blank text beside calls", llm.Assistant("\n", []llm.ToolCall{call}),
			`{"role":"assistant","content":null,` + wireCall + `}`},
		{"empty text beside calls", llm.Answer{ToolCalls: []llm.ToolCall{call}}.Message(),
			`{"role":"assistant","content":"",` + wireCall + `}`},
		{"fields of a call", llm.Answer{NullContent: true, ToolCalls: []llm.ToolCall{extra}}.Message(),
			`{"role":"assistant","content":null,` + wireExtra + `}`},
		{"text beside calls", llm.Assistant("x", []llm.ToolCall{call}),
			`{"role":"assistant","content":"x",` + wireCall + `}`},
		{"reasoning goes back", llm.Answer{Text: "x", Extra: []byte(`{"reasoning_content":""}`)}.Message(),
			`{"role":"assistant","content":"x","reasoning_content":""}`},
		{"no reasoning", llm.Answer{Text: "x", Extra: []byte(`{}`)}.Message(),
			`{"role":"assistant","content":"x"}`},
		{"parts go back", llm.Answer{Text: "x", Parts: []byte(parts)}.Message(),
			`{"role":"assistant","content":` + parts + `}`},
		{"parts beside other calls", parsed(t, `{"role":"assistant","content":`+parts+`,"tool_calls":[]}`).
			WithCalls([]llm.ToolCall{call}), `{"role":"assistant","content":` + parts + `,` + wireCall + `}`},
		{"null beside other calls", llm.Assistant("", []llm.ToolCall{{ID: "7"}}).
			WithCalls([]llm.ToolCall{call}), `{"role":"assistant","content":null,` + wireCall + `}`},
		{"empty text beside other calls", llm.Answer{ToolCalls: []llm.ToolCall{{ID: "7"}}}.Message().
			WithCalls([]llm.ToolCall{call}), `{"role":"assistant","content":"",` + wireCall + `}`},
		{"observation", llm.Observation("c1", "ok"),
			`{"role":"tool","content":"ok","tool_call_id":"c1"}`},
		{"empty observation", llm.Observation("c1", ""),
			`{"role":"tool","content":"(no output)","tool_call_id":"c1"}`},
	} {
		if got := string(c.m.JSON); got != c.want || !json.Valid(c.m.JSON) {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// parts is the content of a thinking model of Mistral's:
// docs.mistral.ai/capabilities/reasoning
const parts = `[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"x"}]`

func parsed(t *testing.T, wire string) *llm.Message {
	t.Helper()
	m, err := llm.ParseMessage([]byte(wire))
	if err != nil || m.Text != "x" {
		t.Fatalf("%+v, %v", m, err)
	}
	return m
}

func TestNewRequest(t *testing.T) {
	t.Parallel()
	half, seed := 0.5, 3
	m := bench.Model{Name: "n", Model: "wire", MaxOutputTokens: 9, Temperature: &half, TopP: &half,
		ReasoningEffort: "low", Seed: &seed}
	r := llm.NewRequest(m)
	if r.Model != "wire" || r.MaxOutputTokens != 9 || *r.Temperature != half || *r.TopP != half ||
		r.ReasoningEffort != "low" || *r.Seed != seed {
		t.Errorf("%+v", r)
	}
}

func TestStatusError(t *testing.T) {
	t.Parallel()
	e := &llm.StatusError{Status: 401, Err: llm.ErrRefused}
	if e.Error() != "HTTP 401: request refused" || !errors.Is(e, llm.ErrRefused) {
		t.Errorf("%v", e)
	}
	if e = (&llm.StatusError{Err: errors.New("broken")}); e.Error() != "broken" {
		t.Errorf("%v", e)
	}
}
