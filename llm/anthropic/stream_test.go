package anthropic

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"bench/llm"
	"bench/llm/wire"
)

func attempt(stream string) *wire.Attempt {
	h := http.Header{}
	h.Set("Content-Type", "text/event-stream")
	return &wire.Attempt{Header: h, Body: strings.NewReader(stream)}
}

// chunks is a stream of n pieces of text as the API writes them.
func chunks(n int, delta string) string {
	var b strings.Builder
	b.WriteString(`data: {"type":"message_start","message":{"id":"m","model":"c","usage":{"input_tokens":1}}}` +
		"\n\n" + `data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}` + "\n\n")
	for range n {
		b.WriteString("event: content_block_delta\ndata: " + delta + "\n\n")
	}
	b.WriteString(`data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}}` +
		"\n\n" + `data: {"type":"message_stop"}` + "\n\n")
	return b.String()
}

// Deltas say the same whichever way they are read.
func TestDeltas(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		delta, want string
		fast        bool
	}{
		{`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a b"}}`, "a b", true},
		{`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\"ä\u00e4\n"}    }`,
			"\"ää\n", true},
		{`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"}} "}}`, "}} ", true},
		{`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a","text":"b"}}`, "b", false},
		{`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"},"x":"y"}`, "a", false},
		{`{"delta":{"text":"a","type":"text_delta"},"index":0,"type":"content_block_delta"}`, "a", false},
		{`{"type":"content_block_delta", "index":0, "delta":{"type":"text_delta","text":"a"}}`, "a", false},
	} {
		s := &stream{answer: &answer{}, blocks: make([]growing, 1)}
		if got := s.fast([]byte(c.delta)); got != c.fast {
			t.Errorf("%s: fast is %v", c.delta, got)
		}
		var m answer
		if err := readStream(attempt(chunks(2, c.delta)), &m); err != nil {
			t.Fatalf("%s: %v", c.delta, err)
		}
		if m.Content[0].Text != c.want+c.want {
			t.Errorf("%s: %q", c.delta, m.Content[0].Text)
		}
	}
}

// FuzzStream: whatever a server sends, the client survives it, and what it
// makes of it can be sent again.
func FuzzStream(f *testing.F) {
	f.Add(chunks(2, `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}`))
	f.Add(`data: {"type":"content_block_start","index":99999999,"content_block":{}}` + "\n\n")
	f.Add(`data: {"type":"content_block_start","index":-1,"content_block":{"type":"thinking"}}` + "\n\n" +
		`data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":[]}` + "\n\n")
	f.Fuzz(func(t *testing.T, raw string) {
		a := attempt(raw)
		if err := Read(a, 1); err != nil {
			return
		}
		if a.Message == nil || !json.Valid(a.Message.JSON) {
			t.Fatalf("%+v", a.Message)
		}
		if blocks := encodeBlocks(a.Message); !json.Valid([]byte("[" + string(blocks) + "]")) {
			t.Fatalf("%s", blocks)
		}
	})
}

// BenchmarkStream reads a stream of 1,000 pieces.
func BenchmarkStream(b *testing.B) {
	for name, delta := range map[string]string{
		"plain":   `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" the loop ends"}}`,
		"escaped": `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\n\tx := 1"}}`,
	} {
		raw := chunks(1000, delta)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := Read(attempt(raw), 1); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkConversation sends a conversation of 250 steps of 2 KB, call by
// call, as an agent would.
func BenchmarkConversation(b *testing.B) {
	const steps, size = 250, 2048
	c := newClient(b, Options{})
	b.ReportAllocs()
	for b.Loop() {
		messages := []*llm.Message{llm.System("You fix bugs."), llm.User("Fix it.")}
		for i := range steps {
			body, err := c.body(llm.Request{Model: "m", MaxOutputTokens: 9, Messages: messages})
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.Copy(struct{ io.Writer }{io.Discard}, body.Reader()); err != nil {
				b.Fatal(err)
			}
			id := fmt.Sprintf("toolu_%d", i)
			messages = append(messages, llm.Assistant("", []llm.ToolCall{call(id, `{"command":"ls"}`)}),
				llm.Observation(id, strings.Repeat("x", size)))
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/steps, "µs/step")
}
