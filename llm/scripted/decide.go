package scripted

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// answer answers one request. All that needs the body is done before the
// latency, so that a thousand waiting requests hold no bodies.
func (s *Server) answer(d *dialect, w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		panic(http.ErrAbortHandler)
	}
	defer s.serving.Done()
	var act *act
	var err error
	if d.bind != nil {
		var bound *dialect
		if bound, err = d.bind(*d, r); err == nil {
			d = bound
		}
	}
	if err == nil {
		err = s.read(w, r, func(body []byte) (err error) {
			act, err = s.decide(d, body, r.Header)
			return err
		})
	}
	if err != nil {
		s.refuse(d, w, err)
		return
	}
	w.Header().Set("X-Request-Id", act.requestID)
	if act.fault == nil {
		s.speak(w, r, act)
		return
	}
	if !s.sleep(r.Context(), act.latency) {
		panic(http.ErrAbortHandler) // the client has gone, or the server is going
	}
	s.countFault(act.fault.name())
	act.fault.commit(s, w, r, act)
}

// read hands over the body of a request, which is not to be kept.
func (s *Server) read(w http.ResponseWriter, r *http.Request, use func(body []byte) error) error {
	buf, ok := s.buffers.Get().(*bytes.Buffer)
	if !ok {
		buf = new(bytes.Buffer)
	}
	defer s.buffers.Put(buf)
	buf.Reset()
	if n := r.ContentLength; n > 0 && n < maxBody {
		buf.Grow(int(n) + bytes.MinRead)
	}
	if _, err := buf.ReadFrom(http.MaxBytesReader(w, r.Body, maxBody)); err != nil {
		return err
	}
	return use(buf.Bytes())
}

// speak waits, bills the reply and sends it.
func (s *Server) speak(w http.ResponseWriter, r *http.Request, a *act) {
	setHeaders(w, a.headers)
	typed(w, a.wire.contentType())
	if n := a.wire.length(); n >= 0 {
		w.Header().Set("Content-Length", strconv.Itoa(n))
	}
	p := &player{server: s, wire: a.wire, w: w, r: r}
	if !p.wait(a.latency) {
		panic(http.ErrAbortHandler) // the client has gone, or the server is going
	}
	s.bill(a.reply, a.prefixes)
	if a.wire.broken != nil {
		s.countFault(a.wire.broken.Kind)
	}
	p.play() // a client that has gone is billed all the same
}

// unmatchedError is a request that no rule answers.
type unmatchedError string

func (e unmatchedError) Error() string { return string(e) }

func (s *Server) refuse(d *dialect, w http.ResponseWriter, err error) {
	f := failure{status: http.StatusBadRequest, code: "bad_request", message: err.Error()}
	var unmatched unmatchedError
	var refused *refusedError
	switch {
	case errors.As(err, &refused):
		s.countFault("refused")
		if f = refused.failure; refused.body != nil {
			typed(w, "application/json")
			w.WriteHeader(f.status)
			flushed(w, mustMarshal(refused.body))
			return
		}
	case errors.As(err, &unmatched):
		s.mu.Lock()
		s.ledger.Unmatched++
		s.mu.Unlock()
		f.status, f.code = http.StatusNotFound, "no_rule"
	}
	d.writeFailure(w, f)
}

// act is what the server is going to do about a request.
type act struct {
	dialect   *dialect
	requestID string
	latency   time.Duration
	stream    bool
	fault     *fault
	reply     *reply
	prefixes  []uint64
	headers   map[string]string
	wire      *wire
}

func (s *Server) decide(d *dialect, body []byte, h http.Header) (*act, error) {
	parsed, err := d.scan(body)
	if err != nil {
		return nil, err
	}
	q := s.script.ask(d, parsed, h)
	strict := s.script.strictness(q.model)
	if strict != nil {
		if err := strict.refuse(q); err != nil {
			return nil, err
		}
	}
	chosen, draw := s.choose(q)
	if chosen == nil {
		return nil, unmatchedError(s.script.unmatched(q))
	}
	a := &act{
		dialect: d, requestID: s.nextID(), fault: chosen.Fault, latency: s.latency(chosen, q, draw),
		stream: q.stream, headers: chosen.Headers, reply: &reply{id: "fault", model: q.model},
	}
	if a.fault != nil {
		return a, nil
	}
	if a.reply, err = s.script.compose(chosen, q); err != nil {
		return nil, fmt.Errorf("rule in line %d: %w", chosen.line, err)
	}
	a.reply.usage, a.prefixes = s.usage(chosen, q, a.reply)
	if strict != nil && strict.dress != nil {
		strict.dress(a.reply, q)
	}
	a.wire = s.wire(chosen, q, a.reply, draw)
	return a, nil
}

// countTokens answers how large a request is. It is not billed.
// https://docs.anthropic.com/en/api/messages-count-tokens
func (s *Server) countTokens(w http.ResponseWriter, r *http.Request) {
	var size int
	err := s.read(w, r, func(body []byte) error {
		parsed, err := scanMessages(body)
		if err == nil {
			size, _ = s.measure(s.script.ask(messages, parsed, r.Header), new([]uint64))
		}
		return err
	})
	if err != nil {
		s.refuse(messages, w, err)
		return
	}
	writeJSON(w, map[string]int64{"input_tokens": tokens(size)})
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
	return l.draw(mix(draw, "latency"))
}
