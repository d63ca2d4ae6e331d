package llm_test

import (
	"context"
	"testing"
	"time"

	"bench"
	"bench/llm"
	"bench/llm/llmtest"
)

// An answer of no use is asked for twice again and paid for each time. Then the
// agent gets it, to tell the model.
func TestSpoiledAnswers(t *testing.T) {
	t.Parallel()
	for spoiled, want := range map[int]struct {
		calls  int
		finish llm.Finish
	}{0: {1, llm.FinishStop}, 1: {2, llm.FinishStop}, 2: {3, llm.FinishStop}, 9: {3, llm.FinishSpoiled}} {
		fake := &llmtest.Fake{}
		fake.Do = func(context.Context, llm.Request) (llm.Response, error) {
			now := time.Now()
			r := llm.Response{Start: now, First: now, End: now, Finish: llm.FinishStop,
				Message: llm.Assistant("done", nil), Usage: bench.Usage{Input: 10, Output: 1}}
			if len(fake.Requests()) <= spoiled {
				r.Finish = llm.FinishSpoiled
			}
			return r, nil
		}
		resp, err := llm.Retry(fake, llm.RetryOptions{}).Complete(t.Context(), llm.Request{})
		if err != nil || resp.Finish != want.finish || len(fake.Requests()) != want.calls {
			t.Errorf("%d spoiled: %d calls, %+v, %v", spoiled, len(fake.Requests()), resp, err)
		}
		if len(resp.Lost) != want.calls-1 {
			t.Errorf("%d spoiled: %d answers lost", spoiled, len(resp.Lost))
		}
		if resp.Usage.Input != int64(10*want.calls) || len(resp.Attempts) != want.calls ||
			resp.Retries != want.calls-1 {
			t.Errorf("%d spoiled: usage %+v, attempts %v, retries %d",
				spoiled, resp.Usage, resp.Attempts, resp.Retries)
		}
	}
}
