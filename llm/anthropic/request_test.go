package anthropic

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"bench/llm"
	"bench/llm/wire"
)

const chatTools = `[{"type":"function","function":{"name":"terminal","description":"Runs <it>.",` +
	`"parameters":{"type":"object","properties":{"command":{"type":"string"}}}}},` +
	`{"type":"function","function":{"name":"finish"}}]`

func newClient(t testing.TB, o Options) *Client {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func encoded(t testing.TB, c *Client, req llm.Request) string {
	t.Helper()
	b, err := c.body(req)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(b.Reader())
	if err != nil || !json.Valid(raw) {
		t.Fatalf("%s: %v", raw, err)
	}
	return string(raw)
}

// messagesOf is the messages part of a request without marks of the cache.
func messagesOf(t testing.TB, raw string) string {
	t.Helper()
	_, messages, ok := strings.Cut(raw, `,"messages":`)
	if !ok {
		t.Fatal(raw)
	}
	return strings.ReplaceAll(strings.TrimSuffix(messages, "}"), string(marker(wire.CacheAuto)), "")
}

func call(id, arguments string) llm.ToolCall {
	return llm.ToolCall{ID: id, Name: "terminal", Arguments: arguments}
}

// A whole request: what stands where, and where prefixes end.
func TestRequest(t *testing.T) {
	t.Parallel()
	temperature := 0.5
	req := llm.Request{
		Model: "claude-sonnet-4-5", MaxOutputTokens: 4096, Temperature: &temperature,
		Tools: json.RawMessage(chatTools), ToolChoice: llm.ToolsNone, ReasoningEffort: "low",
		Messages: []*llm.Message{
			llm.System("Fix <bugs>."), llm.User("Go."),
			llm.Assistant("Looking.", []llm.ToolCall{call("toolu_1", `{"command":"a"}`), call("toolu_2", `{}`)}),
			llm.Observation("toolu_1", "A"), llm.Observation("toolu_2", "B"), llm.User("Half is spent."),
			llm.Assistant("Done.", nil), llm.User("Sum up."),
		},
	}
	mark := `,"cache_control":{"type":"ephemeral"}`
	want := `{"model":"claude-sonnet-4-5","max_tokens":4096,"stream":true,"temperature":0.5,` +
		`"thinking":{"type":"enabled","budget_tokens":1024},"tool_choice":{"type":"none"},` +
		`"tools":[{"name":"terminal","description":"Runs \u003cit\u003e.","input_schema":` +
		`{"type":"object","properties":{"command":{"type":"string"}}}},` +
		`{"name":"finish","input_schema":{"type":"object"}` + mark + `}],` +
		`"system":[{"type":"text","text":"Fix <bugs>."` + mark + `}],` +
		`"messages":[{"role":"user","content":[{"type":"text","text":"Go."}]},` +
		`{"role":"assistant","content":[{"type":"text","text":"Looking."},` +
		`{"type":"tool_use","id":"toolu_1","name":"terminal","input":{"command":"a"}},` +
		`{"type":"tool_use","id":"toolu_2","name":"terminal","input":{}}]},` +
		`{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"A"},` +
		`{"type":"tool_result","tool_use_id":"toolu_2","content":"B"},` +
		`{"type":"text","text":"Half is spent."` + mark + `}]},` +
		`{"role":"assistant","content":[{"type":"text","text":"Done."}]},` +
		`{"role":"user","content":[{"type":"text","text":"Sum up."` + mark + `}]}]}`
	if got := encoded(t, newClient(t, Options{}), req); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for cache, mark := range map[wire.Cache]string{
		wire.CacheOff: "", wire.CacheMarkers: `{"type":"ephemeral"}`, wire.Cache5m: `{"type":"ephemeral"}`,
		wire.Cache1h: `{"type":"ephemeral","ttl":"1h"}`,
	} {
		got := encoded(t, newClient(t, Options{Cache: cache}), req)
		if n := strings.Count(got, mark); mark != "" && n != 4 || strings.Count(got, "cache_control") > 4 {
			t.Errorf("%s: %d marks in %s", cache, n, got)
		}
		if mark == "" && strings.Contains(got, "cache_control") {
			t.Errorf("%s: marks in %s", cache, got)
		}
	}
	got := encoded(t, newClient(t, Options{
		Whole: true, Extra: map[string]any{"service_tier": "standard_only", "max_tokens": 7},
	}), llm.Request{Model: "m", MaxOutputTokens: 9, Messages: req.Messages[:2]})
	if !strings.HasPrefix(got, `{"max_tokens":7,"model":"m","service_tier":"standard_only","system":[`) {
		t.Errorf("extra fields: %s", got)
	}
}

// What the API refuses is never sent.
func TestStrictness(t *testing.T) {
	t.Parallel()
	user := `{"role":"user","content":[{"type":"text","text":"x"}]},`
	for _, c := range []struct {
		name     string // and source
		messages []*llm.Message
		want     string
	}{
		{"blank text beside calls: github.com/continuedev/continue/issues/11446",
			[]*llm.Message{llm.Assistant(" \n", []llm.ToolCall{call("a", `{}`)}), llm.Observation("a", "ok")},
			`{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"terminal","input":{}}]},` +
				`{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"ok"}]}`},
		{"blank answer and result", []*llm.Message{llm.Assistant("", nil), llm.User("\n"),
			llm.Assistant("", []llm.ToolCall{call("a", `{}`)}), llm.Observation("a", " ")},
			`{"role":"assistant","content":[{"type":"text","text":"(empty)"}]},` +
				`{"role":"user","content":[{"type":"text","text":"(empty)"}]},` +
				`{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"terminal","input":{}}]},` +
				`{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"(empty)"}]}`},
		{"input that is no object: platform.claude.com/docs/en/api/messages", []*llm.Message{
			llm.Assistant("", []llm.ToolCall{call("a", `{"command":`), call("b", `null`), call("c", `[1]`)}),
			llm.Observation("a", "no"), llm.Observation("b", "no"), llm.Observation("c", "no")},
			`{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"terminal","input":{}},` +
				`{"type":"tool_use","id":"b","name":"terminal","input":{}},` +
				`{"type":"tool_use","id":"c","name":"terminal","input":{}}]},` +
				`{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"no"},` +
				`{"type":"tool_result","tool_use_id":"b","content":"no"},` +
				`{"type":"tool_result","tool_use_id":"c","content":"no"}]}`},
		{"ids and names: github.com/BerriAI/litellm/issues/10010", []*llm.Message{
			llm.Assistant("", []llm.ToolCall{{ID: "functions.x:0", Name: "a.b", Arguments: "{}"}}),
			llm.Observation("functions.x:0", "ok")},
			`{"role":"assistant","content":[{"type":"tool_use","id":"functions_x_0","name":"a_b","input":{}}]},` +
				`{"role":"user","content":[{"type":"tool_result","tool_use_id":"functions_x_0","content":"ok"}]}`},
		{"results first: platform.claude.com/docs/en/agents-and-tools/tool-use/handle-tool-calls",
			[]*llm.Message{llm.Assistant("", []llm.ToolCall{call("a", `{}`), call("b", `{}`)}),
				llm.Observation("a", "A"), llm.User("note"), llm.Observation("b", "B")},
			`{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"terminal","input":{}},` +
				`{"type":"tool_use","id":"b","name":"terminal","input":{}}]},` +
				`{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"A"},` +
				`{"type":"tool_result","tool_use_id":"b","content":"B"},{"type":"text","text":"note"}]}`},
		{"white space at the end: github.com/anthropics/anthropic-sdk-python/issues/461",
			[]*llm.Message{llm.Assistant("The answer is \n", nil)},
			`{"role":"assistant","content":[{"type":"text","text":"The answer is"}]}`},
		{"a later system message", []*llm.Message{llm.System("careful")}, ""},
	} {
		req := llm.Request{Model: "m", MaxOutputTokens: 9,
			Messages: append([]*llm.Message{llm.User("x")}, c.messages...)}
		want := "[" + user + c.want + "]"
		if c.want == "" {
			want = `[{"role":"user","content":[{"type":"text","text":"x"},{"type":"text","text":"careful"}]}]`
		}
		if got := messagesOf(t, encoded(t, newClient(t, Options{}), req)); got != want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, want)
		}
	}
}

// What a model thought goes back as it came, in its place, and through the log.
func TestBlocksComeBack(t *testing.T) {
	t.Parallel()
	think := `{"type":"thinking","thinking":"h\u00e4 <m> & \"q\"","signature":"EqQB+/=="}`
	redacted := `{"type":"redacted_thinking","data":"EmwKAhgB","x_new":[1, 2]}`
	text := func(s string) string { return fmt.Sprintf(`{"type":"text","text":%s}`, llm.Quote(s)) }
	use := `{"type":"tool_use","id":"toolu_1","name":"terminal","input":{"b": 1,"a":"<"}}`
	for _, blocks := range [][]string{
		{think, text("a"), use},
		{think, redacted, use},
		{think, text("one ä"), think, text("two"), use, use},
		{text("a"), think, use},
		{use, think, use},
		{think, text("the end")},
		{text("a"), text("b")},
		{text("a")},
	} {
		var m answer
		whole := `{"content":[` + strings.Join(blocks, ",") + `],"stop_reason":"end_turn"}`
		if err := json.Unmarshal([]byte(whole), &m); err != nil {
			t.Fatal(err)
		}
		a := &wire.Attempt{}
		if err := m.accept(a, 3); err != nil {
			t.Fatal(err)
		}
		read, err := llm.ParseMessage(bytes.Clone(a.Message.JSON))
		if err != nil {
			t.Fatal(err)
		}
		for name, message := range map[string]*llm.Message{
			"as made": a.Message, "as read": read, "with its calls": read.WithCalls(read.ToolCalls),
		} {
			if got, want := string(encodeBlocks(message)), strings.Join(blocks, ","); got != want {
				t.Errorf("%s:\n got %s\nwant %s", name, got, want)
			}
		}
	}
}

// Thoughts alone are no turn that the API takes: github.com/anthropics/claude-code/issues/21726
func TestThoughtsAlone(t *testing.T) {
	t.Parallel()
	var m answer
	_ = json.Unmarshal([]byte(`{"content":[{"type":"thinking","thinking":"","signature":"s"}],`+
		`"stop_reason":"max_tokens"}`), &m)
	a := &wire.Attempt{}
	if err := m.accept(a, 1); err != nil || a.Finish != llm.FinishLength {
		t.Fatalf("%v, %v", a.Finish, err)
	}
	want := `{"type":"thinking","thinking":"","signature":"s"},{"type":"text","text":"(empty)"}`
	if got := string(encodeBlocks(a.Message)); got != want {
		t.Errorf("got %s", got)
	}
}

// Bytes of turn n are a prefix of turn n+1, marks of the cache aside.
func TestPrefix(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{})
	messages := []*llm.Message{llm.System("s"), llm.User("u")}
	before := ""
	for n := range 6 {
		req := llm.Request{Model: "m", MaxOutputTokens: 9, Tools: json.RawMessage(chatTools), Messages: messages}
		raw := encoded(t, c, req)
		now := strings.TrimSuffix(messagesOf(t, raw), "]")
		if !strings.HasPrefix(now, before) || len(now) <= len(before) {
			t.Fatalf("turn %d:\n%s\ndoes not begin with\n%s", n, now, before)
		}
		if again := encoded(t, c, req); again != raw {
			t.Fatalf("the same request in other bytes:\n%s\n%s", raw, again)
		}
		before = now
		id := fmt.Sprintf("toolu_%d", n)
		answer := llm.Answer{Text: "t", ToolCalls: []llm.ToolCall{call(id, `{"command":"x"}`)},
			Extra: json.RawMessage(`{"thinking_blocks":[{"type":"thinking","thinking":"h","signature":"s"}]}`)}
		messages = append(messages, answer.Message(), llm.Observation(id, "out"), llm.User("note"))
	}
}

// Sending must not encode the conversation, however long it is.
func TestSendingDoesNotEncode(t *testing.T) {
	c := newClient(t, Options{})
	messages := []*llm.Message{llm.System("You fix bugs."), llm.User("Fix it.")}
	for i := range 250 {
		id := fmt.Sprintf("call_%d", i)
		messages = append(messages, llm.Assistant("", []llm.ToolCall{call(id, `{"command":"ls"}`)}),
			llm.Observation(id, strings.Repeat("if a < b && c {\n", 128)))
	}
	req := llm.Request{Model: "m", MaxOutputTokens: 9, Tools: json.RawMessage(chatTools), Messages: messages}
	piece := make([]byte, 32<<10)
	send := func() {
		b, err := c.body(req)
		if err != nil {
			t.Fatal(err)
		}
		for r := b.Reader(); ; {
			if _, err := r.Read(piece); err != nil {
				break
			}
		}
	}
	send()                                                     // encodes each message once
	if perRun := testing.AllocsPerRun(20, send); perRun > 60 { // lists as they grow
		t.Errorf("%v allocations for one request of 502 messages", perRun)
	}
}

// platform.claude.com/docs/en/build-with-claude/thinking has what each model
// takes; openrouter.ai/docs/guides/best-practices/reasoning-tokens the shares.
func TestReasoning(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		model, effort string
		max           int64
		want          string
	}{
		{"claude-opus-5-5", "", 8192, `null null`},
		{"claude-opus-5-5", "xhigh", 8192, `{"type":"adaptive"} {"effort":"xhigh"}`},
		{"claude-opus-5-5", "minimal", 8192, `{"type":"adaptive"} {"effort":"low"}`},
		{"claude-fable-5-1", "max", 8192, `{"type":"adaptive"} {"effort":"max"}`},
		{"claude-mythos-preview", "low", 8192, `{"type":"adaptive"} {"effort":"low"}`},
		{"claude-sonnet-5-5", "none", 8192, `{"type":"between_tools"} null`},
		{"claude-haiku-5-5", "none", 8192, `{"type":"disabled"} null`},
		{"claude-opus-4-6", "high", 8192, `{"type":"adaptive"} {"effort":"high"}`},
		{"anthropic.claude-sonnet-4-6-v1", "high", 8192, `{"type":"adaptive"} {"effort":"high"}`},
		{"anthropic/claude-4.7-opus", "high", 8192, `{"type":"adaptive"} {"effort":"high"}`},
		{"claude-opus-latest", "high", 8192, `{"type":"adaptive"} {"effort":"high"}`},
		{"claude-opus-4-5-20251101", "high", 10000, `{"type":"enabled","budget_tokens":8000} null`},
		{"claude-sonnet-4-20250514", "medium", 10000, `{"type":"enabled","budget_tokens":5000} null`},
		{"claude-3-7-sonnet-20250219", "max", 10000, `{"type":"enabled","budget_tokens":9500} null`},
		{"claude-haiku-4-5", "minimal", 4096, `{"type":"enabled","budget_tokens":1024} null`},
		{"claude-haiku-4-5", "high", 1024, `null null`},
		{"deepseek-v4-pro", "medium", 4096, `{"type":"enabled","budget_tokens":2048} null`},
		{"glm-5.2", "none", 4096, `{"type":"disabled"} null`},
	} {
		thinking, output := reasoning(llm.Request{
			Model: c.model, ReasoningEffort: c.effort, MaxOutputTokens: c.max,
		})
		a, _ := json.Marshal(thinking)
		b, _ := json.Marshal(output)
		if got := string(a) + " " + string(b); got != c.want {
			t.Errorf("%s %s %d: %s, want %s", c.model, c.effort, c.max, got, c.want)
		}
	}
}

// A budget of thoughts that differs from the one before costs the cache of all messages, so
// it stays while money and the window leave less and less room for the answer.
func TestBudgetStays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		effort string
		want   []int64 // budgets of a conversation, one after the other
	}{
		{"low", []int64{6400, 3200, 1600, 1024}},
		{"medium", []int64{16000, 8000, 4000, 2000, 1024}},
		{"high", []int64{25600, 12800, 6400, 3200, 1600, 1024}},
		{"max", []int64{30400, 15200, 7600, 3800, 1900, 1024}},
	} {
		var got []int64
		for left := int64(32000); left > minBudget; left -= 100 {
			thinking, _ := reasoning(llm.Request{
				Model: "claude-haiku-4-5", ReasoningEffort: c.effort,
				MaxOutputTokens: left, UsualOutput: 32000,
			})
			if thinking.Budget >= left {
				t.Errorf("%s: a budget of %d in %d", c.effort, thinking.Budget, left)
			}
			got = append(got, thinking.Budget)
		}
		if got = slices.Compact(got); !slices.Equal(got, c.want) {
			t.Errorf("%s: budgets %d, want %d", c.effort, got, c.want)
		}
	}
}
