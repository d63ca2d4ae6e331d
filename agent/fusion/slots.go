package fusion

import (
	"context"
	"sync"
)

// slots are the places in which sidekicks run. They are given out in the order
// in which they were asked for, which is call order, and given back by the
// goroutine that used them and by nobody else.
type slots struct {
	mu    sync.Mutex
	free  int
	queue []*slot
}

type slot struct {
	slots   *slots
	granted chan struct{}
	left    bool
}

// ask takes a place in the queue, at once.
func (s *slots) ask() *slot {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &slot{slots: s, granted: make(chan struct{})}
	s.queue = append(s.queue, p)
	s.grant()
	return p
}

func (s *slots) grant() {
	for s.free > 0 && len(s.queue) > 0 {
		close(s.queue[0].granted)
		s.queue = s.queue[1:]
		s.free--
	}
}

// wait returns once the slot is free for its owner, or with the cause of ctx's
// end.
func (p *slot) wait(ctx context.Context) error {
	select {
	case <-p.granted:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// leave gives the slot back, or leaves the queue. It is idempotent.
func (p *slot) leave() {
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
