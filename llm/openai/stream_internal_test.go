package openai

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"bench/llm"
	"bench/llm/wire"
)

// tokens is a stream of n tokens as OpenAI sends them, with its obfuscation.
func tokens(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `data: {"id":"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT","object":"chat.completion.chunk",`+
			`"created":1741569952,"model":"gpt-5.4","service_tier":"default","system_fingerprint":"fp_44709d6fcb",`+
			`"choices":[{"index":0,"delta":{"content":" token\n%d"},"logprobs":null,"finish_reason":null}],`+
			`"usage":null,"obfuscation":"k4Xw1"}`+"\n\n", i)
	}
	b.WriteString(`data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n" +
		`data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":1000}}` + "\n\ndata: [DONE]\n\n")
	return b.String()
}

// reply is an attempt whose answer is body.
func reply(body string) *wire.Attempt {
	return &wire.Attempt{
		Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/event-stream"}},
		Body: strings.NewReader(body),
	}
}

// BenchmarkStream reads an answer of 1,000 chunks: events, chunks, message and
// usage.
func BenchmarkStream(b *testing.B) {
	body := tokens(1000)
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		a := reply(body)
		if err := Read(a, llm.Request{}); err != nil || len(a.Message.Text) < 9000 || !a.Reported.Known {
			b.Fatal(err, a.Message)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N), "µs/call")
}

// FuzzAnswer: whatever a server sends, the client survives it, and what goes
// back is JSON that can be read again.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"choices":[{"message":{"tool_calls":[{"function":{"arguments":{}}}]},`+
		`"finish_reason":"stop"}],"usage":{"prompt_tokens":1e30,"cost":"x"}}`), false)
	f.Add([]byte(`{"choices":[{"message":null,"finish_reason":"stop"}],"usage":[]}`), false)
	f.Add([]byte(`{"error":{"code":{},"message":[1]}}`), false)
	f.Add([]byte(tokens(2)), true)
	f.Add([]byte(`data: {"choices":[{"delta":{"content":[{"type":"text","text":"a"}],"x":[{"index":0,"a":"b"}],`+
		`"tool_calls":[{"index":0,"id":"i","function":{"name":"n","arguments":"{}"},"y":{}}]}}]}`+"\n\n"+
		`data: {"choices":[{"delta":{"content":"c","x":[{"index":0,"a":"c"}],"tool_calls":[{"function":`+
		`{"arguments":"x"}}]},"finish_reason":"tool_calls"}]}`+"\n\n"), true)
	f.Fuzz(func(t *testing.T, raw []byte, stream bool) {
		a := reply(string(raw))
		if !stream {
			a.Header = http.Header{}
		}
		err := Read(a, llm.Request{Tools: json.RawMessage(`[{}]`)})
		if len(a.Original) > 0 && !json.Valid(a.Original) {
			t.Fatalf("original %s", a.Original)
		}
		if err != nil {
			if a.Message != nil {
				t.Fatalf("%v with %s", err, a.Message.JSON)
			}
			return
		}
		if !json.Valid(a.Message.JSON) {
			t.Fatalf("message %s", a.Message.JSON)
		}
		again, err := llm.ParseMessage(a.Message.JSON)
		if err != nil || len(again.ToolCalls) != len(a.Message.ToolCalls) {
			t.Fatalf("%s read again: %v", a.Message.JSON, err)
		}
		if u := a.Reported.Usage; u.Input < 0 || u.Output < 0 || u.CachedInput+u.CacheWrite > u.Input {
			t.Fatalf("usage %+v", u)
		}
	})
}

// Chunks of one shape are read like all others.
func TestShape(t *testing.T) {
	t.Parallel()
	piece := func(delta, rest string) string {
		return `data: {"choices":[{"index":0,"delta":{` + delta + `}}]` + rest + "}\n\n"
	}
	a := reply(piece(`"content":"a"`, `,"obfuscation":"xx"`) + piece(`"content":"b\"\\"`, `,"obfuscation":""`) +
		piece(`"content":"c"`, `,"obfuscation":"x\"y"`) + piece(`"content":"d","x":"y"`, `,"obfuscation":"z"`) +
		piece(`"content":"e"`, `,"obfuscation":"z","more":"m"`) + piece(`"content":"","x":"z"`, "") +
		piece(`"content":"","x":"z"`, "") + piece(`"content":"f","x":"z"`, "") + piece(`"content":"g"`, ``) +
		piece(`"content":"h"`, ``) + piece(`"content":null`, ``) + `data: {"choices":[{"index":0,"delta":{"content":"i"},` +
		`"finish_reason":"stop"}]}` + "\n\n")
	if err := Read(a, llm.Request{}); err != nil {
		t.Fatal(err)
	}
	if a.Message.Text != `ab"\cdefghi` || string(a.Message.Extra) != `{"x":"yzzz"}` {
		t.Errorf("%s", a.Message.JSON)
	}
}
