package scripted

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// wire is an answer as it goes over the wire: one body, or a stream of events.
type wire struct {
	stream bool
	pieces [][]byte
	pacing pacing
	ping   string
	pause  func(i int) time.Duration // before a piece
	broken *breakage
	rest   []byte // what takes the place of what breaks away
}

// wire gives a reply its form.
func (s *Server) wire(r *rule, q *question, out *reply, draw uint64) *wire {
	p := s.script.pacing(r, q.model)
	w := &wire{stream: q.stream, pacing: p, ping: q.dialect.ping, broken: r.Break}
	w.pause = func(i int) time.Duration { return p.Pause.draw(mix(draw, "pause", strconv.Itoa(i))) }
	document := q.dialect.document(out)
	switch {
	case r.Body != nil:
		w.pieces = [][]byte{[]byte(*r.Body)}
	case q.stream:
		w.pieces = q.dialect.events(document, p, q.includeUsage)
	default:
		w.pieces = [][]byte{mustMarshal(document)}
	}
	w.cut(q.dialect)
	if r.Body == nil && q.stream && r.Break == nil && q.dialect.end != "" {
		w.pieces = append(w.pieces, []byte(q.dialect.end))
	}
	if r.Before != "" {
		w.pieces[0] = slices.Concat([]byte(r.Before), w.pieces[0])
	}
	if r.After != "" {
		w.pieces = append(w.pieces, []byte(r.After))
	}
	return w
}

// cut takes away what a breakage does not let through.
func (w *wire) cut(d *dialect) {
	if w.broken == nil {
		return
	}
	if len(w.pieces) == 1 { // one body: half of it
		half := len(w.pieces[0]) / 2
		w.pieces = [][]byte{w.pieces[0][:half]}
	} else {
		w.pieces = w.pieces[:min(w.broken.After, len(w.pieces))]
	}
	if w.broken.Kind == breakError {
		f := failure{code: "server_error", message: word(w.broken.Message, "scripted error")}
		w.rest = d.failed(f, len(w.pieces))
		switch {
		case w.broken.Error.given && w.stream:
			w.rest = slices.Concat([]byte("data: "), mustMarshal(w.broken.Error.is), []byte("\n\n"))
		case w.broken.Error.given:
			w.rest = mustMarshal(w.broken.Error.is)
		case !w.stream:
			w.rest = mustMarshal(d.failure(f))
		}
		if !w.stream {
			w.pieces = nil // the error is all there is
		}
		w.pieces = append(w.pieces, w.rest)
	}
	if len(w.pieces) == 0 {
		w.pieces = [][]byte{nil}
	}
}

func word(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// length is how long an answer is that is sent at once, or -1.
func (w *wire) length() int {
	if w.stream || w.broken != nil || w.pacing.Comments > 0 || w.pacing.KeepAlive > 0 {
		return -1
	}
	n := 0
	for _, p := range w.pieces {
		n += len(p)
	}
	return n
}

// contentType is what the header says.
func (w *wire) contentType() string {
	if w.stream {
		return "text/event-stream"
	}
	return "application/json"
}

// keep is what is sent while there is nothing to say: a comment, a ping, or,
// before a body of JSON, an empty line.
// https://api-docs.deepseek.com/quick_start/rate_limit
func (w *wire) keep() []byte {
	switch {
	case !w.stream:
		return []byte("\n")
	case w.ping != "" && w.pacing.Comment == "":
		return []byte(w.ping)
	}
	return []byte(": " + word(w.pacing.Comment, "keep-alive") + "\n\n")
}

// player sends an answer to one client.
type player struct {
	server *Server
	wire   *wire
	w      http.ResponseWriter
	r      *http.Request
}

// wait lets time pass, and sends signs of life meanwhile if the answer has them.
// It reports whether client and server are still there.
func (p *player) wait(d time.Duration) bool {
	every := time.Duration(p.wire.pacing.KeepAlive)
	for every > 0 && d > every {
		if !p.server.sleep(p.r.Context(), every) {
			return false
		}
		flushed(p.w, p.wire.keep())
		d -= every
	}
	return p.server.sleep(p.r.Context(), d)
}

// play sends everything. Broken connections are made by the panic net/http has
// for that.
func (p *player) play() {
	for range p.wire.pacing.Comments {
		flushed(p.w, p.wire.keep())
	}
	for i, piece := range p.wire.pieces {
		if i > 0 && !p.wait(p.wire.pause(i)) {
			panic(http.ErrAbortHandler)
		}
		flushed(p.w, piece)
	}
	if p.wire.broken == nil {
		return
	}
	switch p.wire.broken.Kind {
	case breakStall:
		p.server.hang(p.r)
	case breakCut:
		panic(http.ErrAbortHandler)
	}
}
