package fusion

import (
	"context"
	"sync"
)

// Slots bound how many sidekicks work at the same time. They are given out in
// the order in which they were asked for, which is call order. The goroutine
// that uses a slot gives it back, and no other does. The nil Slots are unlimited.
type Slots struct {
	mu    sync.Mutex
	free  int
	queue []*slot
}

// NewSlots returns n slots; unlimited ones if n is 0.
func NewSlots(n int) *Slots {
	if n <= 0 {
		return nil
	}
	return &Slots{free: n}
}

// slot is one that was given out, or a request for one in the queue.
type slot struct {
	slots   *Slots
	granted chan struct{}
	left    bool
}

// enqueue appends a request to the queue, and returns at once.
func (s *Slots) enqueue() *slot {
	p := &slot{slots: s, granted: make(chan struct{})}
	if s == nil {
		close(p.granted)
		return p
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue = append(s.queue, p)
	s.grant()
	return p
}

// try returns a slot if one is free, else nil.
func (s *Slots) try() *slot {
	p := s.enqueue()
	if !p.free() {
		p.leave()
		return nil
	}
	return p
}

func (s *Slots) grant() {
	for s.free > 0 && len(s.queue) > 0 {
		close(s.queue[0].granted)
		s.queue = s.queue[1:]
		s.free--
	}
}

// free reports whether the owner can have the slot now.
func (p *slot) free() bool {
	select {
	case <-p.granted:
		return true
	default:
		return false
	}
}

// wait returns once the slot is free for its owner, or with the cause of ctx's
// end. Nobody waits for no slot at all.
func (p *slot) wait(ctx context.Context) error {
	if p == nil {
		return nil
	}
	select {
	case <-p.granted:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// leave gives the slot back, or leaves the queue. It is idempotent, also on no
// slot at all.
func (p *slot) leave() {
	if p == nil || p.slots == nil {
		return
	}
	p.slots.mu.Lock()
	defer p.slots.mu.Unlock()
	if p.left {
		return
	}
	p.left = true
	for i, q := range p.slots.queue {
		if q == p {
			p.slots.queue = append(p.slots.queue[:i], p.slots.queue[i+1:]...)
			return
		}
	}
	p.slots.free++
	p.slots.grant()
}
