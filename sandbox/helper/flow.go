package helper

import (
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// inbox holds what the other end has sent and nobody has read yet, a window at
// most. Read refills the sender's window.
type inbox struct {
	refill func(n int)

	mu    sync.Mutex
	ready *sync.Cond
	queue [][]byte
	owed  int   // bytes read and not refilled yet
	final error // what Read returns when the queue is empty; nil while open
	alarm alarm
}

func newInbox(refill func(n int)) *inbox {
	b := &inbox{refill: refill}
	b.ready = sync.NewCond(&b.mu)
	return b
}

// put appends p, which is the inbox's from now on.
func (b *inbox) put(p []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.final == nil && len(p) > 0 {
		b.queue = append(b.queue, p)
		b.ready.Signal()
	}
}

// end makes Read return err once the queue is empty. The first call counts.
func (b *inbox) end(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.final == nil {
		b.final = err
		b.ready.Broadcast()
	}
}

// abort is end for a reader who shall not see the queue either.
func (b *inbox) abort(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queue, b.final = nil, err
	b.ready.Broadcast()
}

// Read implements io.Reader.
func (b *inbox) Read(p []byte) (int, error) {
	n, owed, err := b.take(p)
	if owed > 0 {
		b.refill(owed)
	}
	return n, err
}

// take is Read without the refill, which needs the stream and so must not
// happen under the lock.
func (b *inbox) take(p []byte) (n, owed int, err error) {
	if len(p) == 0 {
		return 0, 0, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.queue) == 0 && b.final == nil && !b.alarm.rung {
		b.ready.Wait()
	}
	switch {
	case b.alarm.rung:
		return 0, 0, os.ErrDeadlineExceeded
	case len(b.queue) == 0:
		return 0, 0, b.final
	}
	n = copy(p, b.queue[0])
	if b.queue[0] = b.queue[0][n:]; len(b.queue[0]) == 0 {
		b.queue[0] = nil
		b.queue = b.queue[1:]
	}
	b.owed += n
	if b.owed >= window/4 && b.final == nil {
		owed, b.owed = b.owed, 0
	}
	return n, owed, nil
}

// setDeadline makes Read fail from a time on, also one that waits; the zero time is
// never.
func (b *inbox) setDeadline(at time.Time) { b.alarm.set(at, &b.mu, b.ready) }

// alarm is a deadline of those who wait for a condition.
type alarm struct {
	timer *time.Timer
	rung  bool
}

func (a *alarm) set(at time.Time, mu *sync.Mutex, waiting *sync.Cond) {
	mu.Lock()
	defer mu.Unlock()
	if a.timer != nil {
		a.timer.Stop()
	}
	a.timer, a.rung = nil, !at.IsZero() && !at.After(time.Now())
	if a.rung {
		waiting.Broadcast()
	}
	if a.rung || at.IsZero() {
		return
	}
	var own *time.Timer
	own = time.AfterFunc(time.Until(at), func() {
		mu.Lock()
		defer mu.Unlock()
		if a.timer == own {
			a.rung = true
			waiting.Broadcast()
		}
	})
	a.timer = own
}

// outbox is the sending side of a window.
type outbox struct {
	send func(p []byte) error

	mu     sync.Mutex
	change *sync.Cond
	credit int
	closed error
	alarm  alarm
}

func newOutbox(send func(p []byte) error) *outbox {
	o := &outbox{send: send, credit: window}
	o.change = sync.NewCond(&o.mu)
	return o
}

// take waits for credit and takes up to limit bytes of it.
func (o *outbox) take(limit int) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.credit == 0 && o.closed == nil && !o.alarm.rung {
		o.change.Wait()
	}
	switch {
	case o.closed != nil:
		return 0, o.closed
	case o.alarm.rung:
		return 0, os.ErrDeadlineExceeded
	}
	n := min(o.credit, limit)
	o.credit -= n
	return n, nil
}

// setDeadline makes Write fail from a time on, also one that waits; the zero time is
// never.
func (o *outbox) setDeadline(at time.Time) { o.alarm.set(at, &o.mu, o.change) }

// add gives credit: the other end's, or what was taken and not used.
func (o *outbox) add(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.credit += n
	o.change.Signal()
}

// close makes take and Write return err. The first call counts.
func (o *outbox) close(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed == nil {
		o.closed = err
		o.change.Broadcast()
	}
}

// Write implements io.Writer. It blocks while the window is full.
func (o *outbox) Write(p []byte) (int, error) {
	sent := 0
	for sent < len(p) {
		n, err := o.take(min(len(p)-sent, chunk))
		if err != nil {
			return sent, err
		}
		if err := o.send(p[sent : sent+n]); err != nil {
			return sent, err
		}
		sent += n
	}
	return sent, nil
}

// frameWriter writes whole frames from any goroutine.
type frameWriter struct {
	closed atomic.Bool

	mu  sync.Mutex
	w   io.Writer
	buf []byte
	err error // of an earlier write; the stream is torn then
}

// send writes frames, with nothing between them.
func (w *frameWriter) send(frames ...frame) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil && w.closed.Load() {
		w.err = io.ErrClosedPipe
	}
	if w.err != nil {
		return w.err
	}
	w.buf = w.buf[:0]
	for _, f := range frames {
		w.buf = f.append(w.buf)
	}
	_, w.err = w.w.Write(w.buf)
	if cap(w.buf) > 4*chunk { // one long command line must not hold its memory until the end
		w.buf = nil
	}
	return w.err
}

// shut makes all further writes fail. It does not wait for one that blocks.
func (w *frameWriter) shut() { w.closed.Store(true) }
