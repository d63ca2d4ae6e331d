package llm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"bench"
)

// mostHeld is how long the wish of one answer holds back all others: it may be about
// that request alone.
const mostHeld = time.Minute

// tolerated is the share of a round's requests that may be turned away without being
// taken for a sign that there are too many: some routers turn a few away at random.
const tolerated = 0.05

// patientRounds is after how many rounds in a row that were calm the bound rises faster:
// the endpoint takes many more than before.
const patientRounds = 3

// Window bounds how many requests are under way at once to what turns requests away: one
// model of one endpoint. There is no bound until it does so for the first time. From then
// on each request that is turned away lowers it to what is under way beside it; when that
// has halved it, nothing is sent for as long as the endpoint asks. A round, of as many
// requests as the bound is, of which none is turned away, or next to none, raises it by
// one, and by more after many such rounds. Requests are sent in the order in which they came.
//
// All clients of the model at the endpoint share it. The zero value is ready for use.
type Window struct {
	mu      sync.Mutex
	most    float64         // under way at once; 0: no bound
	running int             // under way
	queue   []chan struct{} // of those that wait; closed when it is one's turn
	until   time.Time       // nothing is sent before
	timer   *time.Timer     // fires then

	cut    time.Time // what was sent before says nothing of the bound
	first  float64   // the bound in the beginning of the round
	done   int       // requests of the round that have come back
	turned int       // of them, those that were turned away
	full   bool      // a request of the round had to wait, or took the last place
	calm   float64   // rounds in a row of which next to none were turned away
}

// Within sends requests as the window lets them. The walls of a request that waits for
// that stand still, and the time is added to Response.Waited.
func Within(next Client, w *Window) Client { return within{next, w} }

type within struct {
	next Client
	w    *Window
}

var _ Client = within{}

func (c within) Complete(ctx context.Context, req Request) (resp Response, err error) {
	begin := time.Now()
	if err := c.w.enter(ctx); err != nil {
		return Response{Waited: time.Since(begin)}, fmt.Errorf("wait for others' requests: %w", err)
	}
	sent := time.Now()
	defer func() { c.w.leave(sent, err) }()
	resp, err = c.next.Complete(ctx, req)
	resp.Waited += sent.Sub(begin)
	return resp, err
}

// enter waits for a request's turn.
func (w *Window) enter(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	w.mu.Lock()
	if len(w.queue) == 0 && w.free() {
		w.running++
		w.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	w.queue = append(w.queue, turn)
	w.admit()
	w.mu.Unlock()
	goOn := bench.StandStill(ctx)
	defer func() { goOn(time.Now()) }()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		w.giveUp(turn)
		return context.Cause(ctx)
	}
}

// giveUp takes one out of the queue, or gives back its turn.
func (w *Window) giveUp(turn chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if i := slices.Index(w.queue, turn); i >= 0 {
		w.queue = slices.Delete(w.queue, i, i+1)
	} else {
		w.running--
	}
	w.admit()
}

// free reports whether a request may be sent.
func (w *Window) free() bool {
	return !time.Now().Before(w.until) && (w.most == 0 || w.running < int(w.most))
}

// admit lets those go whose turn it is. If the time is all that they wait for, it is
// called again then.
func (w *Window) admit() {
	for len(w.queue) > 0 && w.free() {
		close(w.queue[0])
		w.queue = w.queue[1:]
		w.running++
	}
	if held := time.Until(w.until); held > 0 && len(w.queue) > 0 {
		if w.timer != nil {
			w.timer.Stop()
		}
		w.timer = time.AfterFunc(held, func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.admit()
		})
	}
}

// leave notes what became of a request that was sent at a time.
func (w *Window) leave(sent time.Time, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var status *StatusError
	turned := errors.As(err, &status) && status.Throttled
	if turned && w.most == 0 {
		w.most = float64(w.running)
		w.first = w.most
	}
	if w.most > 0 && sent.After(w.cut) && (turned || err == nil) {
		w.full = w.full || turned || w.running >= int(w.most)
		w.done++
		if turned {
			w.turned++
			w.lower(status.RetryAfter)
		}
		w.judge()
	}
	w.running--
	w.admit()
}

// lower lowers the bound to what is under way beside a request that was turned away. At
// half of what it was in the beginning of the round, that is over.
func (w *Window) lower(after time.Duration) {
	w.most = max(1, min(w.most, float64(w.running))-1)
	if w.most > w.first/2 && w.most > 1 {
		return
	}
	w.most = max(1, w.first/2)
	w.begin(0)
	if until := w.cut.Add(min(after, mostHeld)); until.After(w.until) {
		w.until = until
	}
}

// judge ends the round if as many requests have come back as it has.
func (w *Window) judge() {
	switch {
	case float64(w.done) < w.first:
	case float64(w.turned) > tolerated*float64(w.done):
		w.begin(0)
	default:
		calm := w.calm + 1
		w.most += float64(w.turned)
		if w.full { // otherwise nobody knows whether more are possible
			w.most += max(1, calm-patientRounds)
		}
		w.begin(calm)
	}
}

// begin begins a round, after so many that were calm. What was sent before one that was
// not says nothing of the bound that it has led to.
func (w *Window) begin(calm float64) {
	if w.calm = calm; calm == 0 {
		w.cut = time.Now()
	}
	w.first, w.done, w.turned, w.full = w.most, 0, 0, false
}
