package openai_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"bench/llm"
	"bench/llm/llmtest"
	"bench/llm/openai"
	"bench/llm/scripted"
	"bench/llm/wire"
)

// scripts play every behaviour of the kit but NoUsage, which no script can.
var scripts = map[llmtest.Behaviour]string{
	llmtest.Speak: fmt.Sprintf(
		"{say: %q, usage: {input: 2000, cached_input: 1024, output: 50, reasoning: 20}}",
		llmtest.SpokenText),
	llmtest.CallTools: fmt.Sprintf(
		"{calls: [{tool: terminal, raw: %q}, {tool: file_editor, raw: %q}]}",
		llmtest.ToolCalls()[0].Arguments, llmtest.ToolCalls()[1].Arguments),
	llmtest.RateLimit:    "{fault: {kind: status, status: 429, retry_after: 7s}}",
	llmtest.ServerError:  "{fault: {kind: status, status: 500}}",
	llmtest.Unauthorized: "{fault: {kind: status, status: 401}}",
	llmtest.Overflow: "{fault: {kind: status, status: 400, " +
		"message: This model's maximum context length is 8192 tokens}}",
	llmtest.Hang:          "{fault: {kind: hang}}",
	llmtest.Truncate:      "{fault: {kind: truncate}}",
	llmtest.Disconnect:    "{fault: {kind: disconnect}}",
	llmtest.InvalidAnswer: "{fault: {kind: invalid_json}}",
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for _, stream := range []openai.Stream{openai.StreamAuto, openai.StreamOff} {
		t.Run("stream "+string(stream), func(t *testing.T) { t.Parallel(); conforms(t, stream) })
	}
}

func conforms(t *testing.T, stream openai.Stream) {
	client := func(t *testing.T, url string) llm.Client {
		return configured(t, openai.Options{
			Options: wire.Options{BaseURL: url, Timeout: 2 * time.Second}, Stream: stream,
		})
	}
	llmtest.Run(t, func(t *testing.T, b llmtest.Behaviour) llm.Client {
		if b == llmtest.NoUsage {
			return client(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
				fmt.Fprintf(w, `{"model":"m","choices":[{"message":{"role":"assistant",`+
					`"content":%q},"finish_reason":"stop"}]}`, llmtest.SpokenText)
			}))
		}
		script, err := scripted.Parse("script", []byte("rules: ["+scripts[b]+"]"))
		if err != nil {
			t.Fatal(err)
		}
		server := scripted.New(script, scripted.Options{})
		url, err := server.Start("127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = server.Close() })
		return client(t, url+"/v1")
	})
}

const testKey = "sk-very-secret"

func client(t testing.TB, url string) *openai.Client {
	t.Helper()
	return configured(t, openai.Options{Options: wire.Options{BaseURL: url}})
}

// configured returns a client with the key, the timeout and the headers of tests.
func configured(t testing.TB, o openai.Options) *openai.Client {
	t.Helper()
	o.APIKey, o.Simulated = testKey, true
	if o.Timeout == 0 {
		o.Timeout = time.Second
	}
	c, err := openai.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}
