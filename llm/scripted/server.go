package scripted

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// maxBody bounds a request.
const maxBody = 64 << 20

// Server answers chat requests as its script says. Use New, then Start and
// Close, or Handler alone.
type Server struct {
	script  *Script
	mux     *http.ServeMux
	hash    maphash.Seed
	buffers sync.Pool // *bytes.Buffer

	closing chan struct{} // closed by Close; ends latencies and hangs
	http    *http.Server
	serving sync.WaitGroup // the accept loop and every request

	mu     sync.Mutex // guards what follows
	closed bool
	ledger Ledger
	seen   map[uint64]struct{} // hashes of conversation prefixes
	tries  map[uint64]int      // requests by identity, if the script draws lots
	used   map[use]int         // how often a rule spoke in a conversation
	serial int64
}

// use is a rule in a conversation.
type use struct {
	rule         int
	conversation uint64
}

// Options change how a server plays its script.
type Options struct {
	// Seed is added to the script's own, for another draw of the same script.
	Seed int64
}

// New returns a server that is not listening yet.
func New(script *Script, o Options) *Server {
	own := *script
	own.seed += o.Seed
	s := &Server{
		script: &own, mux: http.NewServeMux(), hash: maphash.MakeSeed(),
		closing: make(chan struct{}),
		ledger:  Ledger{Models: map[string]Totals{}, Faults: map[string]int64{}},
		seen:    map[uint64]struct{}{}, tries: map[uint64]int{}, used: map[use]int{},
	}
	s.buffers.New = func() any { return new(bytes.Buffer) }
	s.mux.HandleFunc("POST /v1/chat/completions", s.complete)
	s.mux.HandleFunc("GET /v1/models", s.listModels)
	s.mux.HandleFunc("GET /ledger", s.showLedger)
	return s
}

// Handler returns the server's HTTP handler.
func (s *Server) Handler() http.Handler { return s.mux }

// Start listens on addr ("127.0.0.1:0" picks a port) and returns the server's
// URL, such as http://127.0.0.1:4000; a client's base URL is that plus /v1.
func (s *Server) Start(addr string) (string, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return "", err
	}
	s.http = &http.Server{Handler: s.mux, ReadHeaderTimeout: 30 * time.Second}
	s.serving.Go(func() {
		// Serve returns ErrServerClosed after Close; an accept loop that broke
		// shows at the clients.
		_ = s.http.Serve(listener)
	})
	return "http://" + listener.Addr().String(), nil
}

// Close breaks off all requests and returns when the last one has ended.
func (s *Server) Close() error {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	s.mu.Unlock()
	var err error
	if first {
		close(s.closing)
		if s.http != nil {
			err = s.http.Close()
		}
	}
	s.serving.Wait()
	return err
}

// enter counts a request in, unless the server is closed.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.serving.Add(1)
	return true
}

func (s *Server) listModels(w http.ResponseWriter, _ *http.Request) {
	type model struct {
		ID     string `json:"id"`
		Object string `json:"object"`
	}
	list := []model{}
	for _, name := range s.script.Models() {
		list = append(list, model{ID: name, Object: "model"})
	}
	writeJSON(w, map[string]any{"object": "list", "data": list})
}

func (s *Server) showLedger(w http.ResponseWriter, _ *http.Request) { writeJSON(w, s.Ledger()) }

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(v) // only a client that has gone makes this fail
}

// complete answers one chat request. All that needs the body is done before
// the latency, so that a thousand waiting requests hold no bodies.
func (s *Server) complete(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		panic(http.ErrAbortHandler)
	}
	defer s.serving.Done()
	buf, ok := s.buffers.Get().(*bytes.Buffer)
	if !ok {
		buf = new(bytes.Buffer)
	}
	buf.Reset()
	if n := r.ContentLength; n > 0 && n < maxBody {
		buf.Grow(int(n) + bytes.MinRead)
	}
	_, err := buf.ReadFrom(http.MaxBytesReader(w, r.Body, maxBody))
	var act *act
	if err == nil {
		act, err = s.decide(buf.Bytes(), r.Header)
	}
	s.buffers.Put(buf)
	if err != nil {
		s.refuse(w, err)
		return
	}
	w.Header().Set("X-Request-Id", act.requestID)
	if !s.sleep(r.Context(), act.latency) {
		panic(http.ErrAbortHandler) // the client has gone, or the server is going
	}
	if act.fault != nil {
		s.countFault(act.fault.name())
		act.fault.commit(s, w, r, act.reply.model)
		return
	}
	s.speak(w, act)
}

// speak bills the reply and writes it.
func (s *Server) speak(w http.ResponseWriter, act *act) {
	s.bill(act.reply, act.prefixes)
	if act.stream {
		streamReply(w, act.reply, act.includeUsage)
		return
	}
	b := encodeReply(act.reply)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	_, _ = w.Write(b) // a client that has gone was billed all the same
}

// unmatchedError is a request that no rule answers.
type unmatchedError string

func (e unmatchedError) Error() string { return string(e) }

func (s *Server) refuse(w http.ResponseWriter, err error) {
	var unmatched unmatchedError
	if errors.As(err, &unmatched) {
		s.mu.Lock()
		s.ledger.Unmatched++
		s.mu.Unlock()
		writeError(w, http.StatusNotFound, err.Error(), "no_rule")
		return
	}
	writeError(w, http.StatusBadRequest, err.Error(), "bad_request")
}

// act is what the server is going to do about a request.
type act struct {
	requestID            string
	latency              time.Duration
	fault                *fault
	reply                *reply
	prefixes             []uint64
	stream, includeUsage bool
}

func (s *Server) decide(body []byte, h http.Header) (*act, error) {
	parsed, err := scan(body)
	if err != nil {
		return nil, err
	}
	q := ask(parsed, h)
	chosen, draw := s.choose(q)
	if chosen == nil {
		return nil, unmatchedError(s.script.unmatched(q))
	}
	a := &act{
		requestID: s.nextID(), fault: chosen.Fault, latency: s.latency(chosen, q, draw),
		stream: q.stream, includeUsage: q.includeUsage, reply: &reply{model: q.model},
	}
	if a.fault != nil {
		return a, nil
	}
	if a.reply, err = s.script.compose(chosen, q); err != nil {
		return nil, fmt.Errorf("rule in line %d: %w", chosen.line, err)
	}
	a.reply.usage, a.prefixes = s.usage(chosen, q, a.reply)
	return a, nil
}

// choose returns the first rule that matches, and the seed of what is drawn
// for this request.
func (s *Server) choose(q *question) (*rule, uint64) {
	var draw uint64
	if s.script.draws {
		draw = s.drawSeed(q)
	}
	for i := range s.script.rules {
		r := &s.script.rules[i]
		if len(r.When.failing(q, false)) > 0 {
			continue
		}
		if r.Rate != nil && lot(mix(draw, "rate", strconv.Itoa(i))) >= *r.Rate {
			continue
		}
		if r.Times > 0 && !s.useRule(use{rule: i, conversation: q.conversation()}, r.Times) {
			continue
		}
		return r, draw
	}
	return nil, draw
}

// drawSeed differs for every request and every repetition of it, and is the
// same in every run of the script.
func (s *Server) drawSeed(q *question) uint64 {
	id := q.identity()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tries[id]++
	return mix(uint64(s.script.seed), strconv.FormatUint(id, 16), strconv.Itoa(s.tries[id]))
}

// useRule counts one use of a rule, unless its times are used up.
func (s *Server) useRule(u use, times int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used[u] >= times {
		return false
	}
	s.used[u]++
	return true
}

func (s *Server) latency(r *rule, q *question, draw uint64) time.Duration {
	l := s.script.models[q.model].Latency
	if r.Latency != nil {
		l = *r.Latency
	}
	if l.min == l.max {
		return l.min
	}
	return l.min + time.Duration(lot(mix(draw, "latency"))*float64(l.max-l.min))
}

// sleep waits, unless the client or the server goes first.
func (s *Server) sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	case <-s.closing:
		return false
	}
}

func (s *Server) nextID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serial++
	return fmt.Sprintf("req_%06d", s.serial)
}

// prefix seeds the hashes of a conversation's prefixes: models do not share
// caches, nor do agents that say who they are.
func (s *Server) prefix(model string, q *question) uint64 {
	if len(q.speaker) > 0 {
		return q.conversation()
	}
	return mix(0, model)
}

func (s *Server) chain(h uint64, b []byte) uint64 {
	return mix(h^maphash.Bytes(s.hash, b), "")
}

var _ io.Closer = (*Server)(nil)
