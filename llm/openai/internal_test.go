package openai

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"bench"
	"bench/llm"
	"bench/llm/wire"
)

func newClient(t testing.TB, o Options) *Client {
	t.Helper()
	if o.BaseURL == "" {
		o.BaseURL = "http://127.0.0.1:9/v1"
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// sentBody is the request that a client sends, which must be JSON.
func sentBody(t testing.TB, c *Client, req llm.Request, without ...string) []byte {
	t.Helper()
	b, err := c.body(req, without)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(b.Reader())
	if err != nil || !json.Valid(raw) {
		t.Fatalf("%s, %v", raw, err)
	}
	return raw
}

// Sending must not copy the conversation, however long it is.
func TestSendingDoesNotEncode(t *testing.T) {
	req := llm.Request{Model: "m", Messages: conversation(250, 2048), MaxOutputTokens: 9}
	c := newClient(t, Options{})
	piece := make([]byte, 32<<10)
	perRun := testing.AllocsPerRun(20, func() {
		b, err := c.body(req, nil)
		if err != nil {
			t.Fatal(err)
		}
		for r := b.Reader(); ; {
			if _, err := r.Read(piece); err != nil {
				break
			}
		}
	})
	if perRun > 80 {
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

// How each model is asked to cache, wherever it is served.
func TestCacheMarks(t *testing.T) {
	t.Parallel()
	const router = "https://openrouter.ai/api/v1"
	for _, c := range []struct {
		url, model string
		cache      wire.Cache
		want       string // in the body
		source     string
	}{
		{router, "anthropic/claude-opus-5.5", "", `"cache_control":{"type":"ephemeral"},"max`,
			"openrouter.ai/docs/features/prompt-caching"},
		{"https://eu.openrouter.ai:443/api/v1", "~anthropic/claude-sonnet-latest", "",
			`"cache_control":{"type":"ephemeral"},"max`, "openrouter.ai/docs/guides/routing/model-aliases"},
		{router, "anthropic/claude-opus-5.5", wire.Cache1h, `"cache_control":{"type":"ephemeral","ttl":"1h"},"max`,
			"openrouter.ai/docs/features/prompt-caching"},
		{router, "anthropic/claude-opus-5.5", wire.CacheOff, "", ""},
		{"http://litellm:4000", "claude-sonnet-5", "", `"text":"s","cache_control":{"type":"ephemeral"}}]`,
			"docs.litellm.ai/docs/completion/prompt_caching"},
		{"https://api.orq.ai/v2/router", "anthropic/claude-sonnet-4-5-20250929", wire.Cache1h,
			`"text":"s","cache_control":{"type":"ephemeral","ttl":"1h"}}]`,
			"docs.orq.ai/docs/proxy/providers/anthropic/prompt-caching"},
		{"https://bedrock.example/v1", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "",
			`"text":"s","cache_control"`, "docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html"},
		{"https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "qwen3-max", "",
			`"text":"s","cache_control"`, "alibabacloud.com/help/en/model-studio/context-cache"},
		{router, "qwen/qwen3-coder-plus", "", `"text":"s","cache_control"`,
			"openrouter.ai/docs/features/prompt-caching"},
		{"http://gateway/v1", "qwen3.7-plus-2026-10-01", "", `"text":"s","cache_control"`,
			"alibabacloud.com/help/en/model-studio/context-cache"},
		{"http://vllm:8000/v1", "Qwen/Qwen3-Coder-30B-A3B-Instruct", "", "", "docs.vllm.ai: caches by itself"},
		{router, "z-ai/glm-5.2", "", "", "openrouter.ai/docs/features/prompt-caching"},
		{"http://gateway/v1", "z-ai/glm-5.2", wire.CacheMarkers, `"text":"s","cache_control"`, "as asked for"},
	} {
		client := newClient(t, Options{Options: wire.Options{BaseURL: c.url}, Cache: c.cache})
		req := llm.Request{Model: c.model, Messages: []*llm.Message{llm.System("s")}, MaxOutputTokens: 9}
		raw := sentBody(t, client, req)
		if c.want == "" && bytes.Contains(raw, []byte("cache_control")) ||
			!bytes.Contains(raw, []byte(c.want)) {
			t.Errorf("%s %s %s: %s, want %s", c.url, c.model, c.cache, raw, c.want)
		}
	}
}

// The key of a conversation goes to those who route by it.
func TestCacheKey(t *testing.T) {
	t.Parallel()
	for model, want := range map[string]bool{
		"gpt-5.4": true, "openai/gpt-6-mini": true, "o3": true, "moonshotai/kimi-k2.6": true,
		"openai/gpt-oss-120b": false, "mistral-large-2512": false, "deepseek-chat": false, "o365": false,
	} {
		req := llm.Request{Model: model, Speaker: llm.Speaker{
			Trial: bench.TrialKey{Configuration: "c", InstanceID: "i", Attempt: 1}, Agent: "main"}}
		got := bytes.Contains(sentBody(t, newClient(t, Options{}), req), []byte(`"prompt_cache_key":"`))
		if got != want {
			t.Errorf("%s: %v", model, got)
		}
	}
}

// What the model reads of one request is the beginning of what it reads of the
// next: byte for byte without breakpoints, and but for the marks with them.
func TestPromptsBeginWithTheOnesBefore(t *testing.T) {
	t.Parallel()
	for _, model := range []string{"gpt-5.4", "claude-sonnet-5"} {
		client := newClient(t, Options{})
		all := conversation(6, 40)
		var before string
		for n := 2; n <= len(all); n += 2 {
			raw := sentBody(t, client, llm.Request{Model: model, Messages: all[:n], Tools: []byte(`[]`)})
			_, prompt, _ := strings.Cut(string(raw), `"messages":`)
			if model != "gpt-5.4" {
				if marks := strings.Count(prompt, `"cache_control"`); marks < 2 || marks > 3 {
					t.Errorf("%d marks in %s", marks, prompt)
				}
				prompt = strings.ReplaceAll(prompt, `,"cache_control":{"type":"ephemeral"}}]`, "")
				prompt = strings.ReplaceAll(prompt, `[{"type":"text","text":`, "")
			}
			prompt, _, _ = strings.Cut(prompt, `],"tools"`)
			if !strings.HasPrefix(prompt, before) {
				t.Errorf("%s: %s\ndoes not begin with\n%s", model, prompt, before)
			}
			before = prompt
		}
	}
}

// Breakpoints stand behind the system prompt and the last two turns.
func TestBreakpoints(t *testing.T) {
	t.Parallel()
	for steps, want := range map[int]string{0: "[0 1]", 1: "[0 3 1]", 3: "[0 7 5]"} {
		if got := fmt.Sprint(breakpoints(conversation(steps, 10))); got != want {
			t.Errorf("%d steps: %s, want %s", steps, got, want)
		}
	}
}

// BenchmarkConversation sends a conversation of 250 steps of 2 KB, call by
// call, as an agent would. encoded-B is what was turned into JSON, sent-B what
// went to the socket.
func BenchmarkConversation(b *testing.B) {
	const steps, size = 250, 2048
	c := newClient(b, Options{})
	var encoded, sent int64
	b.ReportAllocs()
	for b.Loop() {
		encoded, sent = 0, 0
		messages := conversation(0, 0)
		for i := range steps {
			req := llm.Request{Model: "m", Messages: messages, MaxOutputTokens: 100}
			body, err := c.body(req, nil)
			if err != nil {
				b.Fatal(err)
			}
			n, err := io.Copy(struct{ io.Writer }{io.Discard}, body.Reader())
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
