package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"bench"
)

// RetryOptions bounds how a failed attempt is repeated. Zero fields take the
// defaults.
type RetryOptions struct {
	// Attempts is how often a call is tried, the first time included, while the
	// model answers others, or where attempts may be billed; default 10.
	Attempts int
	// Patience is how long calls wait for a model that answers nobody; default
	// 15 min.
	Patience time.Duration
	// Total is how long after the first the last attempt may start, without what
	// attempts waited for slots and rates; default 30 min.
	Total time.Duration
	Base  time.Duration // ceiling of the first back-off; doubles each time; default 1 s
	Cap   time.Duration // highest ceiling; default 60 s
	// Hopeless, if set, is called once, with the first error that is ErrHopeless,
	// before the call returns. No request is sent after it.
	Hopeless func(error)
	// Changed, if set, is called with the latest error where the model has answered nobody
	// for some seconds, so that calls wait for it, and with nil when it answers again: in
	// this order, and one call at a time. It must not call the client.
	Changed func(gone error)
	// Served, if set, says whether the model has served requests of the run before, to
	// another process.
	Served func() bool
}

func (o RetryOptions) withDefaults() RetryOptions {
	if o.Attempts <= 0 {
		o.Attempts = 10
	}
	if o.Patience <= 0 {
		o.Patience = 15 * time.Minute
	}
	if o.Total <= 0 {
		o.Total = 30 * time.Minute
	}
	if o.Base <= 0 {
		o.Base = time.Second
	}
	if o.Cap <= 0 {
		o.Cap = time.Minute
	}
	return o
}

// Retry repeats attempts that fail with a retryable StatusError. It waits as
// long as the server asks for, or else for a random time below a ceiling that
// doubles ("full jitter").
//
// Where the model answers others, a call gives up when attempts or time run
// out. In an outage, when it answers nobody, all calls wait until Patience is
// over. Then the model is gone, unless the one that waited was alone: calls fail
// with ErrHopeless, as does one that is asked to wait for longer than Patience.
// So does one that is refused for good, as the third in a row of a model that has
// served nobody yet. After an ErrHopeless every call fails with it at once.
//
// An answer of which nothing can be made (FinishSpoiled) is asked for twice again
// before it is given out.
//
// The Response counts what all attempts took: Retries, UnknownUsage and an
// estimate of what these used, reported usage, and in Waited the time from the
// call to the start of the last attempt.
func Retry(next Client, o RetryOptions) Client {
	return &retry{next: next, o: o.withDefaults(), outage: outage{changed: o.Changed}}
}

type retry struct {
	next   Client
	o      RetryOptions
	outage outage
	first  unserved
	over   gate
}

var _ Client = (*retry)(nil)

// tries is what the attempts of one call came to so far.
type tries struct {
	begin   time.Time
	queued  time.Duration   // for slots and rates
	first   time.Time       // the first failure
	n       int             // attempts
	billed  int             // of them, those that may be billed
	spoiled int             // of them, those that were answered with something of no use
	err     error           // of the last one
	left    func()          // counts the call out of those that wait; nil if it did not fail
	outage  bool            // the model answers nobody
	turned  bool            // the last one was turned away because there were too many
	goOn    func(time.Time) // ends the standstill of the caller's walls; nil if there is none
}

func (r *retry) Complete(ctx context.Context, req Request) (Response, error) {
	if err := r.over.err(); err != nil {
		return Response{}, err
	}
	r.first.begin()
	resp, err := r.complete(ctx, req)
	return resp, r.over.shut(r.first.end(req, err, r.o.Served), r.o.Hopeless)
}

func (r *retry) complete(ctx context.Context, req Request) (Response, error) {
	t := tries{begin: time.Now()}
	defer r.left(&t)
	defer func() { t.walk(time.Now()) }()
	var failed Response // sums over failed attempts
	for {
		whole := func(attempt Response) Response { return t.total(failed, attempt) }
		resp, err := r.next.Complete(ctx, req.announcing(whole))
		t.queued += resp.Waited
		resp.assume(req)
		resp = whole(resp)
		if err == nil {
			t.walk(resp.Start)
			r.outage.answered()
			if !t.again(resp, r.o.Total) {
				return resp, nil
			}
			failed = resp
			continue
		}
		wait, err := r.wait(&t, err)
		if err != nil {
			return resp, t.count(err)
		}
		if err := req.announce(ctx, resp); err != nil {
			return resp, err
		}
		t.stand(ctx)
		if cause := sleep(ctx, wait); cause != nil {
			resp.Waited = time.Since(t.begin)
			return resp, fmt.Errorf("wait to try again: %w (after %w)", cause, t.count(t.err))
		}
		failed = resp
	}
}

// stand makes the walls of the caller's context stand still in an outage, and while it
// waits for a model that turns calls away: from the first time that is waited, with the
// attempts that fail, until an attempt is sent that is answered.
func (t *tries) stand(ctx context.Context) {
	switch {
	case !t.outage && !t.turned:
		t.walk(time.Now())
	case t.goOn == nil:
		t.goOn = bench.StandStill(ctx)
	}
}

// walk ends the standstill, if there is one.
func (t *tries) walk(at time.Time) {
	if t.goOn != nil {
		t.goOn(at)
		t.goOn = nil
	}
}

// tried is for how long the call was tried, not counting that it had to queue.
func (t *tries) tried() time.Duration { return time.Since(t.begin) - t.queued }

// maxSpoiled is how often an answer that is of no use is asked for again.
const maxSpoiled = 2

// again reports whether an answer is of no use, and asked for again at once. If
// the model gives such an answer every time, it is told, by the agent.
func (t *tries) again(resp Response, total time.Duration) bool {
	if resp.Finish != FinishSpoiled || t.spoiled == maxSpoiled || t.tried() > total {
		return false
	}
	t.n, t.spoiled = t.n+1, t.spoiled+1
	return true
}

// wait says how long to wait before the next attempt. The error is that of a
// call that is not tried again.
func (r *retry) wait(t *tries, err error) (time.Duration, error) {
	t.n, t.err, t.outage, t.turned = t.n+1, err, false, false
	var status *StatusError
	if !errors.As(err, &status) {
		return 0, err
	}
	t.turned = status.Throttled
	if !status.Retryable || status.Tries > 0 { // whatever it said, the model is there
		r.outage.answered()
		if !status.Retryable || t.n >= status.Tries {
			return 0, err
		}
		return r.pause(t.n, status), nil
	}
	out := r.outage.failed(err)
	if t.first.IsZero() {
		t.first, t.left = time.Now(), r.outage.wait()
	}
	if status.Billed {
		t.billed++
	}
	wait := r.pause(t.n, status)
	t.outage = r.outage.whole(t.first)
	switch {
	case status.RetryAfter > r.o.Patience:
		return 0, fmt.Errorf("%w: asked to wait for %s: %w", ErrHopeless, status.RetryAfter, err)
	case t.billed >= r.o.Attempts, !t.outage && t.n >= r.o.Attempts:
		return 0, err
	case t.outage:
		return wait, r.outlasted(out+wait, err)
	case t.tried()+wait > r.o.Total:
		return 0, err
	}
	return wait, nil
}

// outlasted is the error of a call that will have waited for a model in an
// outage for longer than is patient; nil if it has not.
func (r *retry) outlasted(out time.Duration, err error) error {
	over, gone := r.outage.over(out, r.o.Patience)
	switch {
	case gone:
		return fmt.Errorf("%w: no answer for %s: %w", ErrHopeless, out.Round(time.Second), err)
	case over:
		return err
	}
	return nil
}

func (r *retry) left(t *tries) {
	if t.left != nil {
		t.left()
	}
}

// pause is the time before the next attempt, after the nth.
func (r *retry) pause(n int, status *StatusError) time.Duration {
	if status.RetryAfter > 0 {
		// All who were turned away at once should not come back at once.
		return status.RetryAfter + time.Duration(rand.Int64N(int64(r.o.Base)+1))
	}
	ceiling := r.o.Cap
	if shift := n - 1; shift < 20 {
		ceiling = min(r.o.Cap, r.o.Base<<shift)
	}
	return time.Duration(rand.Int64N(int64(ceiling) + 1))
}

// count says how many attempts an error took.
func (t *tries) count(err error) error {
	if t.n <= 1 {
		return err
	}
	return fmt.Errorf("%d attempts: %w", t.n, err)
}

// total adds what earlier attempts took to the latest one.
func (t *tries) total(failed, resp Response) Response {
	resp.Retries = t.n
	resp.Attempts = slices.Concat(failed.billed(), resp.billed())
	resp.Usage = resp.Usage.Add(failed.Usage)
	resp.Lost = slices.Concat(failed.Lost, failed.said(), resp.Lost)
	resp.UnknownUsage += failed.UnknownUsage
	resp.Unreported = slices.Concat(failed.Unreported, resp.Unreported)
	resp.CacheUnclear = resp.CacheUnclear || failed.CacheUnclear
	resp.ReportedCost = addCost(resp.ReportedCost, failed.ReportedCost)
	if resp.Start.IsZero() {
		resp.Waited = time.Since(t.begin)
	} else {
		resp.Waited = resp.Start.Sub(t.begin)
	}
	return resp
}

// said is what an attempt had said that is tried again.
func (r Response) said() []json.RawMessage {
	switch {
	case len(r.Original) > 0:
		return []json.RawMessage{r.Original}
	case r.Message != nil:
		return []json.RawMessage{r.Message.JSON}
	}
	return nil
}

func addCost(a, b *bench.USD) *bench.USD {
	if a == nil || b == nil {
		if a == nil {
			return b
		}
		return a
	}
	sum := *a + *b
	return &sum
}

// sleep waits for d or until ctx ends, and then returns its cause.
func sleep(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
