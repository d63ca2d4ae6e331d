package llm

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"bench"
)

// RateLimit is what one model may be asked. Zero fields are unlimited.
type RateLimit struct {
	RequestsPerMinute int64
	TokensPerMinute   int64 // input (cached included) plus output
	Concurrency       int   // requests under way
	// Window adapts to what the endpoint takes at once. Models that are the same there
	// share it; nil is one of the model's own.
	Window *Window
}

// Limiter holds back requests to one model. All users of the model share it.
//
// Requests may come in bursts of one second's worth, tokens of ten seconds'
// worth. Tokens are reserved before a request by an estimate (its size plus the
// output that was usual so far); what the estimate missed is made good by the
// requests that follow.
type Limiter struct {
	slots    chan struct{} // nil: unlimited
	requests *rate.Limiter // nil: unlimited
	tokens   *rate.Limiter // nil: unlimited
	window   *Window

	mu     sync.Mutex
	owed   int64   // used beyond what was reserved; negative: reserved beyond use
	output float64 // running mean of output tokens per request
}

// NewLimiter returns a limiter for one model.
func NewLimiter(l RateLimit) *Limiter {
	lim := &Limiter{
		requests: perMinute(l.RequestsPerMinute, time.Second),
		tokens:   perMinute(l.TokensPerMinute, 10*time.Second),
		window:   cmp.Or(l.Window, &Window{}),
		output:   500, // until there is a mean
	}
	if l.Concurrency > 0 {
		lim.slots = make(chan struct{}, l.Concurrency)
	}
	return lim
}

func perMinute(n int64, burst time.Duration) *rate.Limiter {
	if n <= 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(float64(n)/60),
		max(1, int(n*int64(burst)/int64(time.Minute))))
}

// Limit keeps requests within l, and within what the endpoint takes at once. The time it
// holds a request back is added to Response.Waited.
func Limit(next Client, l *Limiter) Client { return &limit{next: Within(next, l.window), l: l} }

type limit struct {
	next Client
	l    *Limiter
}

var _ Client = (*limit)(nil)

func (c *limit) Complete(ctx context.Context, req Request) (Response, error) {
	begin := time.Now()
	if err := c.l.enter(ctx); err != nil {
		return Response{Waited: time.Since(begin)}, fmt.Errorf("wait for a free slot: %w", err)
	}
	defer c.l.leave()
	reserved, err := c.l.admit(ctx, req)
	waited := time.Since(begin)
	if err != nil {
		return Response{Waited: waited}, fmt.Errorf("wait for the rate limit: %w", err)
	}
	resp, err := c.next.Complete(ctx, req)
	resp.Waited += waited
	c.l.settle(reserved, resp.Usage, resp.UnknownUsage > 0)
	return resp, err
}

func (l *Limiter) enter(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if l.slots == nil {
		return nil
	}
	select {
	case l.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (l *Limiter) leave() {
	if l.slots != nil {
		<-l.slots
	}
}

// admit waits until the request is within the limits and returns the tokens
// it reserved.
func (l *Limiter) admit(ctx context.Context, req Request) (int64, error) {
	if err := take(ctx, l.requests, 1); err != nil {
		return 0, err
	}
	if l.tokens == nil {
		return 0, nil
	}
	l.mu.Lock()
	estimate := EstimateInput(req) + int64(l.output)
	draw := max(0, estimate+l.owed)
	l.owed += estimate - draw
	l.mu.Unlock()
	return estimate, take(ctx, l.tokens, draw)
}

// take waits for n permits. More than a burst is taken in several parts,
// because a rate.Limiter refuses it outright; and by reservation, because its
// Wait refuses at once what a deadline would cut off.
func take(ctx context.Context, lim *rate.Limiter, n int64) error {
	for lim != nil && n > 0 {
		part := min(n, int64(lim.Burst()))
		r := lim.ReserveN(time.Now(), int(part))
		if cause := sleep(ctx, r.Delay()); cause != nil {
			r.Cancel()
			return cause
		}
		n -= part
	}
	return nil
}

// settle replaces an estimate by what was used. A request whose usage is not
// known keeps its estimate; one that was turned away used nothing.
func (l *Limiter) settle(reserved int64, used bench.Usage, unknown bool) {
	if l.tokens == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if used.Output > 0 {
		l.output += (float64(used.Output) - l.output) / 16
	}
	if unknown && used.Tokens() == 0 {
		return
	}
	// What was held back for nothing is due to others, but no more than a minute
	// of it: after a pause it would come on top of a full bucket.
	l.owed = max(l.owed+used.Tokens()-reserved, -int64(60*l.tokens.Limit()))
}
