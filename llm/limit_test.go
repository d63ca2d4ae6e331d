package llm_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bench"
	"bench/llm"
	"bench/llm/llmtest"
)

func TestLimitConcurrency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		running, peak := 0, 0
		fake := &llmtest.Fake{Do: func(context.Context, llm.Request) (llm.Response, error) {
			mu.Lock()
			running++
			peak = max(peak, running)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			running--
			mu.Unlock()
			return llmtest.Answer("x"), nil
		}}
		c := llm.Limit(fake, llm.NewLimiter(llm.RateLimit{Concurrency: 3}))
		var waited time.Duration
		var wg sync.WaitGroup
		for range 9 {
			wg.Go(func() {
				resp, err := c.Complete(t.Context(), llm.Request{})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				waited += resp.Waited
				mu.Unlock()
			})
		}
		wg.Wait()
		if peak != 3 {
			t.Errorf("%d requests under way, want 3", peak)
		}
		if waited != 9*time.Second { // three wait 0 s, three 1 s, three 2 s
			t.Errorf("waited %v in all", waited)
		}
	})
}

// calls makes n requests at once through one limiter and returns how long the
// last one took to come through.
func calls(t *testing.T, l llm.RateLimit, n int, req llm.Request, used bench.Usage) time.Duration {
	t.Helper()
	begin := time.Now()
	c := llm.Limit(&llmtest.Fake{Do: func(context.Context, llm.Request) (llm.Response, error) {
		r := llmtest.Answer("x")
		r.Usage = used
		return r, nil
	}}, llm.NewLimiter(l))
	for range n {
		if _, err := c.Complete(t.Context(), req); err != nil {
			t.Fatal(err)
		}
	}
	return time.Since(begin)
}

func TestLimitRequests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		// 10 per second come at once, then 10 each second.
		took := calls(t, llm.RateLimit{RequestsPerMinute: 600}, 50, llm.Request{}, bench.Usage{})
		if took < 3900*time.Millisecond || took > 4100*time.Millisecond {
			t.Errorf("50 requests at 600 per minute took %v, want 4 s", took)
		}
	})
}

// Over a long time it is the use that counts, whatever the estimates are.
func TestLimitTokens(t *testing.T) {
	t.Parallel()
	big := llm.Request{Messages: []*llm.Message{llm.User(string(make([]byte, 40_000)))}}
	for _, c := range []struct {
		name  string
		req   llm.Request
		used  bench.Usage
		least time.Duration
		most  time.Duration
	}{
		// 100 requests of 1,000 tokens at 60,000 per minute: 100 s, less a burst of 10 s.
		{"estimates too low", llm.Request{}, bench.Usage{Input: 900, Output: 100},
			85 * time.Second, 95 * time.Second},
		{"estimates too high", big, bench.Usage{Input: 900, Output: 100},
			85 * time.Second, 200 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				took := calls(t, llm.RateLimit{TokensPerMinute: 60_000}, 100, c.req, c.used)
				if took < c.least || took > c.most {
					t.Errorf("took %v, want %v to %v", took, c.least, c.most)
				}
			})
		})
	}
}

// A request larger than the burst waits, it does not fail; and a deadline in
// the middle ends the wait when it comes, not before.
func TestLimitBeyondTheBurst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		huge := llm.Request{Messages: []*llm.Message{llm.User(string(make([]byte, 100_000)))}}
		l := llm.RateLimit{TokensPerMinute: 60_000} // burst 10,000; the request has far more
		if took := calls(t, l, 1, huge, bench.Usage{Input: 150_000}); took < 100*time.Second {
			t.Errorf("came through after %v", took)
		}
		limit := &bench.LimitError{Scope: bench.ScopeTrial, Resource: bench.ResourceWall}
		ctx, cancel := context.WithTimeoutCause(t.Context(), 5*time.Second, limit)
		defer cancel()
		fake := &llmtest.Fake{}
		resp, err := llm.Limit(fake, llm.NewLimiter(l)).Complete(ctx, huge)
		if !errors.Is(err, limit) || resp.Waited != 5*time.Second || !resp.Start.IsZero() {
			t.Errorf("%+v, %v", resp, err)
		}
		if len(fake.Requests()) != 0 {
			t.Error("the request was made all the same")
		}
	})
}

func TestLimitRefusesADeadContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	fake := &llmtest.Fake{}
	_, err := llm.Limit(fake, llm.NewLimiter(llm.RateLimit{})).Complete(ctx, llm.Request{})
	if !errors.Is(err, context.Canceled) || len(fake.Requests()) != 0 {
		t.Errorf("%v, %d requests", err, len(fake.Requests()))
	}
}
