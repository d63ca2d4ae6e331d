package responses_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"bench"
	"bench/llm"
	"bench/llm/llmtest"
	"bench/llm/responses"
	"bench/llm/scripted"
	"bench/llm/wire"
)

// scripts play every behaviour of the kit.
var scripts = map[llmtest.Behaviour]string{
	llmtest.Speak: fmt.Sprintf(
		"{say: %q, usage: {input: 2000, cached_input: 1024, output: 50, reasoning: 20}}", llmtest.SpokenText),
	llmtest.CallTools: fmt.Sprintf(
		"{calls: [{tool: terminal, raw: %q}, {tool: file_editor, raw: %q}]}",
		llmtest.ToolCalls()[0].Arguments, llmtest.ToolCalls()[1].Arguments),
	llmtest.RateLimit:    "{fault: {kind: status, status: 429, retry_after: 7s}}",
	llmtest.ServerError:  "{fault: {kind: status, status: 500}}",
	llmtest.Unauthorized: "{fault: {kind: status, status: 401}}",
	llmtest.Overflow: "{fault: {kind: status, status: 400, " +
		"message: Your input exceeds the context window of this model., code: context_length_exceeded}}",
	llmtest.Hang:          "{fault: {kind: hang}}",
	llmtest.Truncate:      "{fault: {kind: truncate}}",
	llmtest.Disconnect:    "{fault: {kind: disconnect}}",
	llmtest.InvalidAnswer: "{fault: {kind: invalid_json}}",
	llmtest.NoUsage:       fmt.Sprintf("{say: %q, usage: {report: null}}", llmtest.SpokenText),
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*responses.Options){
		"streamed": func(*responses.Options) {}, "whole": whole,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			llmtest.Run(t, func(t *testing.T, b llmtest.Behaviour) llm.Client {
				script, err := scripted.Parse("script", []byte("rules: ["+scripts[b]+"]"))
				must(t, err)
				server := scripted.New(script, scripted.Options{})
				url, err := server.Start("127.0.0.1:0")
				must(t, err)
				t.Cleanup(func() { _ = server.Close() })
				return client(t, url+"/v1", change)
			})
		})
	}
}

const testKey = "sk-very-secret"

func whole(o *responses.Options) { o.Whole = true }

func client(t testing.TB, url string, change ...func(*responses.Options)) *responses.Client {
	t.Helper()
	o := responses.Options{Options: wire.Options{
		BaseURL: url, APIKey: testKey, Simulated: true, Timeout: time.Second,
	}}
	for _, c := range change {
		c(&o)
	}
	c, err := responses.New(o)
	must(t, err)
	t.Cleanup(c.Close)
	return c
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func serve(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func hello() llm.Request {
	return llm.Request{
		Model: "gpt-6-sol", MaxOutputTokens: 512,
		Messages: []*llm.Message{llm.System("s"), llm.User("hello")},
		Speaker: llm.Speaker{
			Trial: bench.TrialKey{Configuration: "solo", InstanceID: "a__b-1", Attempt: 1},
			Role:  bench.RoleMain, Agent: "main", Turn: 2,
		},
	}
}

const usage = `"usage":{"input_tokens":9,"input_tokens_details":{"cached_tokens":0},"output_tokens":5,` +
	`"output_tokens_details":{"reasoning_tokens":2},"total_tokens":14}`

// answers serves a response object, whole or as the last event of a stream.
func answers(object string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if !strings.Contains(string(body), `"stream":true`) {
			_, _ = io.WriteString(w, object)
			return
		}
		var o struct{ Status string }
		_ = json.Unmarshal([]byte(object), &o)
		events(fmt.Sprintf("event: response.created\ndata: {\"type\":\"response.created\",\"response\":"+
			"{\"id\":\"resp_1\",\"model\":\"served\",\"status\":\"in_progress\",\"output\":[]}}\n\n"+
			"event: response.%[1]s\ndata: {\"type\":\"response.%[1]s\",\"response\":%[2]s}\n\n",
			o.Status, object))(w, r)
	}
}

func events(stream string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, stream)
	}
}

func object(status, more string, items ...string) string {
	return fmt.Sprintf(`{"id":"resp_1","object":"response","model":"served","status":%q,"output":[%s],%s%s}`,
		status, strings.Join(items, ","), usage, more)
}

const (
	text = `{"id":"msg_1","type":"message","status":"completed","role":"assistant",` +
		`"content":[{"type":"output_text","text":"hi","annotations":[]}]}`
	function = `{"id":"fc_1","type":"function_call","status":"completed","call_id":"call_1",` +
		`"name":"terminal","arguments":"{}"}`
	refusal = `{"id":"msg_1","type":"message","status":"completed","role":"assistant",` +
		`"content":[{"type":"refusal","refusal":"I cannot."}]}`
)

// How answers end: platform.openai.com/docs/api-reference/responses/object
func TestFinish(t *testing.T) {
	t.Parallel()
	incomplete := func(reason string) string { return `,"incomplete_details":{"reason":"` + reason + `"}` }
	failed := func(code, message string) string {
		return fmt.Sprintf(`,"error":{"code":%q,"message":%q}`, code, message)
	}
	for _, c := range []struct {
		object       string
		finish       llm.Finish
		reason, text string
		err          string
		retryable    bool
	}{
		{object("completed", "", text), llm.FinishStop, "completed", "hi", "", false},
		{object("completed", `,"error":null`, text, function), llm.FinishToolCalls, "completed", "hi", "", false},
		{object("completed", "", refusal), llm.FinishRefusal, "completed", "I cannot.", "", false},
		{object("completed", "", text, text), llm.FinishStop, "completed", "hi\n\nhi", "", false},
		{object("incomplete", incomplete("max_output_tokens"), text), llm.FinishLength, "max_output_tokens", "hi",
			"", false},
		{object("incomplete", incomplete("max_output_tokens")), llm.FinishLength, "max_output_tokens", "", "", false},
		{object("incomplete", incomplete("content_filter")), llm.FinishRefusal, "content_filter", "", "", false},
		{object("incomplete", incomplete("something")), "", "", "", "something", true},
		{object("completed", ""), "", "", "", "without output", true},
		// github.com/openai/openai-go, ResponseErrorCode
		{object("failed", failed("server_error", "An error occurred")), "", "", "", "An error occurred", true},
		{object("failed", failed("rate_limit_exceeded", "Rate limit reached. Please try again in 3s.")), "", "", "",
			"Rate limit", true},
		{object("failed", failed("context_length_exceeded", "Your input exceeds the context window")), "", "", "",
			"context window exceeded", false},
		{object("failed", failed("invalid_prompt", "Limited for safety")), llm.FinishRefusal, "invalid_prompt",
			"Limited for safety", "", false},
		{object("failed", ""), "", "", "", "failed", true},
		{object("cancelled", ""), "", "", "", "cancelled", true},
	} {
		for name, change := range map[string]func(*responses.Options){
			"streamed": func(*responses.Options) {}, "whole": whole,
		} {
			if name == "streamed" && strings.Contains(c.object, `"cancelled"`) {
				continue // a stream does not end so
			}
			resp, err := client(t, serve(t, answers(c.object)), change).Complete(t.Context(), hello())
			if c.err == "" {
				if err != nil || resp.Finish != c.finish || resp.FinishReason != c.reason ||
					strings.TrimPrefix(resp.Message.Text, "(empty)") != c.text || resp.Usage.Output != 5 {
					t.Errorf("%s %s: %+v, %v", name, c.object, resp, err)
				}
				continue
			}
			var status *llm.StatusError
			if !errors.As(err, &status) || status.Retryable != c.retryable || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s %s: %v", name, c.object, err)
			}
		}
	}
}

// What comes of a stream that has not everything in its last event, or breaks.
func TestStreams(t *testing.T) {
	t.Parallel()
	item := func(at int, item string) string {
		return fmt.Sprintf("data: {\"type\":\"response.output_item.done\",\"output_index\":%d,\"item\":%s}\n\n", at, item)
	}
	delta := `data: {"type":"response.output_text.delta","output_index":0,"delta":"h\\\\\"","x":"y"}` + "\n\n"
	end := `data: {"type":"response.completed","response":{"id":"r","model":"m","output":[],` + usage + "}}\n\n"
	for _, c := range []struct {
		name, stream, want string
		retryable          bool
	}{
		{"items apart", delta + item(1, function) + item(0, text) + end, "hi", false},
		{"cut", delta + item(0, text), "cut off after", true},
		{"an error", delta + `data: {"type":"error","code":"server_error","message":"broke","param":null}` + "\n\n",
			"broke", true},
		{"an error in an object", `data: {"type":"error","error":{"type":"invalid_request_error",` +
			`"code":"context_length_exceeded","message":"too long"}}` + "\n\n", "context window exceeded", false},
		{"not JSON", "data: {\n\n", "not JSON", true},
	} {
		resp, err := client(t, serve(t, events(c.stream))).Complete(t.Context(), hello())
		if err == nil {
			if resp.Message.Text != c.want || len(resp.Message.ToolCalls) != 1 || resp.UnknownUsage != 0 {
				t.Errorf("%s: %+v", c.name, resp)
			}
			continue
		}
		if c.name == "cut" && (resp.Said != 4 ||
			string(resp.Original) != `{"role":"assistant","content":"h\\\\\""}`) {
			t.Errorf("evidence of %d bytes: %s", resp.Said, resp.Original)
		}
		var status *llm.StatusError
		if !errors.As(err, &status) || status.Retryable != c.retryable || !strings.Contains(err.Error(), c.want) ||
			status.Billed != (resp.UnknownUsage == 1) {
			t.Errorf("%s: %v, %+v", c.name, err, resp)
		}
	}
}

// Where requests go, and what is in their headers; keys are in no text.
func TestHeaders(t *testing.T) {
	t.Parallel()
	var got *http.Request
	answer := answers(object("completed", "", text))
	url := serve(t, func(w http.ResponseWriter, r *http.Request) { got = r; answer(w, r) })
	_, err := client(t, url+"/openai/v1?api-version=preview").Complete(t.Context(), hello())
	must(t, err)
	if got.URL.RequestURI() != "/openai/v1/responses?api-version=preview" ||
		got.Header.Get("Authorization") != "Bearer "+testKey || got.Header.Get("X-Bench-Turn") != "2" {
		t.Errorf("%s %v", got.URL, got.Header)
	}
	for _, status := range []int{200, 301, 400, 500} {
		url := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Request-Id", testKey)
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"model":%q,"error":{"message":"bad key %s"}}`, testKey, testKey)
		})
		resp, err := client(t, url).Complete(t.Context(), hello())
		if err == nil || strings.Contains(fmt.Sprintf("%+v %#v %+v", err, err, resp), testKey) {
			t.Errorf("status %d: %+v, %#v", status, resp, err)
		}
	}
}
