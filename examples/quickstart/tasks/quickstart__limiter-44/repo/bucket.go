// Package limiter slows callers down to a rate.
package limiter

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"example.com/limiter/clock"
)

// Bucket hands out tokens. It starts full, holds at most burst tokens and gains
// rate tokens per second. It is safe for concurrent use.
type Bucket struct {
	mu     sync.Mutex
	clock  clock.Clock
	rate   float64
	burst  int
	tokens float64
	last   time.Time // when tokens was right
}

// New returns a full bucket. It panics unless rate and burst are positive.
func New(rate float64, burst int, c clock.Clock) *Bucket {
	if rate <= 0 || burst <= 0 {
		panic(fmt.Sprintf("limiter: rate %g and burst %d must be positive", rate, burst))
	}
	return &Bucket{clock: c, rate: rate, burst: burst, tokens: float64(burst), last: c.Now()}
}

// Burst is what the bucket holds when it is full.
func (b *Bucket) Burst() int { return b.burst }

// Tokens is what the bucket holds now.
func (b *Bucket) Tokens() float64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refill()
	return b.tokens
}

// Allow takes n tokens if they are there.
func (b *Bucket) Allow(n int) bool {
	_, ok := b.take(n)
	return ok
}

// Wait takes n tokens, and waits until they are there or ctx is done.
func (b *Bucket) Wait(ctx context.Context, n int) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		delay, ok := b.take(n)
		if ok {
			return nil
		}
		if err := b.clock.Sleep(ctx, delay); err != nil {
			return err
		}
	}
}

// take takes n tokens, or says how long it will be until they are there.
func (b *Bucket) take(n int) (time.Duration, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refill()
	missing := float64(n) - b.tokens
	if missing <= 0 {
		b.tokens -= float64(n)
		return 0, true
	}
	return time.Duration(math.Ceil(missing / b.rate * float64(time.Second))), false
}

// refill adds what has been gained since the last look.
func (b *Bucket) refill() {
	now := b.clock.Now()
	if gained := now.Sub(b.last).Seconds() * b.rate; gained > 0 {
		b.tokens = min(float64(b.burst), b.tokens+gained)
		b.last = now
	}
}
