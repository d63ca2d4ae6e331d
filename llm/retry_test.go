package llm_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bench"
	"bench/llm"
	"bench/llm/llmtest"
)

// flaky fails with the given errors, one second each, and then answers.
func flaky(failures ...*llm.StatusError) *llmtest.Fake {
	f := &llmtest.Fake{}
	f.Do = func(ctx context.Context, _ llm.Request) (llm.Response, error) {
		r := llm.Response{Start: time.Now()}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			r.UnknownUsage = 1
			return r, context.Cause(ctx)
		}
		r.First, r.End = time.Now(), time.Now()
		if n := len(f.Requests()); n <= len(failures) {
			if failures[n-1].Billed {
				r.UnknownUsage = 1
			}
			return r, failures[n-1]
		}
		r.Message, r.FinishReason = llm.Assistant("done", nil), "stop"
		r.Usage = bench.Usage{Input: 10, Output: 1}
		return r, nil
	}
	return f
}

func retryable(status int, after time.Duration) *llm.StatusError {
	return &llm.StatusError{
		Status: status, RetryAfter: after, Retryable: true, Billed: status == 0,
		Err: errors.New("try again"),
	}
}

func TestRetry(t *testing.T) {
	t.Parallel()
	refused := &llm.StatusError{Status: 401, Err: llm.ErrRefused}
	for _, c := range []struct {
		name     string
		failures []*llm.StatusError
		options  llm.RetryOptions
		retries  int
		unknown  int
		least    time.Duration // of Waited
		most     time.Duration
		fails    bool
	}{
		{name: "no failure"},
		{name: "back-off stays below its ceilings", retries: 3, unknown: 1,
			failures: []*llm.StatusError{retryable(500, 0), retryable(0, 0), retryable(429, 0)},
			least:    3 * time.Second, most: 3*time.Second + 7*time.Second},
		{name: "the server's wish is heard", retries: 1,
			failures: []*llm.StatusError{retryable(429, 20*time.Second)},
			least:    21 * time.Second, most: 22 * time.Second},
		{name: "the cap holds", retries: 4,
			options: llm.RetryOptions{Base: time.Second, Cap: time.Second},
			failures: []*llm.StatusError{
				retryable(500, 0), retryable(500, 0), retryable(500, 0), retryable(500, 0)},
			least: 4 * time.Second, most: 8 * time.Second},
		{name: "attempts that may be billed run out", retries: 1,
			options: llm.RetryOptions{Attempts: 2}, fails: true, unknown: 2,
			failures: []*llm.StatusError{retryable(0, 0), retryable(0, 0)},
			least:    time.Second, most: 2 * time.Second},
		{name: "an outage is waited for", retries: 12, options: llm.RetryOptions{Cap: time.Second},
			failures: slices.Repeat([]*llm.StatusError{retryable(500, 0)}, 12),
			least:    12 * time.Second, most: 24 * time.Second},
		{name: "patience runs out", fails: true, retries: 1,
			options:  llm.RetryOptions{Patience: 3 * time.Second},
			failures: []*llm.StatusError{retryable(503, 2*time.Second), retryable(503, 2*time.Second)},
			least:    3 * time.Second, most: 4 * time.Second},
		{name: "an answer that is none is tried as often as it says", retries: 2, fails: true,
			failures: slices.Repeat([]*llm.StatusError{{Retryable: true, Tries: 3, Err: errors.New("x")}}, 3),
			least:    2 * time.Second, most: 5 * time.Second},
		{name: "the wait that is asked for is too long", fails: true,
			failures: []*llm.StatusError{retryable(429, 20*time.Minute)}},
		{name: "a refusal is final", failures: []*llm.StatusError{refused}, fails: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				resp, err := llm.Retry(flaky(c.failures...), c.options).Complete(t.Context(), llm.Request{})
				if (err != nil) != c.fails {
					t.Fatalf("error %v", err)
				}
				if resp.Retries != c.retries || resp.UnknownUsage != c.unknown {
					t.Errorf("retries %d, unknown usage %d", resp.Retries, resp.UnknownUsage)
				}
				if resp.Waited < c.least || resp.Waited > c.most {
					t.Errorf("waited %v, want %v to %v", resp.Waited, c.least, c.most)
				}
				if got := begin.Add(resp.Waited); !got.Equal(resp.Start) {
					t.Errorf("waited until %v, started at %v", got, resp.Start)
				}
				if took := resp.End.Sub(resp.Start); took != time.Second {
					t.Errorf("the last attempt took %v", took)
				}
			})
		})
	}
}

func TestRetryStopsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limit := &bench.LimitError{Scope: bench.ScopeTrial, Resource: bench.ResourceWall}
		ctx, cancel := context.WithTimeoutCause(t.Context(), 10*time.Second, limit)
		defer cancel()
		c := llm.Retry(flaky(retryable(429, time.Minute)), llm.RetryOptions{})
		resp, err := c.Complete(ctx, llm.Request{})
		var got *bench.LimitError
		var status *llm.StatusError
		if !errors.As(err, &got) || got != limit || !errors.As(err, &status) {
			t.Errorf("error %v", err)
		}
		if resp.Waited != 10*time.Second {
			t.Errorf("waited %v", resp.Waited)
		}
	})
}

// What failed attempts report is not lost.
func TestRetrySumsUsage(t *testing.T) {
	t.Parallel()
	n := 0
	spent := bench.USD(5)
	c := llm.Retry(&llmtest.Fake{Do: func(context.Context, llm.Request) (llm.Response, error) {
		n++
		r := llmtest.Answer("x")
		r.Usage, r.ReportedCost = bench.Usage{Input: 10, Output: 1}, &spent
		if n == 1 {
			return r, retryable(0, time.Nanosecond)
		}
		return r, nil
	}}, llm.RetryOptions{Base: time.Nanosecond})
	resp, err := c.Complete(t.Context(), llm.Request{})
	if err != nil || resp.Usage != (bench.Usage{Input: 20, Output: 2}) || *resp.ReportedCost != 10 {
		t.Errorf("%+v, %v", resp, err)
	}
	if spent != 5 {
		t.Error("the provider's amount was changed")
	}
}

// outOf answers by a function of how long the test has run.
func outOf(begin time.Time, down func(time.Duration) bool) *llmtest.Fake {
	return &llmtest.Fake{Do: func(context.Context, llm.Request) (llm.Response, error) {
		if down(time.Since(begin)) {
			return llm.Response{Start: time.Now()}, retryable(503, 0)
		}
		return llmtest.Answer("x"), nil
	}}
}

// Time in queues is none in which a call was tried: what had to wait for hours is tried
// again as any other.
func TestQueuesTakeNoTries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := 0
		var c llm.Client
		c = llm.Retry(&llmtest.Fake{Do: func(ctx context.Context, r llm.Request) (llm.Response, error) {
			if r.Model == "another" {
				return llmtest.Answer("x"), nil
			}
			time.Sleep(2 * time.Hour) // for a slot, while others are answered
			if n++; n == 3 {
				return llmtest.Answer("x"), nil
			}
			_, err := c.Complete(ctx, llm.Request{Model: "another"})
			return llm.Response{Start: time.Now(), Waited: 2 * time.Hour}, errors.Join(err, retryable(503, 0))
		}}, llm.RetryOptions{Total: time.Hour})
		if _, err := c.Complete(t.Context(), llm.Request{}); err != nil || n != 3 {
			t.Errorf("%d attempts, %v", n, err)
		}
	})
}

// A model that is gone for minutes costs no call; all wait and go on.
func TestOutageIsWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := llm.Retry(outOf(time.Now(), func(d time.Duration) bool { return d < 13*time.Minute }),
			llm.RetryOptions{})
		var calls sync.WaitGroup
		for range 8 {
			calls.Go(func() {
				resp, err := c.Complete(t.Context(), llm.Request{})
				if err != nil || resp.Waited < 13*time.Minute || resp.Waited > 15*time.Minute {
					t.Errorf("waited %v, %v", resp.Waited, err)
				}
			})
		}
		calls.Wait()
	})
}

// While a model answers nobody, the walls of the calls that wait stand still, from the
// first failure until the attempt that is answered is sent; not while it answers others,
// nor where a call waits for nothing but its turn.
func TestOutageStopsWalls(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		answered time.Duration // to somebody else
		used     time.Duration // most
		told     int
	}{
		{"nobody is answered", 0, 15 * time.Second, 2},
		{"others are answered", 11 * time.Second, time.Hour, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				up := func(d time.Duration) bool { return d > 5*time.Minute || test.answered > 0 && d == test.answered }
				c := llm.Retry(&llmtest.Fake{Do: func(context.Context, llm.Request) (llm.Response, error) {
					start := time.Now()
					since := time.Since(begin)
					time.Sleep(5 * time.Second)
					if up(since) {
						return llmtest.Answer("x"), nil
					}
					return llm.Response{Start: start}, retryable(503, 0)
				}}, llm.RetryOptions{Attempts: 60})
				var told []bench.Outage
				ctx, w, stop := bench.WithWall(t.Context(), bench.WallOptions{
					Scope: bench.ScopeTrial, Limit: 2 * time.Hour,
					Stands: func(o bench.Outage) { told = append(told, o) },
				})
				defer stop()
				if test.answered > 0 {
					time.AfterFunc(test.answered, func() { _, _ = c.Complete(t.Context(), llm.Request{}) })
				}
				if _, err := c.Complete(ctx, llm.Request{}); err != nil {
					t.Fatal(err)
				}
				total := time.Since(begin)
				if w.Used() > test.used || len(told) != test.told {
					t.Errorf("%v of %v are used, told %+v", w.Used(), total, told)
				}
				if out := told[1].To.Sub(told[1].From); out+w.Used() != total || !told[0].To.IsZero() {
					t.Errorf("%v of %v are used, and %v out", w.Used(), total, out)
				}
				if test.answered > 0 && told[1].To.Sub(begin) > 2*time.Minute {
					t.Errorf("the wall stands still though others are answered: %+v", told)
				}
			})
		})
	}
}

// A model that is gone for longer ends everything, with one word about it.
func TestOutageEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var told []error
		fake := outOf(time.Now(), func(time.Duration) bool { return true })
		c := llm.Retry(fake, llm.RetryOptions{Hopeless: func(err error) { told = append(told, err) }})
		_, err := c.Complete(t.Context(), llm.Request{})
		if err == nil || errors.Is(err, llm.ErrHopeless) {
			t.Errorf("the first call: %v", err)
		}
		before := len(fake.Requests())
		_, err = c.Complete(t.Context(), llm.Request{})
		if !errors.Is(err, llm.ErrHopeless) || len(fake.Requests()) != before+1 {
			t.Errorf("the second call: %v after %d requests", err, len(fake.Requests())-before)
		}
		_, err = c.Complete(t.Context(), llm.Request{})
		if !errors.Is(err, llm.ErrHopeless) || len(fake.Requests()) != before+1 || len(told) != 1 {
			t.Errorf("the third call: %v after %d requests, told %d times", err,
				len(fake.Requests())-before, len(told))
		}
	})
}

// An outage that lasts is told, once, and its end; one of moments is not.
func TestOutageIsTold(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lasts time.Duration
		want  []string
	}{
		"long":  {3 * time.Minute, []string{"HTTP 503: try again", "<nil>"}},
		"short": {5 * time.Second, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var told []string
				c := llm.Retry(outOf(time.Now(), func(d time.Duration) bool { return d < test.lasts }),
					llm.RetryOptions{Cap: 4 * time.Second, Changed: func(gone error) {
						told = append(told, fmt.Sprint(gone))
					}})
				var calls sync.WaitGroup
				for range 8 {
					calls.Go(func() {
						if _, err := c.Complete(t.Context(), llm.Request{}); err != nil {
							t.Error(err)
						}
					})
				}
				calls.Wait()
				if !slices.Equal(told, test.want) {
					t.Errorf("told %q, want %q", told, test.want)
				}
			})
		})
	}
}

// One request that the model cannot serve is no outage while it serves others.
func TestPoisonedRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake := &llmtest.Fake{Do: func(_ context.Context, req llm.Request) (llm.Response, error) {
			if req.Model == "poison" {
				return llm.Response{Start: time.Now()}, retryable(500, 0)
			}
			return llmtest.Answer("x"), nil
		}}
		c := llm.Retry(fake, llm.RetryOptions{})
		done := make(chan struct{})
		go func() {
			defer close(done)
			resp, err := c.Complete(t.Context(), llm.Request{Model: "poison"})
			if err == nil || errors.Is(err, llm.ErrHopeless) || resp.Retries != 9 {
				t.Errorf("%d retries, %v", resp.Retries, err)
			}
		}()
		for range 2000 {
			time.Sleep(100 * time.Millisecond)
			if _, err := c.Complete(t.Context(), llm.Request{}); err != nil {
				t.Error(err)
			}
			select {
			case <-done:
				return
			default:
			}
		}
		<-done
	})
}

// What no waiting cures is tried once, and never again.
func TestHopelessIsFinal(t *testing.T) {
	t.Parallel()
	fake := flaky(&llm.StatusError{Status: 402, Err: fmt.Errorf("%w: no credits", llm.ErrHopeless)})
	told := 0
	c := llm.Retry(fake, llm.RetryOptions{Hopeless: func(error) { told++ }})
	for range 3 {
		if _, err := c.Complete(t.Context(), llm.Request{}); !errors.Is(err, llm.ErrHopeless) {
			t.Error(err)
		}
	}
	if n := len(fake.Requests()); n != 1 || told != 1 {
		t.Errorf("%d requests, told %d times", n, told)
	}
}
