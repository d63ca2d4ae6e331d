package openai_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"bench/llm"
	"bench/llm/openai"
	"bench/llm/wire"
)

// Streams that break off, and errors in the middle of them. What was said is
// kept, and billed as unknown.
func TestBrokenStreams(t *testing.T) {
	t.Parallel()
	begun := "data: " + delta(`{"content":"hi"}`) + "\n\n"
	for _, c := range []struct {
		name, source, body, want string
		is                       error
		refused                  bool // not tried again
	}{
		{name: "cut", body: begun, want: "cut off after", source: "api-docs.deepseek.com"},
		{name: "cut, with a proxy's words", body: begun + "upstream error: read ECONNRESET\n",
			want: "cut off after", source: "github.com/tetsuo-ai/agenc-core/pull/2492"},
		{name: "cut in a chunk", body: begun + `data: {"choices":[{"del`, want: "not JSON", source: "any proxy"},
		{name: "an error object", body: begun + `data: {"error":{"message":"overloaded","code":502}}` + "\n\n",
			want: "overloaded", source: "openrouter.ai/docs/api/reference/errors-and-debugging"},
		{name: "an error beside choices", body: begun + `data: {"error":{"code":"server_error","message":"gone"},` +
			`"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}` + "\n\n",
			want: "gone", source: "openrouter.ai/docs/api/reference/errors-and-debugging"},
		{name: "an error in the choice", body: begun + `data: {"choices":[{"delta":{},"error":{"message":"lost"}}]}` + "\n\n",
			want: "lost", source: "openrouter.ai/docs/api/reference/errors-and-debugging"},
		{name: "an event named error", body: begun + "event: error\ndata: {\"message\":\"boom\",\"code\":500}\n\n",
			want: "boom", source: "github.com/SamSaffron/term-llm/pull/454"},
		{name: "a bare error", body: begun + `{"error":{"message":"worker died","type":"internal"}}`,
			want: "worker died", source: "github.com/sashabaranov/go-openai: internal/error_accumulator.go"},
		{name: "an error after the blank line was forgotten", body: strings.TrimSuffix(begun, "\n") +
			"data: {\"type\":\"error\",\"error\":{\"message\":\"stream_read_error\"}}\n\n",
			want: "stream_read_error", source: "github.com/Wei-Shaw/sub2api/issues/1471"},
		{name: "vLLM's error", body: begun + `data: {"object":"error","message":"bad","type":"BadRequestError","code":400}` + "\n\n",
			want: "bad", source: "docs.vllm.ai", refused: true},
		{name: "a list with an error", body: begun + `data: [{"error":{"code":503,"message":"UNAVAILABLE"}}]` + "\n\n",
			want: "UNAVAILABLE", source: "ai.google.dev/gemini-api/docs/openai"},
		{name: "the conversation is too long", is: llm.ErrContextOverflow, refused: true,
			body: begun + `data: {"error":{"message":"prompt is too long: 9 tokens","code":400}}` + "\n\n",
			want: "too long", source: "docs.claude.com"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			resp, err := answered(t, "text/event-stream", c.body)
			var status *llm.StatusError
			if !errors.As(err, &status) || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, want %q (%s)", err, c.want, c.source)
			}
			if !status.Billed || status.Retryable == c.refused || c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("%+v: %v", *status, err)
			}
			if string(resp.Original) != said || resp.UnknownUsage != 1 || resp.Message != nil {
				t.Errorf("said %s, unknown %d, message %v", resp.Original, resp.UnknownUsage, resp.Message)
			}
		})
	}
}

// An event that says something and is no error takes nothing from the answer.
// One that is an error ends it.
func TestRemarks(t *testing.T) {
	t.Parallel()
	for event, want := range map[string]string{
		`{"message":"connection established"}`:                       "",
		`{"type":"ping","message":"hi"}`:                             "",
		`{"message":"queued","status":"waiting","position":3}`:       "",
		`{"code":0,"msg":"success"}`:                                 "",
		`{"code":"500","message":"boom"}`:                            "boom",
		`{"object":"error","message":"boom"}`:                        "boom",
		`{"type":"internal_error","message":"boom"}`:                 "boom",
		`{"detail":"boom"}`:                                          "boom",
		`{"status":500,"message":"boom"}`:                            "boom",
		`{"base_resp":{"status_code":1027,"status_msg":"boom"}}`:     "",
		`{"base_resp":{"status_code":1000,"status_msg":"boom"}}`:     "boom",
		`{"base_resp":{"status_code":0,"status_msg":"","x":"boom"}}`: "",
	} {
		resp, err := streamed(t, event, delta(`{"content":"hi"}`), event, ended("stop"), used)
		switch {
		case want != "":
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %s", event, err, want)
			}
		case err != nil || resp.Message.Text != "hi" && resp.Finish != llm.FinishRefusal:
			t.Errorf("%s: %+v, %v", event, resp.Message, err)
		}
	}
	if _, err := streamed(t, `{"message":"all seats are taken"}`); err == nil || !strings.Contains(err.Error(), "seats") {
		t.Errorf("a stream of remarks: %v", err)
	}
}

// What has come of thoughts and calls is evidence, too.
func TestEvidence(t *testing.T) {
	t.Parallel()
	resp, err := answered(t, "text/event-stream", "data: "+delta(`{"content":null,"reasoning":"so \"it\"","tool_calls":`+
		`[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x"}}]}`)+"\n\n")
	want := `{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":` +
		`{"name":"f","arguments":"{\"x"}}],"reasoning":"so \"it\""}`
	if err == nil || string(resp.Original) != want {
		t.Errorf("%s, want %s, %v", resp.Original, want, err)
	}
	resp, err = answered(t, "text/event-stream", "data: [DONE]\n\n")
	if err == nil || resp.Original != nil {
		t.Errorf("%s, %v", resp.Original, err)
	}
}

// The reason has come: what breaks then has cost the usage, not the answer.
func TestBrokenAfterTheReason(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("Content-Length", "100000")
		fmt.Fprintf(w, "data: %s\n\ndata: %s\n\n", delta(`{"content":"hi"}`), ended("stop"))
	})
	resp, err := client(t, url).Complete(t.Context(), hello())
	if err != nil || resp.Message.Text != "hi" || resp.UnknownUsage != 1 {
		t.Errorf("%+v, %v", resp, err)
	}
}

// A stream that says nothing is cut by the idle limit, one that only says that
// it is there by the limit of the request; one that has ended is not waited for.
func TestSilentStreams(t *testing.T) {
	t.Parallel()
	hold := func(words ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "text/event-stream")
			for _, word := range words[:len(words)-1] {
				fmt.Fprintf(w, "data: %s\n\n", word)
			}
			_ = http.NewResponseController(w).Flush()
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, words[len(words)-1])
				_ = http.NewResponseController(w).Flush()
				time.Sleep(10 * time.Millisecond)
			}
		}
	}
	ask := func(h http.HandlerFunc) (llm.Response, error) {
		o := openai.Options{Options: wire.Options{BaseURL: serve(t, h), Idle: 600 * time.Millisecond}}
		return configured(t, o).Complete(t.Context(), hello())
	}
	for _, c := range []struct {
		name string
		h    http.HandlerFunc
		want string
	}{
		{"silent", hold(delta(`{"content":"hi"}`), ""), "fell silent"},
		{"comments", hold(delta(`{"content":"hi"}`), ": keep-alive\n\n"), "no complete answer within 1s"},
		{"finished, and open", hold(delta(`{"content":"hi"}`), ended("stop"), used, "[DONE]", ""), ""},
		{"finished, and no more", hold(delta(`{"content":"hi"}`), ended("stop"), ""), ""},
	} {
		resp, err := ask(c.h)
		if c.want == "" {
			if err != nil || resp.Message.Text != "hi" || resp.End.Sub(resp.Start) > 900*time.Millisecond {
				t.Errorf("%s: %+v, %v", c.name, resp, err)
			}
			continue
		}
		var status *llm.StatusError
		if !errors.As(err, &status) || !status.Retryable || !strings.Contains(err.Error(), c.want) ||
			string(resp.Original) != said {
			t.Errorf("%s: %v, %s", c.name, err, resp.Original)
		}
	}
}

// The first token is the first thing that the model says.
func TestFirstToken(t *testing.T) {
	t.Parallel()
	const wait = 100 * time.Millisecond
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, text := range []string{": wait\n\n", "data: " + delta(`{"role":"assistant","content":""}`) + "\n\n",
			"data: " + delta(`{"reasoning":"h"}`) + "\n\n", events(ended("stop"))} {
			_, _ = io.WriteString(w, text)
			_ = http.NewResponseController(w).Flush()
			time.Sleep(wait)
		}
	})
	resp, err := client(t, url).Complete(t.Context(), hello())
	if err != nil {
		t.Fatal(err)
	}
	first := resp.First.Sub(resp.Start)
	if first < 2*wait || resp.End.Sub(resp.First) < wait {
		t.Errorf("first token after %v of %v", first, resp.End.Sub(resp.Start))
	}
}
