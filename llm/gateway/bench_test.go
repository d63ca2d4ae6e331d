package gateway_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"bench"
)

// processorTime is what this process, which is program, gateway and provider at once,
// has used.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkCall measures one call at a time, to the provider itself and through the
// gateway: the difference is what the gateway takes. Conversations grow, so that all
// but their last message is known.
func BenchmarkCall(b *testing.B) {
	const reply = `{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"ok"}],` +
		`"stop_reason":"end_turn","usage":{"input_tokens":100,"output_tokens":2}}`
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, reply)
	}))
	defer provider.Close()
	for _, kb := range []int{2, 100, 500} {
		for _, through := range []bool{false, true} {
			b.Run(fmt.Sprintf("%dKB/gateway=%t", kb, through), func(b *testing.B) {
				l := newLab(b, "", options{provider: provider.URL})
				url := provider.URL
				if through {
					url = l.url
				}
				turn := `{"role":"user","content":"` + strings.Repeat("some words ", 90) +
					`"},{"role":"assistant","content":[{"type":"text","text":"ok"}]},`
				history := strings.Repeat(turn, kb)
				begun := processorTime(b)
				b.ResetTimer()
				for i := range b.N {
					if i%50 == 49 { // a conversation of fifty turns more, then another
						history = fmt.Sprintf(`{"role":"user","content":"%d"},`, i) + strings.Repeat(turn, kb)
					}
					body := `{"model":"m","max_tokens":9,"messages":[` + history + `{"role":"user","content":"go on"}]}`
					if a := post(b, url+"/v1/messages", l.session.Token(), body); a.status != 200 {
						b.Fatalf("%d %s", a.status, a.body)
					}
					history += `{"role":"user","content":"go on"},{"role":"assistant","content":[{"type":"text","text":"ok"}]},`
				}
				b.ReportMetric(float64(processorTime(b)-begun)/float64(b.N)/1e3, "cpu-µs/op")
			})
		}
	}
}

// BenchmarkStream measures how much of a stream passes in a second.
func BenchmarkStream(b *testing.B) {
	var stream bytes.Buffer
	stream.WriteString(`data: {"type":"message_start","message":{"id":"m","model":"m","usage":{"input_tokens":9}}}` + "\n\n" +
		`data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}` + "\n\n")
	for range 40_000 {
		stream.WriteString("event: content_block_delta\ndata: " +
			`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"some words "}}` + "\n\n")
	}
	stream.WriteString(`data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}}` + "\n\n" +
		`data: {"type":"message_stop"}` + "\n\n")
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = w.Write(stream.Bytes())
	}))
	defer provider.Close()
	for _, through := range []bool{false, true} {
		b.Run(fmt.Sprintf("gateway=%t", through), func(b *testing.B) {
			l := newLab(b, "", options{provider: provider.URL, gateway: bench.Gateway{}})
			url := provider.URL
			if through {
				url = l.url
			}
			b.SetBytes(int64(stream.Len()))
			for range b.N {
				if a := post(b, url+"/v1/messages", l.session.Token(), forms[2].body("x", true)); len(a.body) != stream.Len() {
					b.Fatalf("%d bytes, want %d", len(a.body), stream.Len())
				}
			}
		})
	}
}
