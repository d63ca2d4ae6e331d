package results

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"bench"
)

// maxGroup is how many events share a commit at most, so that the first of
// them does not wait for a thousand others to be written.
const maxGroup = 512

// pending is what one caller appends: events on their way into the log, all of
// them or none.
type pending struct {
	events []encoded
	seq    int64 // of the last one
	err    error
	wake   chan bool // true: lead the next commit; false: yours is done
}

// encoded is an event as it is written.
type encoded struct {
	bench.Event
	payload string // JSON
	bodies  []packed
}

// errAbandoned is what is left of an event whose commit never finished, which
// only a panic can cause.
var errAbandoned = errors.New("commit abandoned")

// Append writes an event with its bodies and projections, and returns its
// number in the run's log, from 1, once it is durable. Events of one run get
// their numbers in the order in which Append was called, as far as there is
// one. An event that contradicts the log (an unknown run, a call of an agent
// that never started) is refused and leaves no trace.
//
// A context that has ended is refused at once; later it is not looked at,
// since a commit under way cannot be taken back.
func (s *Store) Append(ctx context.Context, e bench.Event) (int64, error) {
	return s.AppendAll(ctx, []bench.Event{e})
}

// AppendAll is Append for several events at once: all of them are written, or
// none is. It returns the number of the last one.
func (s *Store) AppendAll(ctx context.Context, events []bench.Event) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("append event: %w", err)
	}
	p := &pending{err: errAbandoned, wake: make(chan bool, 2)}
	for _, e := range events {
		x, err := s.encode(e)
		if err != nil {
			return 0, fmt.Errorf("append event: %w", err)
		}
		p.events = append(p.events, x)
	}
	if len(p.events) == 0 {
		return 0, errors.New("append: no event")
	}
	e := p.events[0]
	if err := s.enqueue(p); err != nil {
		return 0, fmt.Errorf("append %s: %w", e.Payload.Type(), err)
	}
	defer s.appends.Done()
	if <-p.wake {
		s.lead()
		<-p.wake // its own commit was the one it led
	}
	if p.err != nil {
		return 0, fmt.Errorf("append %s to run %s: %w", e.Payload.Type(), e.RunID, explain(p.err))
	}
	return p.seq, nil
}

// encode does what can be done before it is the event's turn, in the caller's
// goroutine.
func (s *Store) encode(e bench.Event) (encoded, error) {
	switch {
	case e.Payload == nil:
		return encoded{}, errors.New("no payload")
	case e.RunID == "":
		return encoded{}, fmt.Errorf("%s without a run", e.Payload.Type())
	case e.Time.IsZero():
		return encoded{}, fmt.Errorf("%s without a time", e.Payload.Type())
	}
	payload, err := json.Marshal(e.Payload)
	if err != nil {
		return encoded{}, fmt.Errorf("encode %s: %w", e.Payload.Type(), err)
	}
	return encoded{Event: e, payload: string(payload), bodies: s.pack.pack(e.Bodies)}, nil
}

// enqueue puts p in line. Whoever comes while nobody commits is told to lead.
func (s *Store) enqueue(p *pending) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return ErrClosed
	case s.writer == nil:
		return errors.New("store was opened read-only")
	}
	s.appends.Add(1)
	s.waiting = append(s.waiting, p)
	if !s.leading {
		s.leading = true
		p.wake <- true
	}
	return nil
}

// lead commits everyone who is in line, the caller first, and passes the lead
// on. It never leaves anyone waiting, even if writing panics.
func (s *Store) lead() {
	s.mu.Lock()
	n := min(len(s.waiting), maxGroup)
	group := slices.Clone(s.waiting[:n])
	s.waiting = slices.Delete(s.waiting, 0, n)
	s.mu.Unlock()
	defer s.passOn(group)
	s.commit(group)
}

func (s *Store) passOn(group []*pending) {
	s.mu.Lock()
	if len(s.waiting) > 0 {
		s.waiting[0].wake <- true
	} else {
		s.leading = false
	}
	s.mu.Unlock()
	for _, p := range group {
		p.wake <- false
	}
}

// commit writes a group in one transaction. An event that cannot be written is
// left out and the others are tried again, so that it harms nobody else.
func (s *Store) commit(group []*pending) {
	for len(group) > 0 {
		bad, err := -1, s.file.gone()
		if err == nil {
			bad, err = s.tx.write(group)
		}
		switch {
		case err == nil:
			for _, p := range group {
				p.err = nil
				for _, e := range p.events {
					s.pack.committed(e.bodies)
				}
			}
			return
		case bad < 0 || ofFile(err):
			for _, p := range group {
				p.err = err
			}
			return
		}
		group[bad].err = err
		group = slices.Delete(slices.Clone(group), bad, bad+1)
	}
}
