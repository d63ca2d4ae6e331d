package wire

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

// events reads a stream to its end: name=data, and the error unless it is EOF.
func events(s *Stream) string {
	defer s.Close()
	var out []string
	for {
		e, err := s.Next()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				out = append(out, "error: "+err.Error())
			}
			return strings.Join(out, " | ")
		}
		text := strings.ReplaceAll(string(e.Data), "\n", `\n`)
		if e.Name != "" {
			text = e.Name + "=" + text
		}
		out = append(out, text)
	}
}

// Streams as the specification has them, and as servers are known to write them.
func TestStream(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, source, text, want string }{
		{"plain", "html.spec.whatwg.org/multipage/server-sent-events.html",
			"data: 1\n\ndata: 2\n\n", "1 | 2"},
		{"CRLF", "same", "data: 1\r\n\r\ndata: 2\r\n\r\n", "1 | 2"},
		{"CR alone", "same", "data: 1\r\rdata: 2\r\r", "1 | 2"},
		{"byte order mark", "same", "\ufeffdata: 1\n\n", "1"},
		{"many lines", "same", "data: {\ndata: \"a\":1}\n\n", `{\n"a":1}`},
		{"one space is taken away", "same", "data:  1\n\ndata:2\n\n", " 1 | 2"},
		{"names, in either order", "same", "event: a\ndata: 1\n\ndata: 2\nevent: b\n\ndata: 3\n\n",
			"a=1 | b=2 | 3"},
		{"a name without data is forgotten", "same", "event: a\n\ndata: 1\n\n", "1"},
		{"fields of no interest", "same", "id: 7\nretry: 10\nfoo\n: c\ndata: 1\n\n", "1"},
		{"keep-alive comments", "openrouter.ai/docs/api/reference/streaming",
			": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\ndata: 1\n\n", "1"},
		{"keep-alive comments within", "api-docs.deepseek.com/quick_start/rate_limit",
			"data: [\n: keep-alive\ndata: 1]\n\n", `[\n1]`},
		{"keep-alive without data", "github.com/lidge-jun/opencodex/pull/1188",
			"data:\n\ndata: \n\ndata: 1\n\n", "1"},
		{"no space", "github.com/dataelement/Clawith/pull/106",
			"data:{\"a\":1}\n\ndata:[DONE]\n\n", `{"a":1}`},
		{"nothing after the end counts", "platform.openai.com/docs/api-reference/chat-streaming",
			"data: 1\n\ndata: [DONE]\n\ndata: 2\n\n", "1"},
		{"no last line feed", "github.com/openai/openai-python/blob/main/src/openai/_streaming.py",
			"data: 1\n\ndata: {\"a\":2}", `1 | {"a":2}`},
		{"no blank lines", "github.com/anomalyco/opencode/issues/27365",
			"data: {\"a\":1}\ndata: {\"a\":2}\ndata: [DONE]\n", `{"a":1} | {"a":2}`},
		{"no blank lines but names", "same",
			"event: a\ndata: {\"a\":1}\nevent: b\ndata: {\"a\":2}\n", `a={"a":1} | b={"a":2}`},
		{"an error without a field name", "github.com/sashabaranov/go-openai: internal/error_accumulator.go",
			"data: {\"a\":1}\n\n{\n  \"error\": {\n    \"code\": 1\n  }\n}\n",
			`{"a":1} | {\n  "error": {\n    "code": 1\n  }\n}`},
		{"an error in the place of the blank line", "github.com/Wei-Shaw/sub2api/issues/1471",
			"data: {\"a\":1}\n{\"error\":{}}\ndata: [DONE]\n\n", `{"a":1} | {"error":{}}`},
		{"nothing", "", "", ""},
		{"blank", "", "\n\n\r\n", ""},
	} {
		readers := map[string]io.Reader{
			"whole":      strings.NewReader(c.text),
			"bytes":      iotest.OneByteReader(strings.NewReader(c.text)),
			"data + EOF": iotest.DataErrReader(strings.NewReader(c.text)),
		}
		for how, r := range readers {
			if got := events(NewStream(r, time.Minute, func() {})); got != c.want {
				t.Errorf("%s, %s: %s, want %s", c.name, how, got, c.want)
			}
		}
	}
}

// What a broken connection cut off is not given out; what was whole is.
func TestBrokenStream(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection reset")
	for text, want := range map[string]string{
		"data: 1\n\ndata: 2":     "1 | error: connection reset",
		"data: 1\n\ndata: 2\n":   "1 | 2 | error: connection reset",
		"data: 1\n\nevent: a\n":  "1 | error: connection reset",
		"data: [DONE]\n\ndata: ": "",
	} {
		r := io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken))
		if got := events(NewStream(r, 0, nil)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// endless repeats a text for ever.
type endless struct {
	text string
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = e.text[e.at%len(e.text)]
		e.at++
	}
	return len(p), nil
}

func TestStreamIsBounded(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	for _, text := range []string{"x", ": keep-alive\n\n", "data: x\n", "data: 1\n\n"} {
		s := NewStream(&endless{text: text}, 0, nil)
		s.lines.limit = limit
		if got := events(s); !strings.HasSuffix(got, "error: "+ErrTooMuch.Error()) {
			t.Errorf("%q: %s", text, Clip(got, 100))
		}
		if n := cap(s.lines.buf) + cap(s.data); n > 4*limit {
			t.Errorf("%q: %d bytes kept", text, n)
		}
	}
}

// steps writes one text after another, each after a wait.
func steps(t *testing.T, wait time.Duration, texts ...string) (*io.PipeReader, func()) {
	r, w := io.Pipe()
	t.Cleanup(func() { time.Sleep(24 * time.Hour) }) // for the writer to end
	go func() {
		for _, text := range texts {
			time.Sleep(wait)
			if _, err := io.WriteString(w, text); err != nil {
				return
			}
		}
		time.Sleep(time.Hour)
		_ = w.Close()
	}()
	return r, func() { _ = r.CloseWithError(errors.New("cut")) }
}

func TestIdleLimit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		wait  time.Duration
		texts []string
		want  string
		took  time.Duration
	}{
		{"silent from the beginning", time.Hour, nil,
			"error: the stream fell silent: nothing for 1m0s", time.Minute},
		{"silent after a word", 50 * time.Second, []string{"data: 1\n\n"},
			"1 | error: the stream fell silent: nothing for 1m0s", 110 * time.Second},
		{"comments say that it works", 50 * time.Second, []string{": a\n", ": b\n", ": c\n", "data: 1\n\n"},
			"1 | error: the stream fell silent: nothing for 1m0s", 260 * time.Second},
		{"an open connection after the end", time.Second, []string{"data: 1\n\n", "data: [DONE]\n\n"},
			"1", 2*time.Second + lastWait},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				r, cut := steps(t, c.wait, c.texts...)
				if got := events(NewStream(r, time.Minute, cut)); got != c.want {
					t.Errorf("%s, want %s", got, c.want)
				}
				if took := time.Since(begin); took != c.took {
					t.Errorf("took %v, want %v", took, c.took)
				}
			})
		})
	}
}

// The time of an event is when it came, not when it was asked for.
func TestEventTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		r, cut := steps(t, 3*time.Second, ": wait\n\n", "data: 1\n\n", "data: [DONE]\n\n")
		s := NewStream(r, time.Minute, cut)
		defer s.Close()
		e, err := s.Next()
		if err != nil || e.At.Sub(begin) != 6*time.Second {
			t.Errorf("%v after %v, %v", e, e.At.Sub(begin), err)
		}
		if _, err := s.Next(); !errors.Is(err, io.EOF) || !s.Done() {
			t.Errorf("%v, done %v", err, s.Done())
		}
	})
}

// FuzzStream: whatever comes is the same in whole and in pieces, and ends.
func FuzzStream(f *testing.F) {
	f.Add([]byte("event: a\r\ndata: {\"a\":1}\n\n: c\n{\"error\":1}\ndata: [DONE]\n\n"))
	f.Add([]byte("\ufeffdata:1\rdata:2\r\n\r"))
	f.Fuzz(func(t *testing.T, text []byte) {
		whole := events(NewStream(strings.NewReader(string(text)), 0, nil))
		pieces := iotest.HalfReader(strings.NewReader(string(text)))
		if got := events(NewStream(pieces, 0, nil)); got != whole {
			t.Fatalf("in pieces %q, whole %q", got, whole)
		}
	})
}

// chunks is a stream of n tokens as OpenAI sends them.
func chunks(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `data: {"id":"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT","object":`+
			`"chat.completion.chunk","created":1741569952,"model":"gpt-5.4","choices":[{"index":0,`+
			`"delta":{"content":"token %d"},"finish_reason":null}]}`+"\n\n", i)
	}
	return b.String() + "data: [DONE]\n\n"
}

// BenchmarkStream reads 1,000 chunks.
func BenchmarkStream(b *testing.B) {
	text := chunks(1000)
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		s := NewStream(strings.NewReader(text), time.Minute, func() {})
		n := 0
		for {
			if _, err := s.Next(); err != nil {
				break
			}
			n++
		}
		s.Close()
		if n != 1000 {
			b.Fatal(n)
		}
	}
}
