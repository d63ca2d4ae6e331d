package responses

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"bench"
	"bench/llm"
	"bench/llm/wire"
)

const chatTools = `[{"type":"function","function":{"name":"terminal","description":"Runs it.",` +
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

func call(id, arguments string) llm.ToolCall {
	return llm.ToolCall{ID: id, Name: "terminal", Arguments: arguments}
}

// A whole request: platform.openai.com/docs/api-reference/responses/create
func TestRequest(t *testing.T) {
	t.Parallel()
	req := llm.Request{
		Model: "gpt-6-sol", MaxOutputTokens: 4096, ReasoningEffort: "xhigh",
		Tools: json.RawMessage(chatTools), ToolChoice: llm.ToolsNone,
		Speaker: llm.Speaker{Agent: "main", Trial: bench.TrialKey{
			Configuration: "solo", InstanceID: "a__b-1", Attempt: 1}},
		Messages: []*llm.Message{
			llm.System("Fix <bugs>."), llm.User("Go."),
			llm.Assistant("Looking.", []llm.ToolCall{call("call_1", `{"command":"a"}`), call("call_2", `{`)}),
			llm.Observation("call_1", "A"), llm.Observation("call_2", "B"), llm.User("Half is spent."),
		},
	}
	want := `{"model":"gpt-6-sol","max_output_tokens":4096,"stream":true,"store":false,` +
		`"include":["reasoning.encrypted_content"],"reasoning":{"effort":"xhigh"},"tool_choice":"none",` +
		`"parallel_tool_calls":true,"prompt_cache_key":"` + wire.CacheKey(req.Speaker) + `",` +
		`"tools":[{"type":"function","name":"terminal","description":"Runs it.","parameters":` +
		`{"type":"object","properties":{"command":{"type":"string"}}},"strict":false},` +
		`{"type":"function","name":"finish","parameters":{"type":"object"},"strict":false}],` +
		`"instructions":"Fix <bugs>.",` +
		`"input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"Go."}]},` +
		`{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Looking."}]},` +
		`{"type":"function_call","call_id":"call_1","name":"terminal","arguments":"{\"command\":\"a\"}"},` +
		`{"type":"function_call","call_id":"call_2","name":"terminal","arguments":"{"},` +
		`{"type":"function_call_output","call_id":"call_1","output":"A"},` +
		`{"type":"function_call_output","call_id":"call_2","output":"B"},` +
		`{"type":"message","role":"user","content":[{"type":"input_text","text":"Half is spent."}]}]}`
	if got := encoded(t, newClient(t, Options{}), req); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	plain := encoded(t, newClient(t, Options{Whole: true, Cache: wire.CacheOff,
		Extra: map[string]any{"service_tier": "flex", "store": true}}),
		llm.Request{Model: "gpt-4.1-mini", Messages: req.Messages[1:2]})
	if want := `{"model":"gpt-4.1-mini","service_tier":"flex","store":true,"input":[`; !strings.HasPrefix(plain, want) {
		t.Errorf("%s", plain)
	}
}

// Who is sent a key for the cache, and who is asked for encrypted reasoning.
func TestWhoIsAsked(t *testing.T) {
	t.Parallel()
	speaker := llm.Speaker{Agent: "main", Trial: bench.TrialKey{Configuration: strings.Repeat("c", 80),
		InstanceID: "a__b-1", Attempt: 1}}
	for _, c := range []struct {
		base      string
		cache     wire.Cache
		model     string
		key, asks bool
	}{
		{"https://api.openai.com/v1", "", "gpt-5.6", true, true},
		{"https://x.openai.azure.com/openai/v1", wire.CacheAuto, "o4-mini", true, true},
		{"https://openrouter.ai/api/v1", wire.CacheAuto, "openai/gpt-4.1", true, false},
		{"https://api.openai.com/v1", wire.CacheOff, "gpt-5-chat-latest", false, false},
		{"http://127.0.0.1:8000/v1", wire.CacheAuto, "gpt-oss-120b", false, true},
		{"http://127.0.0.1:8000/v1", wire.CacheMarkers, "gpt-oss-120b", true, true},
		{"https://notx.ai/v1", "", "grok-4", false, true},
	} {
		raw := encoded(t, newClient(t, Options{Options: wire.Options{BaseURL: c.base}, Cache: c.cache}),
			llm.Request{Model: c.model, Messages: []*llm.Message{llm.User("x")}, Speaker: speaker})
		var sent struct {
			Key     string `json:"prompt_cache_key"`
			Include []string
		}
		_ = json.Unmarshal([]byte(raw), &sent)
		if (sent.Key != "") != c.key || len(sent.Key) > 64 || (len(sent.Include) > 0) != c.asks {
			t.Errorf("%s %s %s: %s", c.base, c.cache, c.model, raw)
		}
	}
}

func made(t *testing.T, items ...string) *llm.Message {
	t.Helper()
	var r answer
	whole := `{"status":"completed","output":[` + strings.Join(items, ",") + `]}`
	if err := json.Unmarshal([]byte(whole), &r); err != nil {
		t.Fatal(err)
	}
	a := &wire.Attempt{}
	if err := r.accept(a, 3); err != nil {
		t.Fatal(err)
	}
	return a.Message
}

const (
	reasoningItem = `{"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"gAAAA<&\u00e4"}`
	phased        = `{"id":"msg_1","type":"message","role":"assistant","phase":"commentary","status":"completed",` +
		`"content":[{"type":"output_text","text":"Let me look.","annotations":[],"logprobs":[]}]}`
	plainText = `{"id":"msg_2","type":"message","role":"assistant","status":"completed",` +
		`"content":[{"type":"output_text","text":"Done."}]}`
	functionItem = `{"id":"fc_1","type":"function_call","status":"completed","arguments":"{\"a\":1}",` +
		`"call_id":"call_1","name":"terminal"}`
)

// What a model answered goes back as it came, through the log too.
func TestItemsComeBack(t *testing.T) {
	t.Parallel()
	const anew = `{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Done."}]}`
	const callAnew = `{"type":"function_call","call_id":"call_1","name":"terminal","arguments":"{\"a\":1}"}`
	for _, c := range []struct {
		name  string
		items []string
		want  []string // nil: as they came
	}{
		{"reasoning, calls", []string{reasoningItem, functionItem}, nil},
		{"phases", []string{phased, functionItem, functionItem}, nil},
		{"everything", []string{reasoningItem, phased, reasoningItem, functionItem}, nil},
		{"an item of a new kind", []string{`{"type":"new","x":[1, 2]}`, plainText}, nil},
		{"texts and calls are made anew", []string{plainText, functionItem}, []string{anew, callAnew}},
		// github.com/vercel/ai/issues/7099
		{"reasoning that nothing follows", []string{reasoningItem, functionItem, reasoningItem},
			[]string{reasoningItem, functionItem}},
		// github.com/can1357/oh-my-pi/pull/50, github.com/continuedev/continue/issues/12620
		{"reasoning that was not stored", []string{`{"id":"rs_1","type":"reasoning","summary":[]}`, functionItem},
			[]string{callAnew}},
	} {
		if c.want == nil {
			c.want = c.items
		}
		message := made(t, c.items...)
		read, err := llm.ParseMessage(bytes.Clone(message.JSON))
		if err != nil {
			t.Fatal(err)
		}
		for name, m := range map[string]*llm.Message{
			"as made": message, "as read": read, "with its calls": read.WithCalls(read.ToolCalls),
		} {
			if got, want := string(encodeItems(m)), strings.Join(c.want, ","); got != want {
				t.Errorf("%s, %s:\n got %s\nwant %s", c.name, name, got, want)
			}
		}
	}
}

// Calls that were mended after they came are those that go back.
func TestMendedCalls(t *testing.T) {
	t.Parallel()
	m := made(t, reasoningItem, functionItem, functionItem)
	calls := append([]llm.ToolCall(nil), m.ToolCalls...)
	calls[1].ID, calls[1].Arguments = "call_2", "{}"
	want := reasoningItem + "," + functionItem + `,{"type":"function_call","call_id":"call_2","name":"terminal",` +
		`"arguments":"{}","id":"fc_1","status":"completed"}`
	if got := string(encodeItems(m.WithCalls(calls))); got != want {
		t.Errorf("got %s", got)
	}
	if got := string(encodeItems(m.WithCalls(calls[:1]))); got != reasoningItem+","+functionItem {
		t.Errorf("one taken out: %s", got)
	}
	object := `{"type":"function_call","call_id":"c","name":"n","arguments":{"x":1}}`
	if got := made(t, object).ToolCalls[0].Arguments; got != `{"x":1}` {
		t.Errorf("arguments that are an object: %s", got)
	}
	if got := made(t, `{"type":"function_call","name":"n","arguments":"{}"}`).ToolCalls[0].ID; got != "call_3_0" {
		t.Errorf("a call without an id: %s", got)
	}
}

// Bytes of turn n are a prefix of turn n+1.
func TestPrefix(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{})
	messages := []*llm.Message{llm.System("s"), llm.User("u")}
	before := ""
	for n := range 6 {
		req := llm.Request{Model: "m", Tools: json.RawMessage(chatTools), Messages: messages}
		now := strings.TrimSuffix(encoded(t, c, req), "]}")
		if !strings.HasPrefix(now, before) || len(now) <= len(before) {
			t.Fatalf("turn %d:\n%s\ndoes not begin with\n%s", n, now, before)
		}
		before = now
		messages = append(messages, made(t, reasoningItem, phased, functionItem),
			llm.Observation("call_1", fmt.Sprint(n)), llm.User("note"))
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
	req := llm.Request{Model: "m", Tools: json.RawMessage(chatTools), Messages: messages}
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

func attempt(stream string) *wire.Attempt {
	h := http.Header{}
	h.Set("Content-Type", "text/event-stream")
	return &wire.Attempt{Header: h, Body: strings.NewReader(stream)}
}

// FuzzStream: whatever a server sends, the client survives it, and what it
// makes of it can be sent again.
func FuzzStream(f *testing.F) {
	f.Add(`data: {"type":"response.completed","response":{"output":[` + reasoningItem + "," + functionItem + `]}}` + "\n\n")
	f.Add(`data: {"type":"response.output_item.done","output_index":-1,"item":{"type":"message"}}` + "\n\n" +
		`data: {"type":"response.incomplete","response":{"incomplete_details":{"reason":"max_output_tokens"}}}` + "\n\n")
	f.Fuzz(func(t *testing.T, raw string) {
		a := attempt(raw)
		if err := Read(a, 1); err != nil {
			return
		}
		if a.Message == nil || !json.Valid(a.Message.JSON) {
			t.Fatalf("%+v", a.Message)
		}
		if items := encodeItems(a.Message); !json.Valid([]byte("[" + string(items) + "]")) {
			t.Fatalf("%s", items)
		}
	})
}

// BenchmarkStream reads a stream of 1,000 pieces.
func BenchmarkStream(b *testing.B) {
	var raw strings.Builder
	for n := range 1000 {
		fmt.Fprintf(&raw, "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\","+
			"\"sequence_number\":%d,\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"delta\":\" the loop\"}\n\n", n)
	}
	fmt.Fprintf(&raw, "data: {\"type\":\"response.completed\",\"response\":{\"output\":[%s]}}\n\n", plainText)
	b.ReportAllocs()
	for b.Loop() {
		if err := Read(attempt(raw.String()), 1); err != nil {
			b.Fatal(err)
		}
	}
}
