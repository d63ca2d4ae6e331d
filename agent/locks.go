package agent

import (
	"context"
	"sync"
	"time"
)

// Mode says whom the holder of a lock keeps out.
type Mode string

// The modes. Holders of the same shared mode (Reading or Working) do not keep
// each other out; every other pair of modes does.
const (
	Exclusive Mode = "exclusive"
	Reading   Mode = "reading" // a file being viewed, a workspace being copied
	Working   Mode = "working" // a workspace being changed, by one agent's own calls
)

// Lock names something in a sandbox that a call needs to itself or shares.
type Lock struct {
	Name string
	Mode Mode
}

func (l Lock) conflicts(m Lock) bool {
	return l.Name == m.Name && (l.Mode != m.Mode || l.Mode == Exclusive)
}

// Locks are the locks of one sandbox, shared by all agents that work in it.
// The zero value is ready for use.
//
// A request takes all its locks in one step, and waits while any earlier
// request that is held or waiting conflicts with it. So the order is first
// come, first served, nobody starves, and two requests can never each hold
// what the other waits for.
type Locks struct {
	mu    sync.Mutex
	queue []*Hold // held and waiting requests, in the order of arrival
}

// Hold is one request for locks: it queues for them, then holds them. It is
// used by one goroutine.
type Hold struct {
	locks   *Locks
	want    []Lock
	granted chan struct{} // closed, under locks.mu, when the locks are held
	since   time.Time
	waited  time.Duration
}

// Enqueue appends a request to the queue, and returns at once. Wait waits for the locks and
// Release gives them back; Release must be called even if Wait is not.
func (l *Locks) Enqueue(want ...Lock) *Hold {
	h := &Hold{locks: l}
	h.enqueue(want)
	return h
}

func (h *Hold) enqueue(want []Lock) {
	h.want, h.granted = want, make(chan struct{})
	if len(want) == 0 {
		close(h.granted)
		return
	}
	h.since = time.Now()
	h.locks.mu.Lock()
	defer h.locks.mu.Unlock()
	h.locks.queue = append(h.locks.queue, h)
	h.locks.grant()
}

// Wait returns once the locks are held, or with the cause of ctx's end.
func (h *Hold) Wait(ctx context.Context) error {
	select {
	case <-h.granted: // even if ctx has ended: the caller sees to that
		h.note()
		return nil
	default:
	}
	select {
	case <-h.granted:
		h.note()
		return nil
	case <-ctx.Done():
		h.note()
		h.Release()
		return context.Cause(ctx)
	}
}

func (h *Hold) note() {
	if !h.since.IsZero() {
		h.waited += time.Since(h.since)
		h.since = time.Time{}
	}
}

// Waited is the time spent in Wait and in the queue before it.
func (h *Hold) Waited() time.Duration { return h.waited }

// Release gives the locks back, or leaves the queue. It is idempotent.
func (h *Hold) Release() {
	if len(h.want) == 0 {
		return
	}
	h.locks.mu.Lock()
	defer h.locks.mu.Unlock()
	h.want = nil
	for i, q := range h.locks.queue {
		if q == h {
			h.locks.queue = append(h.locks.queue[:i], h.locks.queue[i+1:]...)
			break
		}
	}
	h.locks.grant()
}

// Take moves the request to a Hold of its own, which can outlive the call that
// asked for it; h is empty afterwards.
func (h *Hold) Take() *Hold {
	h.locks.mu.Lock()
	defer h.locks.mu.Unlock()
	own := &Hold{locks: h.locks, want: h.want, granted: h.granted, since: h.since, waited: h.waited}
	for i, q := range h.locks.queue {
		if q == h {
			h.locks.queue[i] = own
		}
	}
	h.want, h.since = nil, time.Time{}
	return own
}

// Swap gives the locks back and takes others, at the end of the queue. Nothing
// is held in between: a call that holds one thing while asking for another can
// meet someone who does the reverse.
func (h *Hold) Swap(ctx context.Context, want ...Lock) error {
	h.Release()
	h.enqueue(want)
	return h.Wait(ctx)
}

// grant hands locks to every request that no earlier one stands in the way of.
func (l *Locks) grant() {
	for i, h := range l.queue {
		select {
		case <-h.granted:
			continue
		default:
		}
		if !blocked(h, l.queue[:i]) {
			close(h.granted)
		}
	}
}

func blocked(h *Hold, earlier []*Hold) bool {
	for _, e := range earlier {
		for _, a := range e.want {
			for _, b := range h.want {
				if a.conflicts(b) {
					return true
				}
			}
		}
	}
	return false
}
