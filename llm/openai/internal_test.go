package openai

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"bench/llm"
	"bench/llm/wire"
)

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
	b, err := splice([]byte(`{`+string(placeholderJSON)+`}`), llm.Request{Messages: conversation(0, 0)}, true)
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
		a := &attempt{usage: new(wire.UsageReader), raw: raw, header: http.Header{}}
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
		if u := a.reported.Usage; u.Input < 0 || u.Output < 0 || u.CachedInput+u.CacheWrite > u.Input {
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
		b, err := splice([]byte(`{"model":"m",`+string(placeholderJSON)+`,"stream":false}`), req, n == 1)
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
	encoded := []byte(`{"model":"m",` + string(placeholderJSON) + `}`)
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
			body, err := splice([]byte(`{"model":"m",`+string(placeholderJSON)+`,"max_tokens":100}`), req, false)
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
