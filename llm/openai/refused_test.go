package openai_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"bench"
	"bench/llm"
	"bench/llm/openai"
	"bench/llm/wire"
)

// strict refuses every request whose body has a forbidden text, with these
// words, and remembers the bodies.
type strict struct {
	forbidden string
	status    int
	words     string

	mu     sync.Mutex
	bodies []string
}

func (s *strict) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.bodies = append(s.bodies, string(raw))
	s.mu.Unlock()
	if strings.Contains(string(raw), s.forbidden) {
		w.WriteHeader(s.status)
		_, _ = io.WriteString(w, s.words)
		return
	}
	_, _ = io.WriteString(w, `{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}`)
}

// thoughtful is a conversation with fields that not everybody takes back.
func thoughtful(model string) llm.Request {
	extra := json.RawMessage(`{"extra_content":{"google":{"thought_signature":"s"}}}`)
	return llm.Request{Model: model, MaxOutputTokens: 9, Tools: json.RawMessage(`[{}]`),
		Speaker: llm.Speaker{Trial: bench.TrialKey{Configuration: "c", InstanceID: "i", Attempt: 1}, Agent: "main"},
		Messages: []*llm.Message{
			llm.System("s"), llm.User("u"),
			llm.Answer{ToolCalls: []llm.ToolCall{{ID: "a", Name: "f", Arguments: "{}", Extra: extra}},
				Extra: json.RawMessage(`{"reasoning_content":"hm","reasoning":"hm"}`)}.Message(),
			llm.Observation("a", "ok"),
		}}
}

// What the client sends of its own accord and a server refuses is left out, once
// the server has said so. Words as reported.
func TestRefusedFields(t *testing.T) {
	t.Parallel()
	const claude, gpt = "claude-sonnet-5", "gpt-5.4"
	for _, c := range []struct {
		forbidden, model string
		status           int
		words, source    string
	}{
		{`"stream_options"`, "m", 422, `{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body",` +
			`"stream_options","include_usage"],"msg":"Extra inputs are not permitted","input":true}]},` +
			`"type":"invalid_request_error","param":null,"code":null}`, "github.com/openai/openai-agents-python/issues/442"},
		{`"stream_options"`, "m", 400, `{"error":{"message":"property 'stream_options' is unsupported, did you mean ` +
			`'stream'?","type":"invalid_request_error"}}`, "github.com/vercel/ai/pull/1578"},
		{`"stream_options"`, "m", 400, `{"detail":"Extra parameters ['stream_options'] are not allowed when ` +
			`extra-parameters is not set or set to be 'error'."}`, "github.com/CherryHQ/cherry-studio/issues/9214"},
		{`"stream_options"`, "m", 400, `{"error_code":"BAD_REQUEST","message":"{\"message\":\"extraneous key ` +
			`[stream_options] is not permitted\"}"}`, "github.com/anomalyco/opencode/issues/4698"},
		{`"stream_options"`, "m", 400, `{"error":{"message":"Validation error at #/stream_options: Extra inputs are ` +
			`not permitted"}}`, "github.com/openai/openai-python/issues/2296"},
		{`"stream":true`, gpt, 400, `{"error":{"message":"Your organization must be verified to stream this model.",` +
			`"type":"invalid_request_error","param":"stream","code":"unsupported_value"}}`,
			"help.openai.com/en/articles/10910291-api-organization-verification"},
		{`"stream":true`, gpt, 400, `{"error":{"message":"Unsupported value: 'stream' does not support true with this ` +
			`model. Supported values are: false.","param":"stream"}}`, "github.com/BerriAI/litellm/issues/5803"},
		{`"max_completion_tokens"`, gpt, 400, `{"error":{"message":"Unrecognized request argument supplied: ` +
			`max_completion_tokens"}}`, "learn.microsoft.com/azure: old api-version"},
		{`"max_tokens"`, "my-deployment", 400, `{"error":{"message":"Unsupported parameter: 'max_tokens' is not ` +
			`supported with this model. Use 'max_completion_tokens' instead.","code":"unsupported_parameter"}}`,
			"platform.openai.com/docs/guides/reasoning"},
		{`"prompt_cache_key"`, gpt, 400, `{"error":{"message":"Unknown parameter: 'prompt_cache_key'."}}`, "azure"},
		{`"cache_control"`, claude, 400, `{"message":"messages.0.content.0.cache_control: Extra inputs are not permitted"}`,
			"github.com/caozhiyuan/copilot-api/issues/145"},
		{`"reasoning_content"`, "m", 422, `{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body",` +
			`"messages",2,"assistant","reasoning_content"],"msg":"Extra inputs are not permitted","input":"\n"}]}}`,
			"github.com/charmbracelet/crush/issues/1590"},
		{`"reasoning_content"`, "m", 422, `{"detail":[{"type":"extra_forbidden","loc":["body","messages",2,"assistant",` +
			`"reasoning_content"],"msg":"Extra inputs are not permitted"}]}`, "github.com/BerriAI/litellm/pull/30884"},
		{`"reasoning_content"`, "m", 400, `{"error":{"message":"'messages.2' : for 'role:assistant' the following must be ` +
			`satisfied[('messages.2' : property 'reasoning_content' is unsupported)]","type":"invalid_request_error"}}`,
			"github.com/tashfeenahmed/freellmapi/issues/1070"},
		{`"reasoning":`, "m", 400, `{"error":{"message":"'messages.2' : for 'role:assistant' the following must be ` +
			`satisfied[('messages.2' : property 'reasoning' is unsupported, did you mean 'role'?)]"}}`,
			"github.com/karthink/gptel/issues/774"},
		{`"reasoning_content"`, "m", 400, `{"message":"messages.2.assistant.reasoning_content: property ` +
			`'messages.2.assistant.reasoning_content' is unsupported","type":"invalid_request_error",` +
			`"param":"validation_error","code":"wrong_api_format"}`, "github.com/Kilo-Org/kilocode/issues/10375"},
		{`"extra_content"`, "m", 400, `{"error":{"message":"messages.2.tool_calls.0.extra_content: Extra inputs are not ` +
			`permitted"}}`, "anthropic's words for a field of a call"},
		{`"tool_choice"`, "m", 404, `{"error":{"message":"No endpoints found that support the provided 'tool_choice' ` +
			`value. To learn more about provider routing, visit: https://openrouter.ai/docs/provider-routing","code":404}}`,
			"github.com/zed-industries/zed/issues/36094"},
	} {
		server := &strict{forbidden: c.forbidden, status: c.status, words: c.words}
		url := serve(t, server.ServeHTTP)
		client := client(t, url)
		for range 2 {
			req := thoughtful(c.model)
			req.ToolChoice = llm.ToolsNone
			resp, err := client.Complete(t.Context(), req)
			if err != nil || resp.Message.Text != "hi" || resp.Retries != 0 {
				t.Errorf("%s: %v (%s)", c.forbidden, err, c.source)
			}
		}
		if len(server.bodies) != 3 {
			t.Errorf("%s: %d requests, want the refused one and two (%s)", c.forbidden, len(server.bodies), c.source)
		}
		for _, body := range server.bodies {
			if !json.Valid([]byte(body)) || !strings.Contains(body, `"max_`) {
				t.Errorf("%s: sent %s", c.forbidden, body)
			}
		}
	}
}

// Other refusals stay what they are.
func TestOtherRefusals(t *testing.T) {
	t.Parallel()
	for words, source := range map[string]string{
		"The `reasoning_content` in the thinking mode must be passed back to the API.":                   "github.com/agent0ai/agent-zero/issues/1732",
		"thinking is enabled but reasoning_content is missing in assistant tool call message at index 2": "platform.moonshot.ai",
		"Invalid max_tokens value, the valid range of max_tokens is [1, 8192]":                           "api-docs.deepseek.com",
		"messages[51]: assistant message with tool_calls must include reasoning_content":                 "github.com/esengine/DeepSeek-Reasonix/issues/6173",
		"preserved thinking requires reasoning_content on every assistant message":                       "github.com/MoonshotAI/kimi-cli/pull/2498",
		"temperature is not supported with this model":                                                   "platform.openai.com",
		"model m does not exist": "any",
	} {
		server := &strict{status: 400, words: `{"error":{"message":` + quoted(words) + `}}`}
		_, err := client(t, serve(t, server.ServeHTTP)).Complete(t.Context(), thoughtful("m"))
		if !errors.Is(err, llm.ErrRefused) || len(server.bodies) != 1 {
			t.Errorf("%s: %v after %d requests (%s)", words, err, len(server.bodies), source)
		}
	}
}

// The switches say what is sent, whatever the server would take.
func TestSwitches(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		options openai.Options
		choice  llm.ToolChoice
		want    []string
		never   []string
	}{
		{"by default", openai.Options{}, "",
			[]string{`"stream":true`, `"include_usage":true`, `"max_tokens":9`, `"reasoning_content":"hm"`, `"extra_content"`},
			[]string{"tool_choice", "cache_control"}},
		{"in one piece", openai.Options{Stream: openai.StreamOff}, "", []string{`"stream":false`}, []string{"stream_options"}},
		{"no echo", openai.Options{Echo: openai.EchoNone}, "",
			[]string{`{"role":"assistant","content":"","tool_calls":[{"id":"a","type":"function","function":` +
				`{"name":"f","arguments":"{}"}}]}`}, []string{"reasoning", "extra_content"}},
		{"no tools, but there", openai.Options{}, llm.ToolsNone, []string{`"tool_choice":"none"`, `"tools":[{}]`}, nil},
		{"a name for the bound", openai.Options{MaxTokensField: openai.MaxOutputTokens}, "",
			[]string{`"max_output_tokens":9`}, []string{"max_tokens", "max_completion"}},
		{"no bound", openai.Options{MaxTokensField: openai.MaxTokensNone}, "", nil, []string{"max_"}},
		{"extra fields", openai.Options{Extra: map[string]any{
			"provider": map[string]any{"order": []string{"Together"}}, "service_tier": "flex",
			"stream_options": map[string]any{"include_usage": false}, "temperature": 0.5,
		}}, "", []string{`"provider":{"order":["Together"]}`, `"service_tier":"flex"`, `"include_usage":false`,
			`"temperature":0.5`}, []string{`"include_usage":true`}},
	} {
		server := &strict{forbidden: "\x00"}
		c.options.BaseURL = serve(t, server.ServeHTTP)
		req := thoughtful("m")
		req.ToolChoice = c.choice
		if _, err := configured(t, c.options).Complete(t.Context(), req); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		body := server.bodies[0]
		for _, want := range c.want {
			if !strings.Contains(body, want) {
				t.Errorf("%s: no %s in %s", c.name, want, body)
			}
		}
		for _, never := range c.never {
			if strings.Contains(body, never) {
				t.Errorf("%s: %s in %s", c.name, never, body)
			}
		}
	}
	for _, name := range []string{"messages", "tools", "stream"} {
		o := openai.Options{Options: wire.Options{BaseURL: "http://x"}, Extra: map[string]any{name: 1}}
		if _, err := openai.New(o); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("extra field %s: %v", name, err)
		}
	}
}

// Azure has the version in the query and the key in a header of its own:
// learn.microsoft.com/azure/ai-foundry/openai/reference
func TestQueryAndHeaders(t *testing.T) {
	t.Parallel()
	var got *http.Request
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		_, _ = io.WriteString(w, `{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}`)
	})
	o := openai.Options{Options: wire.Options{
		BaseURL: url + "/openai/deployments/d?api-version=2025-04-01-preview",
		Headers: map[string]string{"api-key": "k", "HTTP-Referer": "https://example.org"},
	}}
	if _, err := configured(t, o).Complete(t.Context(), hello()); err != nil {
		t.Fatal(err)
	}
	if got.URL.String() != "/openai/deployments/d/chat/completions?api-version=2025-04-01-preview" ||
		got.Header.Get("Api-Key") != "k" || got.Header.Get("Http-Referer") != "https://example.org" {
		t.Errorf("%s %v", got.URL, got.Header)
	}
}
