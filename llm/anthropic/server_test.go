package anthropic_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"bench/llm"
	"bench/llm/anthropic"
	"bench/llm/llmtest"
	"bench/llm/wire"
)

const testKey = "sk-ant-very-secret"

func client(t testing.TB, url string, change ...func(*anthropic.Options)) *anthropic.Client {
	t.Helper()
	o := anthropic.Options{Options: wire.Options{
		BaseURL: url, APIKey: testKey, Timeout: time.Second,
	}}
	for _, c := range change {
		c(&o)
	}
	c, err := anthropic.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func whole(o *anthropic.Options) { o.Whole = true }

func serve(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// message is an answer as the API writes it in one piece:
// platform.claude.com/docs/en/api/messages
func message(stop, usage string, blocks ...string) string {
	return fmt.Sprintf(`{"id":"msg_1","type":"message","role":"assistant","model":"claude-served",`+
		`"content":[%s],"stop_reason":%q,"stop_sequence":null%s}`, strings.Join(blocks, ","), stop, usage)
}

const spokenUsage = `,"usage":{"input_tokens":976,"cache_creation_input_tokens":0,` +
	`"cache_read_input_tokens":1024,"output_tokens":50,"output_tokens_details":{"thinking_tokens":20}}`

// streamed cuts an answer into events, texts into pieces of a few bytes:
// platform.claude.com/docs/en/build-with-claude/streaming
func streamed(t testing.TB, whole string) string {
	t.Helper()
	var m struct {
		Content []map[string]any `json:"content"`
		Stop    string           `json:"stop_reason"`
		Usage   json.RawMessage  `json:"usage"`
	}
	must(t, json.Unmarshal([]byte(whole), &m))
	var b strings.Builder
	send := func(kind, rest string) {
		fmt.Fprintf(&b, "event: %s\ndata: {\"type\":%q%s}\n\n", kind, kind, rest)
	}
	send("message_start", `,"message":{"id":"msg_1","type":"message","role":"assistant",`+
		`"model":"claude-served","content":[],"stop_reason":null,"usage":{"input_tokens":976,`+
		`"cache_creation_input_tokens":0,"cache_read_input_tokens":1024,"output_tokens":1}}`)
	send("ping", "")
	for i, block := range m.Content {
		kind, field := "", ""
		switch block["type"] {
		case "text":
			kind, field = "text_delta", "text"
		case "thinking":
			kind, field = "thinking_delta", "thinking"
		}
		text, _ := block[field].(string)
		signature := block["signature"]
		if field != "" {
			block[field] = ""
			delete(block, "signature")
		}
		if block["type"] == "tool_use" {
			kind, field = "input_json_delta", "partial_json"
			text = inputText(t, block["input"])
			block["input"] = struct{}{}
		}
		send("content_block_start", fmt.Sprintf(`,"index":%d,"content_block":%s`, i, marshal(t, block)))
		for len(text) > 0 {
			n := min(7, len(text))
			for n < len(text) && text[n]&0xC0 == 0x80 { // between characters
				n++
			}
			send("content_block_delta", fmt.Sprintf(`,"index":%d,"delta":{"type":%q,%q:%s}`,
				i, kind, field, llm.Quote(text[:n])))
			text = text[n:]
		}
		if signature != nil {
			send("content_block_delta", fmt.Sprintf(
				`,"index":%d,"delta":{"type":"signature_delta","signature":%q}`, i, signature))
		}
		send("content_block_stop", fmt.Sprintf(`,"index":%d`, i))
	}
	usage := ""
	if m.Usage != nil {
		usage = `,"usage":` + string(m.Usage)
	}
	send("message_delta", fmt.Sprintf(`,"delta":{"stop_reason":%q,"stop_sequence":null}%s`, m.Stop, usage))
	send("message_stop", "")
	return b.String()
}

func inputText(t testing.TB, input any) string {
	if s, ok := input.(string); ok {
		return s
	}
	return marshal(t, input)
}

func marshal(t testing.TB, v any) string {
	t.Helper()
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	must(t, enc.Encode(v))
	return strings.TrimSpace(b.String())
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// answers serves an answer in the form that is asked for.
func answers(t testing.TB, whole string) http.HandlerFunc {
	events := streamed(t, whole)
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Request-Id", "req_1")
		if strings.Contains(string(body), `"stream":true`) {
			w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
			_, _ = io.WriteString(w, events)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, whole)
	}
}

func refuses(status int, kind, text string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"type":"error","error":{"type":%q,"message":%q},"request_id":"req_1"}`, kind, text)
	}
}

// breaks sends a part of an answer and drops the connection.
func breaks(part string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if part != "" {
			w.Header().Set("Content-Type", "text/event-stream")
			w.Header().Set("Content-Length", "100000")
			_, _ = io.WriteString(w, part)
			_ = http.NewResponseController(w).Flush()
		}
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			conn.Close()
		}
	}
}

func hangs(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

func behaviour(t testing.TB, b llmtest.Behaviour) http.HandlerFunc {
	spoken := fmt.Sprintf(`{"type":"text","text":%s}`, llm.Quote(llmtest.SpokenText))
	switch b {
	case llmtest.Speak:
		return answers(t, message("end_turn", spokenUsage, spoken))
	case llmtest.NoUsage:
		return answers(t, strings.Replace(message("end_turn", "", spoken), "claude", "m", 1))
	case llmtest.CallTools:
		calls := llmtest.ToolCalls()
		return answers(t, message("tool_use", spokenUsage,
			fmt.Sprintf(`{"type":"tool_use","id":"toolu_1","name":%q,"input":%s}`,
				calls[0].Name, calls[0].Arguments),
			fmt.Sprintf(`{"type":"tool_use","id":"toolu_2","name":%q,"input":%q}`,
				calls[1].Name, calls[1].Arguments)))
	case llmtest.RateLimit:
		return refuses(429, "rate_limit_error", "slow down", "Retry-After", "7")
	case llmtest.ServerError:
		return refuses(500, "api_error", "Internal server error")
	case llmtest.Unauthorized:
		return refuses(401, "authentication_error", "invalid x-api-key")
	case llmtest.Overflow:
		return refuses(400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum")
	case llmtest.Hang:
		return hangs
	case llmtest.Truncate:
		return breaks(streamed(t, message("end_turn", spokenUsage, spoken))[:600])
	case llmtest.Disconnect:
		return breaks("")
	}
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"id": "msg_`) }
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*anthropic.Options){
		"streamed": func(*anthropic.Options) {}, "whole": whole,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			llmtest.Run(t, func(t *testing.T, b llmtest.Behaviour) llm.Client {
				return client(t, serve(t, behaviour(t, b)), change)
			})
		})
	}
}
