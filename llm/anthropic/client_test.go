package anthropic_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"bench"
	"bench/llm"
	"bench/llm/anthropic"
)

func hello() llm.Request {
	return llm.Request{
		Model: "claude-opus-5-5", MaxOutputTokens: 512,
		Messages: []*llm.Message{llm.System("s"), llm.User("hello")},
		Speaker:  llm.Speaker{Role: bench.RoleMain, Agent: "main", Turn: 2},
	}
}

// Where requests go, and what is in their headers.
func TestHeaders(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ base, path string }{
		{"", "/v1/messages"}, {"/v1", "/v1/messages"}, {"/anthropic/", "/anthropic/v1/messages"},
		{"/api/v1/?beta=true", "/api/v1/messages?beta=true"},
	} {
		var got *http.Request
		answer := answers(t, message("end_turn", spokenUsage, `{"type":"text","text":"hi"}`))
		url := serve(t, func(w http.ResponseWriter, r *http.Request) { got = r; answer(w, r) })
		_, err := client(t, url+c.base, func(o *anthropic.Options) {
			o.Simulated = true
			o.Headers = map[string]string{"anthropic-beta": "x", "Anthropic-Version": "later"}
		}).Complete(t.Context(), hello())
		must(t, err)
		if got.URL.RequestURI() != c.path {
			t.Errorf("%s: %s", c.base, got.URL.RequestURI())
		}
		for name, want := range map[string]string{
			"X-Api-Key": testKey, "Authorization": "Bearer " + testKey, "Content-Type": "application/json",
			"Anthropic-Version": "later", "Anthropic-Beta": "x", "X-Bench-Role": "main", "X-Bench-Turn": "2",
		} {
			if v := got.Header.Get(name); v != want {
				t.Errorf("%s: %q, want %q", name, v, want)
			}
		}
	}
}

// platform.claude.com/docs/en/build-with-claude/handling-stop-reasons
func TestStopReasons(t *testing.T) {
	t.Parallel()
	say := `{"type":"text","text":"hi"}`
	use := `{"type":"tool_use","id":"toolu_1","name":"a","input":{}}`
	for _, c := range []struct {
		stop, block string
		finish      llm.Finish
		err         string
	}{
		{"end_turn", say, llm.FinishStop, ""},
		{"end_turn", use, llm.FinishToolCalls, ""},
		{"stop_sequence", say, llm.FinishStop, ""},
		{"tool_use", use, llm.FinishToolCalls, ""},
		{"tool_use", say, "", "promises tool calls"},
		{"max_tokens", use, llm.FinishLength, ""},
		{"pause_turn", say, llm.FinishLength, ""},
		{"refusal", "", llm.FinishRefusal, ""},
		{"model_context_window_exceeded", say, "", "context window exceeded"},
		{"something_new", say, "", "something_new"},
	} {
		for _, change := range []func(*anthropic.Options){func(*anthropic.Options) {}, whole} {
			url := serve(t, answers(t, message(c.stop, spokenUsage, blocks(c.block)...)))
			resp, err := client(t, url, change).Complete(t.Context(), hello())
			if c.err == "" {
				if err != nil || resp.Finish != c.finish || resp.FinishReason != c.stop {
					t.Errorf("%s: %q (%q), %v", c.stop, resp.Finish, resp.FinishReason, err)
				}
				continue
			}
			if err == nil || !strings.Contains(err.Error(), c.err) || resp.Usage.Output != 50 ||
				resp.UnknownUsage != 0 {
				t.Errorf("%s: %v, %+v", c.stop, err, resp)
			}
			overflow := c.stop == "model_context_window_exceeded"
			if errors.Is(err, llm.ErrContextOverflow) != overflow {
				t.Errorf("%s: %v", c.stop, err)
			}
		}
	}
}

func blocks(one string) []string {
	if one == "" {
		return nil
	}
	return []string{one}
}

// Errors as the API writes them: platform.claude.com/docs/en/api/errors
func TestErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status     int
		kind, text string
		retryable  bool
		is         error
	}{
		{400, "invalid_request_error", "messages.1: tool_use ids were found without tool_result blocks",
			false, llm.ErrRefused},
		{400, "invalid_request_error", "prompt is too long: 208310 tokens > 200000 maximum",
			false, llm.ErrContextOverflow},
		{400, "invalid_request_error", "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000",
			false, llm.ErrContextOverflow},
		{400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API.",
			false, llm.ErrHopeless},
		{401, "authentication_error", "invalid x-api-key", false, llm.ErrHopeless},
		{402, "billing_error", "payment required", false, llm.ErrHopeless},
		{403, "permission_error", "no access", false, llm.ErrHopeless},
		{404, "not_found_error", "model: claude-opus-9", false, llm.ErrHopeless},
		{413, "request_too_large", "Request exceeds the maximum size", false, llm.ErrContextOverflow},
		{429, "rate_limit_error", "This request would exceed your organization's rate limit of 1 tokens per minute",
			true, nil},
		{500, "api_error", "Internal server error", true, nil},
		{504, "timeout_error", "Request timeout", true, nil},
		{529, "overloaded_error", "Overloaded", true, nil},
	} {
		_, err := client(t, serve(t, refuses(c.status, c.kind, c.text))).Complete(t.Context(), hello())
		var status *llm.StatusError
		if !errors.As(err, &status) || status.Status != c.status || status.Retryable != c.retryable {
			t.Errorf("%d %s: %+v", c.status, c.kind, err)
		}
		if c.is != nil && !errors.Is(err, c.is) || c.is == nil && errors.Is(err, llm.ErrRefused) {
			t.Errorf("%d %s: %v is not %v", c.status, c.kind, err, c.is)
		}
	}
}

const start = `event: message_start
data: {"type":"message_start","message":{"id":"msg_1","model":"claude-served","content":[],` +
	`"usage":{"input_tokens":9,"output_tokens":1}}}

`

// What goes wrong in the middle of a stream.
func TestBrokenStreams(t *testing.T) {
	t.Parallel()
	text := start + `data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"half"}}

`
	for _, c := range []struct {
		name, stream, want string
		retryable          bool
	}{
		// platform.claude.com/docs/en/build-with-claude/streaming#error-events
		{"overloaded", text + `event: error
data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}

`, "Overloaded", true},
		{"too long", start + `data: {"type":"error","error":{"type":"invalid_request_error",` +
			`"message":"prompt is too long: 2 tokens > 1 maximum"}}` + "\n\n", "context window", false},
		{"cut", text, "cut off after", true},
		{"not JSON", text + "data: {\"type\":\n\n", "not JSON", true},
		{"a delta from nowhere", start + `data: {"type":"content_block_delta","index":0,"delta":` +
			`{"type":"text_delta","text":"x"}}` + "\n\ndata: {\"type\":\"message_stop\"}\n\n", "without a beginning", true},
	} {
		resp, err := client(t, serve(t, events(c.stream))).Complete(t.Context(), hello())
		var status *llm.StatusError
		if !errors.As(err, &status) || status.Retryable != c.retryable || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if c.name == "cut" && (resp.Said != 4 || !strings.Contains(string(resp.Original), `"half"`) ||
			!json.Valid(resp.Original)) {
			t.Errorf("evidence of %d bytes: %s", resp.Said, resp.Original)
		}
		if resp.Message != nil || status.Billed != (resp.UnknownUsage == 1) || resp.Usage != (bench.Usage{}) {
			t.Errorf("%s: %+v", c.name, resp)
		}
	}
}

func events(stream string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, stream)
	}
}

// Servers that leave out message_stop have said all the same why they stopped.
func TestStreamWithoutItsLastEvent(t *testing.T) {
	t.Parallel()
	whole := streamed(t, message("end_turn", spokenUsage, `{"type":"text","text":"hi"}`))
	cut, _, _ := strings.Cut(whole, "event: message_stop")
	resp, err := client(t, serve(t, events(cut))).Complete(t.Context(), hello())
	if err != nil || resp.Message.Text != "hi" || resp.Usage.Output != 50 {
		t.Errorf("%+v, %v", resp, err)
	}
}

// The first token is the first of the model, not the first byte; a stream that
// falls silent is given up.
func TestTimes(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, start)
		_ = http.NewResponseController(w).Flush()
		<-release
		_, rest, _ := strings.Cut(streamed(t, message("end_turn", spokenUsage, `{"type":"text","text":"hi"}`)),
			"event: ping")
		_, _ = io.WriteString(w, "event: ping"+rest)
	})
	time.AfterFunc(100*time.Millisecond, func() { close(release) })
	resp, err := client(t, url).Complete(t.Context(), hello())
	if err != nil || resp.First.Sub(resp.Start) < 100*time.Millisecond || resp.End.Before(resp.First) {
		t.Errorf("first token after %v, %v", resp.First.Sub(resp.Start), err)
	}
	url = serve(t, func(w http.ResponseWriter, r *http.Request) {
		events(start)(w, r)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	resp, err = client(t, url, func(o *anthropic.Options) { o.Timeout, o.Idle = time.Minute, 50*time.Millisecond }).
		Complete(t.Context(), hello())
	var status *llm.StatusError
	if !errors.As(err, &status) || !status.Retryable || resp.UnknownUsage != 1 ||
		!strings.Contains(err.Error(), "silent for 50ms") {
		t.Errorf("%v, %+v", err, resp)
	}
}

func TestKeyStaysSecret(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 301, 400, 500} {
		url := serve(t, func(w http.ResponseWriter, r *http.Request) {
			key := r.Header.Get("X-Api-Key")
			w.Header().Set("Request-Id", key)
			w.Header().Set("Location", "/?key="+key)
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"type":"error","model":%q,"error":{"message":"bad key %s"}}`, key, key)
		})
		resp, err := client(t, url).Complete(t.Context(), hello())
		if err == nil || strings.Contains(fmt.Sprintf("%+v %#v %+v", err, err, resp), testKey) {
			t.Errorf("status %d: %+v, %#v", status, resp, err)
		}
	}
}

func TestBaseURL(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"localhost:8000", "ftp://user:secret@x", "http://"} {
		o := anthropic.Options{}
		o.BaseURL = bad
		if _, err := anthropic.New(o); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := anthropic.New(anthropic.Options{}); err != nil {
		t.Error(err)
	}
}
