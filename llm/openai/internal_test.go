package openai

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"bench"
	"bench/llm"
)

// Usage reports as servers are known to write them.
func TestUsage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, json string
		want       bench.Usage
	}{
		{"OpenAI", `{"prompt_tokens":100,"completion_tokens":30,"total_tokens":130,
			"prompt_tokens_details":{"cached_tokens":64},
			"completion_tokens_details":{"reasoning_tokens":20}}`,
			bench.Usage{Input: 100, CachedInput: 64, Output: 30, Reasoning: 20}},
		{"OpenRouter", `{"prompt_tokens":194,"completion_tokens":2,"total_tokens":196,
			"prompt_tokens_details":{"cached_tokens":0,"cache_write_tokens":100}}`,
			bench.Usage{Input: 194, CacheWrite: 100, Output: 2}},
		{"DeepSeek", `{"prompt_tokens":100,"completion_tokens":5,"total_tokens":105,
			"prompt_cache_hit_tokens":64,"prompt_cache_miss_tokens":36}`,
			bench.Usage{Input: 100, CachedInput: 64, Output: 5}},
		{"Moonshot", `{"prompt_tokens":100,"completion_tokens":5,"total_tokens":105,"cached_tokens":90}`,
			bench.Usage{Input: 100, CachedInput: 90, Output: 5}},
		{"LiteLLM in front of Anthropic", `{"prompt_tokens":100,"completion_tokens":5,
			"total_tokens":105,"cache_read_input_tokens":60,"cache_creation_input_tokens":30,
			"prompt_tokens_details":{"cached_tokens":60,"cache_creation_tokens":30}}`,
			bench.Usage{Input: 100, CachedInput: 60, CacheWrite: 30, Output: 5}},
		{"Anthropic's own", `{"input_tokens":10,"output_tokens":5,
			"cache_read_input_tokens":60,"cache_creation_input_tokens":30}`,
			bench.Usage{Input: 100, CachedInput: 60, CacheWrite: 30, Output: 5}},
		{"cache counted apart, by total", `{"prompt_tokens":100,"completion_tokens":5,
			"total_tokens":165,"cache_read_input_tokens":60}`,
			bench.Usage{Input: 160, CachedInput: 60, Output: 5}},
		{"cache counted apart, by size", `{"prompt_tokens":10,"completion_tokens":5,
			"cache_read_input_tokens":60}`,
			bench.Usage{Input: 70, CachedInput: 60, Output: 5}},
		{"xAI: reasoning counted apart", `{"prompt_tokens":100,"completion_tokens":5,
			"total_tokens":125,"completion_tokens_details":{"reasoning_tokens":20}}`,
			bench.Usage{Input: 100, Output: 25, Reasoning: 20}},
		{"all apart", `{"prompt_tokens":100,"completion_tokens":30,"total_tokens":210,
			"cache_read_input_tokens":60,"completion_tokens_details":{"reasoning_tokens":20}}`,
			bench.Usage{Input: 160, CachedInput: 60, Output: 50, Reasoning: 20}},
		{"null details", `{"prompt_tokens":1,"completion_tokens":2,
			"prompt_tokens_details":null,"completion_tokens_details":null}`,
			bench.Usage{Input: 1, Output: 2}},
		{"negative", `{"prompt_tokens":-1,"completion_tokens":2}`, bench.Usage{Output: 2}},
	} {
		a := &attempt{parts: parts{Usage: json.RawMessage(c.json)}}
		a.readUsage()
		if a.usage != c.want || !a.usageKnown {
			t.Errorf("%s: %+v, want %+v", c.name, a.usage, c.want)
		}
	}
}

func TestReportedCost(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		usage, header string
		want          string
	}{
		{`{"prompt_tokens":1}`, "", "none"},
		{`{"prompt_tokens":1,"cost":0}`, "", "0"},
		{`{"prompt_tokens":1,"cost":0.95}`, "", "950000000"},
		{`{"cost":0.01,"is_byok":true,"cost_details":{"upstream_inference_cost":0.2}}`, "", "210000000"},
		{`{"cost":0.01,"cost_details":{"upstream_inference_cost":0.2}}`, "", "10000000"},
		{`{"prompt_tokens":1}`, "0.5", "500000000"},
	} {
		a := &attempt{parts: parts{Usage: json.RawMessage(c.usage)}, header: http.Header{}}
		a.header.Set("X-Litellm-Response-Cost", c.header)
		a.readUsage()
		got := "none"
		if a.cost != nil {
			got = fmt.Sprint(int64(*a.cost))
		}
		if got != c.want {
			t.Errorf("%s %s: %s, want %s", c.usage, c.header, got, c.want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, value string
		date        time.Time
		want        time.Duration
	}{
		{"Retry-After", "20", time.Time{}, 20 * time.Second},
		{"Retry-After", "0.5", time.Time{}, 500 * time.Millisecond},
		{"Retry-After", "0", time.Time{}, 0},
		{"Retry-After", "-4", time.Time{}, 0},
		{"Retry-After", "soon", time.Time{}, 0},
		{"Retry-After", now.Add(time.Minute).Format(http.TimeFormat), time.Time{}, time.Minute},
		{"Retry-After", now.Add(-time.Minute).Format(http.TimeFormat), time.Time{}, 0},
		{"Retry-After", now.Add(time.Minute).Format(http.TimeFormat), now.Add(50 * time.Second),
			10 * time.Second},
		{"Retry-After-Ms", "250", time.Time{}, 250 * time.Millisecond},
		{"X-Other", "3", time.Time{}, 0},
	} {
		h := http.Header{c.name: {c.value}}
		if !c.date.IsZero() {
			h.Set("Date", c.date.Format(http.TimeFormat))
		}
		if got := retryAfter(h, now); got != c.want {
			t.Errorf("%s: %s: %v, want %v", c.name, c.value, got, c.want)
		}
	}
}

func TestMarksCache(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		host, model string
		want        bool
	}{
		{"openrouter.ai", "anthropic/claude-opus-5.5", true},
		{"eu.openrouter.ai:443", "anthropic/claude-opus-5.5", true},
		{"openrouter.ai", "z-ai/glm-5.2", false},
		{"notopenrouter.ai", "anthropic/claude-opus-5.5", false},
		{"127.0.0.1:4000", "anthropic/claude-opus-5.5", false},
	} {
		if got := marksCache(c.host, c.model); got != c.want {
			t.Errorf("%s %s: %v", c.host, c.model, got)
		}
	}
	b, err := splice([]byte(`{`+string(slot)+`}`), llm.Request{Messages: conversation(0, 0)}, true)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(b.reader())
	if err != nil || !bytes.Contains(raw, []byte(`],"cache_control":{"type":"ephemeral"}}`)) {
		t.Errorf("%s, %v", raw, err)
	}
}

// FuzzAnswer: whatever a server sends, the client survives it, and what it
// hands to go-openai is JSON with one choice.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"choices":[{"message":{"tool_calls":[{"function":{"arguments":{}}}]},` +
		`"finish_reason":"stop"}],"usage":{"prompt_tokens":1e30,"cost":"x"}}`))
	f.Add([]byte(`{"choices":[{"message":null,"finish_reason":"stop"}],"usage":[]}`))
	f.Add([]byte(`{"error":{"code":{},"message":[1]}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		a := &attempt{raw: raw, header: http.Header{}}
		clean, err := a.read()
		if err != nil {
			if clean != nil || err.Err == nil {
				t.Fatalf("%s, %v", clean, err)
			}
			return
		}
		var answer struct{ Choices []json.RawMessage }
		if json.Unmarshal(clean, &answer) != nil || len(answer.Choices) != 1 {
			t.Fatalf("%s", clean)
		}
		if u := a.usage; u.Input < 0 || u.Output < 0 || u.CachedInput+u.CacheWrite > u.Input {
			t.Fatalf("usage %+v", u)
		}
	})
}

// The spliced body must read the same in pieces of any size.
func TestBodyReader(t *testing.T) {
	t.Parallel()
	req := llm.Request{Messages: conversation(5, 30), Tools: []byte(`[]`)}
	for n := range 3 {
		req := req
		req.Messages = req.Messages[:n*2]
		b, err := splice([]byte(`{"model":"m",`+string(slot)+`,"stream":false}`), req, n == 1)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := io.ReadAll(b.reader())
		if err != nil || int64(len(whole)) != b.size || !json.Valid(whole) {
			t.Fatalf("%d messages: %s, %v", n*2, whole, err)
		}
		for size := 1; size < 40; size++ {
			var got bytes.Buffer
			to := struct{ io.Writer }{&got}
			if _, err := io.CopyBuffer(to, b.reader(), make([]byte, size)); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), whole) {
				t.Fatalf("in pieces of %d: %s", size, got.Bytes())
			}
		}
	}
	if _, err := splice([]byte(`{"model":"m"}`), req, false); err == nil {
		t.Error("a body without a slot was taken")
	}
}

// Sending must not copy the conversation, however long it is.
func TestSendingDoesNotEncode(t *testing.T) {
	req := llm.Request{Messages: conversation(250, 2048)}
	encoded := []byte(`{"model":"m",` + string(slot) + `}`)
	piece := make([]byte, 32<<10)
	perRun := testing.AllocsPerRun(20, func() {
		b, err := splice(encoded, req, false)
		if err != nil {
			t.Fatal(err)
		}
		for r := b.reader(); ; {
			if _, err := r.Read(piece); err != nil {
				break
			}
		}
	})
	if perRun > 15 {
		t.Errorf("%v allocations for one request of 502 messages", perRun)
	}
}

func conversation(steps, size int) []*llm.Message {
	messages := []*llm.Message{llm.System("You fix bugs."), llm.User("Fix it.")}
	for i := range steps {
		id := fmt.Sprintf("call_%d", i)
		messages = append(messages, step(id, size)...)
	}
	return messages
}

func step(id string, size int) []*llm.Message {
	return []*llm.Message{
		llm.Assistant("", []llm.ToolCall{{ID: id, Name: "terminal", Arguments: `{"command":"ls"}`}}),
		llm.Observation(id, strings.Repeat("if a < b && c { x = \"y\" }\n", size/20+1)[:size]),
	}
}

// BenchmarkConversation sends a conversation of 250 steps of 2 KB, call by
// call, as an agent would. encoded-B is what was turned into JSON, sent-B what
// went to the socket.
func BenchmarkConversation(b *testing.B) {
	const steps, size = 250, 2048
	var encoded, sent int64
	b.ReportAllocs()
	for b.Loop() {
		encoded, sent = 0, 0
		messages := conversation(0, 0)
		for i := range steps {
			req := llm.Request{Model: "m", Messages: messages, MaxOutputTokens: 100}
			body, err := splice([]byte(`{"model":"m",`+string(slot)+`,"max_tokens":100}`), req, false)
			if err != nil {
				b.Fatal(err)
			}
			n, err := io.Copy(struct{ io.Writer }{io.Discard}, body.reader())
			if err != nil {
				b.Fatal(err)
			}
			sent += n
			added := step(fmt.Sprintf("call_%d", i), size)
			for _, m := range added {
				encoded += int64(len(m.JSON))
			}
			messages = append(messages, added...)
		}
	}
	b.ReportMetric(float64(encoded), "encoded-B")
	b.ReportMetric(float64(sent), "sent-B")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/steps, "µs/step")
}
