package openai_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"bench"
	"bench/llm"
	"bench/llm/openai"
	"bench/llm/wire"
)

// answers with status 200, and what becomes of them.
func TestAnswers(t *testing.T) {
	t.Parallel()
	ok := `"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]`
	for _, c := range []struct {
		name, kind, body string
		wantErr          string // part of the error; empty: success
		is               error
		status           int
		retryable        bool
		billed           bool
		unknown          int
		usage            bench.Usage
	}{
		{name: "plain", body: `{` + ok + `,"usage":{"prompt_tokens":9,"completion_tokens":2}}`,
			usage: bench.Usage{Input: 9, Output: 2}},
		{name: "padded by keep-alives", body: "\n  \n  {" + ok +
			`,"usage":{"prompt_tokens":9,"completion_tokens":2}}`,
			usage: bench.Usage{Input: 9, Output: 2}},
		{name: "fractional usage", body: `{` + ok +
			`,"usage":{"prompt_tokens":9.0,"completion_tokens":"2","total_tokens":1.1e1}}`,
			usage: bench.Usage{Input: 9, Output: 2}},
		{name: "wrong content type", kind: "text/plain", body: `{` + ok +
			`,"usage":{"prompt_tokens":9,"completion_tokens":2}}`,
			usage: bench.Usage{Input: 9, Output: 2}},
		{name: "null usage", body: `{` + ok + `,"usage":null}`, unknown: 1},
		{name: "error object", body: `{"error":{"message":"overloaded","code":"x"}}`,
			wantErr: "overloaded", retryable: true, billed: true, unknown: 1},
		{name: "error with a status", body: `{"error":{"message":"overloaded","code":503}}`,
			wantErr: "HTTP 503: overloaded", status: 503, retryable: true},
		{name: "error with a refusal", body: `{"error":{"message":"no credit","code":402}}`,
			wantErr: "no credit", status: 402, is: llm.ErrRefused},
		{name: "error as a string", body: `{"error":"backend gone"}`,
			wantErr: "backend gone", retryable: true, billed: true, unknown: 1},
		{name: "overflow as an error object", is: llm.ErrContextOverflow,
			body:    `{"error":{"message":"prompt is too long: 9 tokens","code":"invalid"}}`,
			wantErr: "prompt is too long"},
		{name: "error in the choice", body: `{"choices":[{"error":{"code":502,"message":"cut"}}]}`,
			wantErr: "cut", status: 502, retryable: true, billed: true, unknown: 1},
		{name: "no choices", body: `{"choices":[]}`,
			wantErr: "without choices", retryable: true, billed: true, unknown: 1},
		{name: "no choices, but billed",
			body:    `{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":0}}`,
			wantErr: "without choices", retryable: true, billed: true,
			usage: bench.Usage{Input: 9}},
		{name: "no finish reason", body: `{"choices":[{"message":{"content":"hi"}}]}`, unknown: 1},
		{name: "null finish reason", unknown: 1,
			body: `{"choices":[{"message":{"content":"hi"},"finish_reason":null}]}`},
		{name: "null finish reason and nothing said",
			body:    `{"choices":[{"message":{"content":""},"finish_reason":null}]}`,
			wantErr: "finish_reason", retryable: true, billed: true, unknown: 1},
		{name: "byte order mark", body: "\ufeff{" + ok + `}`, unknown: 1},
		{name: "trailing bytes", body: "{" + ok + "}\n\x00 trailer", unknown: 1},
		{name: "comments before", body: ": keep-alive\n\n: keep-alive\n\n{" + ok + "}", unknown: 1},
		{name: "comments before, and a trailing line feed", body: ": OPENROUTER PROCESSING\n{" + ok + "}\n",
			kind: "text/event-stream", unknown: 1},
		{name: "choices that are no list", body: `{"choices":{"message":"hi"}}`,
			wantErr: "unknown form", retryable: true, billed: true, unknown: 1},
		{name: "message that is no object",
			body:    `{"choices":[{"message":7,"finish_reason":"stop"}]}`,
			wantErr: "unknown form", retryable: true, billed: true, unknown: 1},
		{name: "half a document", body: `{"choices":[{"mess`,
			wantErr: "not JSON", retryable: true, billed: true, unknown: 1},
		{name: "nothing", body: "  ", wantErr: "empty answer", retryable: true, billed: true,
			unknown: 1},
		{name: "HTML", kind: "text/html", body: "<html>Sign in</html>",
			wantErr: "page of HTML", retryable: true},
		{name: "an empty stream", kind: "text/event-stream", body: "data: {}\n\n",
			wantErr: "cut off", retryable: true, billed: true, unknown: 1},
		{name: "a stream by another name", kind: "application/json",
			body:    "data: {\"choices\":[{\"delta\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}\n\n",
			unknown: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if c.kind != "" {
					w.Header().Set("Content-Type", c.kind)
				}
				_, _ = io.WriteString(w, c.body)
			})
			resp, err := client(t, url).Complete(t.Context(), hello())
			if resp.UnknownUsage != c.unknown || resp.Usage != c.usage {
				t.Errorf("usage %+v, unknown %d; want %+v, %d",
					resp.Usage, resp.UnknownUsage, c.usage, c.unknown)
			}
			if c.wantErr == "" {
				if err != nil || resp.Message.Text != "hi" {
					t.Errorf("%+v, %v", resp.Message, err)
				}
				return
			}
			var status *llm.StatusError
			if !errors.As(err, &status) || !strings.Contains(err.Error(), c.wantErr) {
				t.Fatalf("error %v, want %q", err, c.wantErr)
			}
			if status.Retryable != c.retryable || status.Billed != c.billed ||
				status.Status != c.status {
				t.Errorf("%+v", *status)
			}
			checkKind(t, err, c.is)
		})
	}
}

func checkKind(t *testing.T, err, want error) {
	t.Helper()
	for _, kind := range []error{llm.ErrRefused, llm.ErrContextOverflow} {
		if is := errors.Is(err, kind); is != (want == kind) { //nolint:errorlint // sentinels
			t.Errorf("%v: is %q: %v", err, kind, is)
		}
	}
}

// statuses and what they mean.
func TestStatuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status    int
		body      string
		retryable bool
		billed    bool
		is        error
	}{
		{400, `{"error":{"message":"bad field"}}`, false, false, llm.ErrRefused},
		{400, `{"error":{"message":"too long","code":"context_length_exceeded"}}`,
			false, false, llm.ErrContextOverflow},
		{400, `{"error":{"message":"Provider returned error","metadata":{"raw":` +
			`"prompt is too long: 210000 tokens > 200000 maximum"}}}`,
			false, false, llm.ErrContextOverflow},
		{401, `no`, false, false, llm.ErrRefused},
		{402, `{"error":"credit"}`, false, false, llm.ErrRefused},
		{403, `<html>`, false, false, llm.ErrRefused},
		{404, `[]`, false, false, llm.ErrRefused},
		{302, ``, false, false, llm.ErrRefused},
		{408, ``, true, false, nil},
		{409, ``, true, false, nil},
		{429, `{"error":{"message":"slow down"}}`, true, false, nil},
		{429, `{"error":{"message":"pay","code":"insufficient_quota"}}`, false, false, llm.ErrRefused},
		{500, `{"error":{"message":["a","b"]}}`, true, false, nil},
		{502, `<html>Bad gateway</html>`, true, true, nil},
		{503, ``, true, false, nil},
		{504, ``, true, true, nil},
		{529, `{"type":"error"}`, true, false, nil},
	} {
		t.Run(fmt.Sprint(c.status, c.body), func(t *testing.T) {
			t.Parallel()
			url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			})
			_, err := client(t, url).Complete(t.Context(), hello())
			var status *llm.StatusError
			if !errors.As(err, &status) || status.Status != c.status ||
				status.Retryable != c.retryable || status.Billed != c.billed {
				t.Fatalf("%v: %+v", err, status)
			}
			checkKind(t, err, c.is)
		})
	}
}

func hello() llm.Request {
	return llm.Request{Model: "m", Messages: []*llm.Message{llm.User("hello")}}
}

// What is sent must be one JSON document with everything in it.
func TestRequestBody(t *testing.T) {
	t.Parallel()
	type sent struct {
		length int64
		header http.Header
		raw    []byte
	}
	got := make(chan sent, 1)
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		got <- sent{length: r.ContentLength, header: r.Header, raw: raw}
		_, _ = io.WriteString(w, `{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}`)
	})
	zero, one, seed := 0.0, 1.0, 7
	conversation := []*llm.Message{
		llm.System(`say "messages":[] & <b>` + "\x00\xff"), llm.User("é😀"),
		llm.Assistant("", []llm.ToolCall{{ID: "1", Name: "t", Arguments: "{"}}),
		llm.Observation("1", ""),
	}
	for _, c := range []struct {
		req  llm.Request
		want map[string]any // fields besides model, messages and stream
	}{
		{llm.Request{Model: `a"model`}, map[string]any{}},
		{llm.Request{Model: "m", MaxOutputTokens: 99, Temperature: &zero, TopP: &one, Seed: &seed,
			ReasoningEffort: "high", Tools: []byte(`[{"type":"function"}]`)},
			map[string]any{"max_tokens": 99.0, "temperature": 0.0, "top_p": 1.0, "seed": 7.0,
				"reasoning_effort": "high",
				"tools":            []any{map[string]any{"type": "function"}}}},
		{llm.Request{Model: "gpt-5.2", MaxOutputTokens: 99, Temperature: &zero},
			map[string]any{"max_completion_tokens": 99.0, "temperature": 0.0}},
		{llm.Request{Model: "openai/o3", MaxOutputTokens: 1, ReasoningEffort: "low"},
			map[string]any{"max_completion_tokens": 1.0, "reasoning_effort": "low"}},
		{llm.Request{Model: "gpt-6-sol", MaxOutputTokens: 5, ReasoningEffort: "minimal"},
			map[string]any{"max_completion_tokens": 5.0, "reasoning_effort": "minimal"}},
	} {
		c.req.Messages = conversation
		if _, err := client(t, url+"/").Complete(t.Context(), c.req); err != nil {
			t.Fatal(err)
		}
		s := <-got
		if s.length != int64(len(s.raw)) {
			t.Errorf("Content-Length %d, body %d", s.length, len(s.raw))
		}
		if s.header.Get("Authorization") != "Bearer "+testKey {
			t.Errorf("authorization %q", s.header.Get("Authorization"))
		}
		var body map[string]any
		if err := json.Unmarshal(s.raw, &body); err != nil {
			t.Fatalf("%v in %s", err, s.raw)
		}
		c.want["stream"], c.want["stream_options"] = true, map[string]any{"include_usage": true}
		c.want["model"], c.want["messages"] = c.req.Model, []any{
			map[string]any{"role": "system", "content": `say "messages":[] & <b>` + "\x00\ufffd"},
			map[string]any{"role": "user", "content": "é😀"},
			map[string]any{"role": "assistant", "content": nil, "tool_calls": []any{map[string]any{
				"id": "1", "type": "function", "function": map[string]any{"name": "t", "arguments": "{"},
			}}},
			map[string]any{"role": "tool", "tool_call_id": "1", "content": "(no output)"},
		}
		have, _ := json.Marshal(body)
		want, _ := json.Marshal(c.want)
		if !bytes.Equal(have, want) {
			t.Errorf("body\n%s\nwant\n%s", have, want)
		}
	}
}

// A conversation sent over a connection that had gone stale is sent again.
func TestStaleConnection(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Connection", "close")
		_, _ = io.WriteString(w, `{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}`)
	})
	c := client(t, url)
	for range 20 {
		if _, err := c.Complete(t.Context(), hello()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSpeakerTravelsOnlyToSimulatedModels(t *testing.T) {
	t.Parallel()
	for _, simulated := range []bool{true, false} {
		headers := make(chan http.Header, 1)
		url := serve(t, func(w http.ResponseWriter, r *http.Request) {
			headers <- r.Header
			_, _ = io.WriteString(w, `{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}`)
		})
		c, err := openai.New(openai.Options{Options: wire.Options{BaseURL: url, Simulated: simulated}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		req := hello()
		req.Speaker = llm.Speaker{Role: bench.RoleMain, Agent: "main", Turn: 3,
			Trial: bench.TrialKey{Configuration: "fusion", InstanceID: "a__b-1", Attempt: 2}}
		if _, err := c.Complete(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		h := <-headers
		for name, want := range map[string]string{
			"Configuration": "fusion", "Instance": "a__b-1", "Attempt": "2",
			"Role": "main", "Agent": "main", "Turn": "3",
		} {
			if !simulated {
				want = ""
			}
			if got := h.Get("X-Bench-" + name); got != want {
				t.Errorf("simulated %v: X-Bench-%s is %q, want %q", simulated, name, got, want)
			}
		}
		if h.Get("Authorization") != "" {
			t.Errorf("authorization without a key: %q", h.Get("Authorization"))
		}
	}
}

// The key must not leak, whatever a server echoes.
func TestKeyStaysSecret(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 301, 400, 500} {
		url := serve(t, func(w http.ResponseWriter, r *http.Request) {
			key := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
			w.Header().Set("X-Request-Id", key)
			w.Header().Set("Location", "/?key="+key)
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"model":%q,"error":{"message":"bad key %s"}}`, key, key)
		})
		resp, err := client(t, url).Complete(t.Context(), hello())
		if err == nil || strings.Contains(fmt.Sprintf("%+v %#v %+v", err, err, resp), testKey) {
			t.Errorf("status %d: %+v, %#v", status, resp, err)
		}
	}
	c, err := openai.New(openai.Options{Options: wire.Options{
		BaseURL: "http://127.0.0.1:1/" + testKey, APIKey: testKey,
	}})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Complete(t.Context(), hello())
	var status *llm.StatusError
	if !errors.As(err, &status) || !status.Retryable || status.Billed || resp.UnknownUsage != 0 {
		t.Errorf("refused connection: %+v", err)
	}
	if strings.Contains(err.Error(), testKey) {
		t.Errorf("key in %v", err)
	}
}

func TestBaseURL(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "localhost:8000", "ftp://x/v1", "http://", "://"} {
		if _, err := openai.New(openai.Options{Options: wire.Options{BaseURL: bad}}); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	_, err := openai.New(openai.Options{Options: wire.Options{BaseURL: "ftp://user:secret@x"}})
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("%v", err)
	}
}

// Oddities of tool calls and reasoning.
func TestMessages(t *testing.T) {
	t.Parallel()
	body := `{"id":"gen-1","model":"served","choices":[{"finish_reason":"tool_calls","message":{
	"role":"assistant","content":[{"type":"text","text":"one "},{"type":"text","text":"two"}],
	"reasoning_content":"hm","reasoning_details":[{"type":"x","signature":"s"}],"reasoning":"hm",
	"tool_calls":[
	 {"function":{"name":"a","arguments":{"x":1,"y":"<"}}},
	 {"id":"same","type":"function","function":{"name":"b","arguments":"{"}},
	 {"id":"same","type":"function","function":{"name":"c","arguments":""}}]}}],
	"usage":{"prompt_tokens":1,"completion_tokens":1,"cost":0.0123456789}}`
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
	resp, err := client(t, url).Complete(t.Context(), hello())
	if err != nil {
		t.Fatal(err)
	}
	calls := resp.Message.ToolCalls
	if len(calls) != 3 || calls[0].Arguments != `{"x":1,"y":"<"}` || calls[1].Arguments != "{" {
		t.Fatalf("calls %+v", calls)
	}
	if calls[0].ID == "" || calls[1].ID == calls[2].ID || calls[1].ID != "same" {
		t.Errorf("ids %+v", calls)
	}
	if resp.Message.Text != "one two" || resp.RequestID != "gen-1" || resp.ServedModel != "served" {
		t.Errorf("%+v", resp)
	}
	if resp.ReportedCost == nil || *resp.ReportedCost != 12345679 {
		t.Errorf("reported cost %v", resp.ReportedCost)
	}
	var wire map[string]any
	if err := json.Unmarshal(resp.Message.JSON, &wire); err != nil {
		t.Fatal(err)
	}
	if wire["reasoning_content"] != "hm" || wire["reasoning_details"] == nil ||
		wire["reasoning"] != "hm" {
		t.Errorf("wire message %s", resp.Message.JSON)
	}
}
