package llm

import (
	"context"
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
	Attempts int           // in all, the first one included; default 10
	Total    time.Duration // no attempt starts later than this after the first; default 30 min
	Base     time.Duration // ceiling of the first back-off; doubles each time; default 1 s
	Cap      time.Duration // highest ceiling; default 60 s
}

func (o RetryOptions) withDefaults() RetryOptions {
	if o.Attempts <= 0 {
		o.Attempts = 10
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
// doubles ("full jitter"). It gives up when attempts or time run out, and at
// once where the server asks for more time than is left.
//
// The Response counts what all attempts took: Retries, UnknownUsage, reported
// usage, and in Waited the time from the call to the start of the last attempt.
func Retry(next Client, o RetryOptions) Client {
	return &retry{next: next, o: o.withDefaults()}
}

type retry struct {
	next Client
	o    RetryOptions
}

var _ Client = (*retry)(nil)

func (r *retry) Complete(ctx context.Context, req Request) (Response, error) {
	begin := time.Now()
	var failed Response // sums over failed attempts
	for n := 1; ; n++ {
		resp, err := r.next.Complete(ctx, req)
		resp = total(failed, resp, begin)
		resp.Retries = n - 1
		if err == nil {
			return resp, nil
		}
		wait, ok := r.wait(err, n, time.Since(begin))
		if !ok {
			return resp, tried(err, n)
		}
		if cause := sleep(ctx, wait); cause != nil {
			resp.Waited = time.Since(begin)
			return resp, fmt.Errorf("wait to try again: %w (after %w)", cause, tried(err, n))
		}
		failed = resp
	}
}

// total adds what earlier attempts took to the latest one.
func total(failed, resp Response, begin time.Time) Response {
	resp.Attempts = slices.Concat(failed.billed(), resp.billed())
	resp.Usage = resp.Usage.Add(failed.Usage)
	resp.UnknownUsage += failed.UnknownUsage
	resp.ReportedCost = addCost(resp.ReportedCost, failed.ReportedCost)
	if resp.Start.IsZero() {
		resp.Waited = time.Since(begin)
	} else {
		resp.Waited = resp.Start.Sub(begin)
	}
	return resp
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

// wait says how long to wait after the nth attempt, and whether to try again.
func (r *retry) wait(err error, n int, elapsed time.Duration) (time.Duration, bool) {
	var status *StatusError
	if !errors.As(err, &status) || !status.Retryable || n >= r.o.Attempts {
		return 0, false
	}
	ceiling := r.o.Cap
	if shift := n - 1; shift < 20 {
		ceiling = min(r.o.Cap, r.o.Base<<shift)
	}
	wait := time.Duration(rand.Int64N(int64(ceiling) + 1))
	if status.RetryAfter > 0 {
		// All who were turned away at once should not come back at once.
		wait = status.RetryAfter + time.Duration(rand.Int64N(int64(r.o.Base)+1))
	}
	return wait, elapsed+wait <= r.o.Total
}

func tried(err error, n int) error {
	if n == 1 {
		return err
	}
	return fmt.Errorf("%d attempts: %w", n, err)
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
