package gateway

import (
	"io"
	"net/http"
	"strconv"
	"strings"

	"bench"
	"bench/llm/wire"
)

// sink takes the answer to one call and passes it on to the program. A server that
// repeats a key, as in an error, tells the program nothing of it.
type sink struct {
	w      http.ResponseWriter
	keys   *bench.Redactor
	passed bool       // a stream has begun
	begun  string     // of it, what may be the beginning of a key: not passed on yet
	broken bool       // and has broken off
	held   *wire.Held // the answer of the last attempt, if it came whole
}

var _ wire.Sink = (*sink)(nil)

func (u *upstream) sink(w http.ResponseWriter, p *protocol) *sink {
	return &sink{w: w, keys: u.endpoints[p.name].Keys()}
}

// Pass implements wire.Sink.
func (s *sink) Pass(status int, h http.Header) io.Writer {
	s.passed = true
	s.head(status, h)
	return flusher{s, http.NewResponseController(s.w)}
}

// finish passes on the last of a stream that has ended.
func (s *sink) finish() {
	_, _ = io.WriteString(s.w, s.keys.Text(s.begun)) // a program that has gone hears nothing
	s.begun = ""
}

// Cut implements wire.Sink.
func (s *sink) Cut() { s.broken = true }

// Hold implements wire.Sink.
func (s *sink) Hold(h wire.Held) { s.held = &h }

// answer passes on what is held.
func (s *sink) answer() {
	body := s.keys.Text(string(s.held.Body))
	s.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if s.held.Status >= 400 { // the gateway has tried again whatever is worth it
		s.w.Header().Set("X-Should-Retry", "false")
	}
	s.head(s.held.Status, s.held.Header)
	_, _ = io.WriteString(s.w, body) // a program that has gone hears nothing
}

func (s *sink) head(status int, h http.Header) {
	for name, values := range h {
		if ours(name) {
			continue
		}
		for _, v := range values {
			s.w.Header().Add(name, s.keys.Text(v))
		}
	}
	s.w.WriteHeader(status)
}

// ours reports whether a header of an answer is about the connection to the provider
// or the account there, and none of the program's business.
func ours(name string) bool {
	switch name {
	case "Connection", "Keep-Alive", "Proxy-Authenticate", "Te", "Trailer", "Transfer-Encoding",
		"Upgrade", "Content-Length", "Content-Encoding", "Set-Cookie", "Alt-Svc",
		"Strict-Transport-Security", "X-Should-Retry":
		return true
	}
	return strings.Contains(name, "Organization") || strings.Contains(name, "Project")
}

// flusher sends every piece at once, but for an end that may be the beginning of a key.
type flusher struct {
	*sink
	rc *http.ResponseController
}

func (f flusher) Write(p []byte) (int, error) {
	text := f.begun + string(p)
	whole := len(text) - f.keys.Begun(text)
	f.begun = text[whole:]
	if _, err := io.WriteString(f.w, f.keys.Text(text[:whole])); err != nil {
		return 0, err
	}
	return len(p), f.rc.Flush()
}

// dropped are the headers of a program's request that are not passed on: those that
// are about its connection, its token, and the account at the provider.
var dropped = map[string]bool{
	"Connection": true, "Keep-Alive": true, "Proxy-Authorization": true, "Proxy-Connection": true,
	"Te": true, "Trailer": true, "Transfer-Encoding": true, "Upgrade": true,
	"Authorization": true, "X-Api-Key": true, "X-Goog-Api-Key": true, "Api-Key": true,
	"Cookie": true, "Host": true, "Content-Length": true, "Accept-Encoding": true,
	"Openai-Organization": true, "Openai-Project": true, "X-Goog-User-Project": true,
	"Forwarded": true, "Via": true,
}

// passedOn are the headers of a request that go to the provider.
func passedOn(h http.Header) http.Header {
	out := make(http.Header, len(h))
	for name, values := range h {
		if !dropped[name] && !strings.HasPrefix(name, "X-Forwarded-") &&
			!strings.HasPrefix(name, "X-Bench-") {
			out[name] = values
		}
	}
	return out
}
