package runner

import (
	"context"
	"fmt"
	"sync"

	"bench"
)

// Journal is the durable event log. Append returns once the event can no
// longer be lost, with the sequence number it was given.
type Journal interface {
	Append(ctx context.Context, e bench.Event) (int64, error)
}

// Observer watches committed events. Observe is called from one goroutine, in
// the order of the sequence numbers; a slow observer loses events, and the
// run does not wait for it.
type Observer interface {
	Observe(e bench.Event)
	// Close is called once, after the last event, with how many were lost.
	Close(dropped int64)
}

// publisher appends events and hands them on to the observers after commit.
// The first failed append stops the run, since what cannot be recorded must
// not be paid for.
type publisher struct {
	journal Journal
	redact  *bench.Redactor // of what is appended; nil takes nothing out
	stop    context.CancelCauseFunc

	mu      sync.Mutex
	told    map[bench.TrialKey]bool // that something of them was redacted
	pending map[int64]bench.Event   // committed out of order, by seq
	next    int64                   // seq the outlets expect
	outlets []*outlet
}

type outlet struct {
	events  chan bench.Event
	dropped int64
	done    chan struct{}
}

// outletBuffer is how many events an observer may fall behind.
const outletBuffer = 4096

func newPublisher(o Options, stop context.CancelCauseFunc) *publisher {
	r := &publisher{
		journal: o.Journal, redact: o.Redact, stop: stop, pending: map[int64]bench.Event{}, next: 1,
		told: map[bench.TrialKey]bool{},
	}
	for _, o := range o.Observers {
		out := &outlet{events: make(chan bench.Event, outletBuffer), done: make(chan struct{})}
		r.outlets = append(r.outlets, out)
		go func() { // waited for in close
			defer close(out.done)
			for e := range out.events {
				o.Observe(e)
			}
			o.Close(out.dropped)
		}()
	}
	return r
}

// Append implements Journal. What has a key in it is appended without, and a notice
// says so once for each trial.
func (r *publisher) Append(ctx context.Context, e bench.Event) (int64, error) {
	e, had := r.redact.Event(e)
	if had && r.tell(e.Trial) {
		note := e
		note.Agent, note.Bodies = "", nil
		note.Payload = bench.Notice{Code: bench.NoticeRedacted, Text: fmt.Sprintf(
			"a key stood in what %s says, and perhaps in more: it is %s there", e.Payload.Type(),
			bench.Redacted)}
		if _, err := r.append(ctx, note); err != nil {
			return 0, err
		}
	}
	return r.append(ctx, e)
}

// tell reports whether it has yet to be said that something of a trial was redacted.
func (r *publisher) tell(k bench.TrialKey) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if k.IsZero() || r.told[k] {
		return false
	}
	r.told[k] = true
	return true
}

func (r *publisher) append(ctx context.Context, e bench.Event) (int64, error) {
	seq, err := r.journal.Append(ctx, e)
	if err != nil {
		err = fmt.Errorf("record %s: %w", e.Payload.Type(), err)
		r.stop(&journalError{err})
		return 0, err
	}
	e.Seq, e.Bodies = seq, nil
	r.publish(e)
	return seq, nil
}

// publish hands events to the outlets in order: two appends that are committed
// together return in any order.
func (r *publisher) publish(e bench.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pending[e.Seq] = e
	for {
		e, ok := r.pending[r.next]
		if !ok {
			return
		}
		delete(r.pending, r.next)
		r.next++
		for _, o := range r.outlets {
			select {
			case o.events <- e:
			default:
				o.dropped++
			}
		}
	}
}

func (r *publisher) close() {
	for _, o := range r.outlets {
		close(o.events)
		<-o.done
	}
}

// journalError is the cause of a run that stopped because an event could not
// be recorded.
type journalError struct{ error }

func (e *journalError) Unwrap() error { return e.error }
