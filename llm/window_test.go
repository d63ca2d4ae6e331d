package llm_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bench"
	"bench/llm"
	"bench/llm/llmtest"
)

// crowded is an endpoint that takes so many requests at once, or in a minute, or turns
// some away for no reason, and counts.
type crowded struct {
	habits
	mu      sync.Mutex
	begin   time.Time
	rng     *rand.Rand
	running int
	minute  []time.Time // requests taken in the last minute
	peak    int
	turned  int
	served  int
}

// habits are what an endpoint does.
type habits struct {
	takes     func(at time.Duration) int // at once, at a time after the first request
	perMinute int                        // 0: any number
	random    float64                    // share that is turned away
	after     time.Duration              // Retry-After
}

// service is how long an answer takes, refusal how long it takes to turn one away.
const (
	service = 10 * time.Second
	refusal = 50 * time.Millisecond
)

func (c *crowded) Complete(ctx context.Context, _ llm.Request) (llm.Response, error) {
	start := time.Now()
	if !c.take(start) {
		time.Sleep(refusal)
		return llm.Response{Start: start, End: time.Now()}, &llm.StatusError{
			Status: 429, Retryable: true, Throttled: true, RetryAfter: c.after,
			Err: errors.New("too many requests"),
		}
	}
	time.Sleep(service)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running--
	c.served++
	r := llmtest.Answer("x")
	r.Start, r.End = start, time.Now()
	return r, ctx.Err()
}

// take takes a request, or turns it away.
func (c *crowded) take(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.begin.IsZero() {
		c.begin, c.rng = now, rand.New(rand.NewPCG(1, 2))
	}
	for len(c.minute) > 0 && now.Sub(c.minute[0]) >= time.Minute {
		c.minute = c.minute[1:]
	}
	if c.running >= c.takes(now.Sub(c.begin)) || c.perMinute > 0 && len(c.minute) >= c.perMinute ||
		c.rng.Float64() < c.random {
		c.turned++
		return false
	}
	if c.perMinute > 0 {
		c.minute = append(c.minute, now)
	}
	c.running++
	c.peak = max(c.peak, c.running)
	return true
}

// storm has workers make calls one after the other, all through one client, and returns
// how long that took and how many calls failed.
func storm(t *testing.T, c llm.Client, workers, calls int) (took time.Duration, failed int) {
	t.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	begin := time.Now()
	for range workers {
		wg.Go(func() {
			for range calls {
				_, err := c.Complete(t.Context(), llm.Request{})
				mu.Lock()
				if err != nil {
					failed++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return time.Since(begin), failed
}

func always(n int) func(time.Duration) int { return func(time.Duration) int { return n } }

// A storm of requests at endpoints that take fewer: no call fails, next to none is turned
// away once it is known how many are taken, and the endpoint is kept busy. Without
// the window requests are turned away over and over, and calls fail for that.
func TestWindowInAStorm(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		endpoint habits
		ideal    time.Duration // 640 calls of 64 workers
		slower   float64       // than ideal, at most
		turned   int           // at most
		worse    bool          // calls fail without the window
	}{
		{"8 at once", habits{takes: always(8)}, 800 * time.Second, 1.05, 120, true},
		{"8 at once, told to wait", habits{takes: always(8), after: 5 * time.Second}, 800 * time.Second, 1.05, 120, true},
		{"32 at once", habits{takes: always(32)}, 200 * time.Second, 1.1, 70, false},
		{"60 a minute", habits{takes: always(1000), perMinute: 60, after: 10 * time.Second},
			640 * time.Second, 1.3, 230, true},
		{"4 at first, then 64", habits{takes: func(at time.Duration) int {
			if at < 5*time.Minute {
				return 4
			}
			return 64
		}}, 380 * time.Second, 1.4, 120, true},
		{"2.5 % at random", habits{takes: always(1000), random: 0.025}, 100 * time.Second, 1.2, 20, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				with, without := &crowded{habits: c.endpoint}, &crowded{habits: c.endpoint}
				took, failed := storm(t, llm.Shared(with, llm.RateLimit{}, llm.RetryOptions{}), 64, 10)
				plain, lost := storm(t, llm.Retry(without, llm.RetryOptions{}), 64, 10)
				t.Logf("%s: %d turned away, %d failed, %s of %s at best; without: %d, %d, %s", c.name,
					with.turned, failed, took.Round(time.Second), c.ideal, without.turned, lost,
					plain.Round(time.Second))
				if failed > 0 || with.served != 640 {
					t.Errorf("%d calls failed, %d were served", failed, with.served)
				}
				if most := time.Duration(c.slower * float64(c.ideal)); took > most {
					t.Errorf("took %s, more than %s", took, most)
				}
				if with.turned > c.turned {
					t.Errorf("%d requests were turned away, more than %d", with.turned, c.turned)
				}
				if c.worse && lost == 0 || without.turned < with.turned {
					t.Errorf("without the window %d are turned away, and %d calls fail", without.turned, lost)
				}
			})
		})
	}
}

// However much an endpoint takes, no more are sent than the config allows.
func TestWindowStaysBelowTheConfig(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		endpoint := &crowded{habits: habits{takes: func(at time.Duration) int {
			if at < time.Minute {
				return 2
			}
			return 100
		}}}
		limit := llm.RateLimit{Concurrency: 12}
		if _, failed := storm(t, llm.Shared(endpoint, limit, llm.RetryOptions{}), 40, 10); failed > 0 {
			t.Errorf("%d calls failed", failed)
		}
		if endpoint.peak != 12 {
			t.Errorf("%d at once, want 12 in the end, and never more", endpoint.peak)
		}
	})
}

// Requests are sent in the order in which they came, those of all models that are one at
// the endpoint, and one that is given up is not waited for.
func TestWindowIsFair(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var w llm.Window
		var mu sync.Mutex
		sent := map[string]time.Duration{}
		begin := time.Now()
		turnAway := true
		provider := &llmtest.Fake{Do: func(_ context.Context, req llm.Request) (llm.Response, error) {
			mu.Lock()
			if req.Model != "" {
				sent[req.Model] = time.Since(begin)
			}
			away := turnAway
			mu.Unlock()
			time.Sleep(time.Second)
			if away {
				return llm.Response{}, &llm.StatusError{Status: 429, Throttled: true, Err: errors.New("no")}
			}
			return llmtest.Answer("x"), nil
		}}
		clients := []llm.Client{llm.Within(provider, &w), llm.Within(provider, &w)}
		clients[0].Complete(t.Context(), llm.Request{}) // one at once from now on
		turnAway = false
		var wg sync.WaitGroup
		for i := range 6 {
			wg.Go(func() {
				ctx := t.Context()
				if i == 3 {
					c, cancel := context.WithTimeout(ctx, 1500*time.Millisecond)
					defer cancel()
					ctx = c
				}
				resp, err := clients[i%2].Complete(ctx, llm.Request{Model: fmt.Sprint(i)})
				if (err != nil) != (i == 3) {
					t.Errorf("%d: %v", i, err)
				}
				if i == 3 && resp.Waited != 1500*time.Millisecond {
					t.Errorf("given up after %s", resp.Waited)
				}
			})
			synctest.Wait()
		}
		wg.Wait()
		for i, earlier := range []string{"0", "1", "2", "4"} {
			if later := []string{"1", "2", "4", "5"}[i]; sent[later] < sent[earlier] {
				t.Errorf("%s is sent before %s: %v", later, earlier, sent)
			}
		}
		if len(sent) != 5 {
			t.Errorf("sent: %v", sent)
		}
	})
}

// A trial's time stands still while its calls wait for a model that turns calls away,
// although the model answers others; it is recorded as an outage.
func TestWallsStandStillWhileCallsAreTurnedAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		endpoint := &crowded{habits: habits{takes: always(1)}}
		shared := llm.Shared(endpoint, llm.RateLimit{}, llm.RetryOptions{})
		var wg sync.WaitGroup
		var mu sync.Mutex
		var out, waited time.Duration
		for range 8 {
			wg.Go(func() {
				ctx, wall, stop := bench.WithWall(t.Context(), bench.WallOptions{
					Limit: 32 * time.Second, Stands: func(o bench.Outage) {
						if !o.To.IsZero() {
							mu.Lock()
							out += o.To.Sub(o.From)
							mu.Unlock()
						}
					},
				})
				defer stop()
				for range 3 {
					resp, err := shared.Complete(ctx, llm.Request{})
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					waited += resp.Waited
					mu.Unlock()
				}
				if used := wall.Used(); used < 30*time.Second || used > 31*time.Second {
					t.Errorf("%s of the wall are used, of which 30 s are the calls'", used)
				}
			})
		}
		wg.Wait()
		if out < waited-8*24*refusal || waited < time.Minute {
			t.Errorf("%s in outages, %s waited", out, waited)
		}
	})
}
