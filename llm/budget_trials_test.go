package llm_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bench"
	"bench/llm"
	"bench/llm/llmtest"
)

// frontier is a dear model whose cache is cheap to read.
var frontier = bench.Price{ID: "frontier", Rates: bench.Rates{
	Input: bench.PerMillion(15), CachedInput: bench.PerMillion(1.5), CacheWrite: bench.PerMillion(18.75),
	Output: bench.PerMillion(75),
}}

// provider counts a conversation as a real one does: so many tokens per byte,
// and a cache that holds what was sent within the last minutes.
type provider struct {
	r       *rand.Rand
	perByte float64
	hidden  int64 // tokens that no message shows
	cached  int64
	last    time.Time
}

func (p *provider) complete(_ context.Context, req llm.Request) (llm.Response, error) {
	time.Sleep(time.Duration(p.r.Int64N(int64(40 * time.Second))))
	var bytes int
	for _, m := range req.Messages {
		bytes += len(m.Text)
	}
	input := p.hidden + int64(float64(bytes)*p.perByte)
	resp := llmtest.Answer(strings.Repeat("word ", 20+p.r.IntN(200)))
	u := bench.Usage{Input: input, Output: min(req.MaxOutputTokens, 50+p.r.Int64N(1500))}
	if time.Since(p.last) < 5*time.Minute {
		u.CachedInput = min(p.cached, input)
	}
	u.CacheWrite = input - u.CachedInput
	p.cached, p.last, resp.Usage = input, time.Now(), u
	return resp, nil
}

// A thousand trials of 100k tokens and more in the cache, on a virtual clock: no
// limit is passed, none stops a trial below nine tenths of it, and the limit was
// near before it stopped one.
func TestBudgetOfLongTrials(t *testing.T) {
	t.Parallel()
	for seed := range uint64(1000) {
		synctest.Test(t, func(t *testing.T) { longTrial(t, seed) })
	}
}

func longTrial(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 9))
	limit := bench.Dollars(3 + 5*r.Float64())
	budget := bench.NewBudget(bench.ScopeTrial, bench.Limits{Cost: limit})
	p := &provider{r: r, perByte: 0.2 + 0.3*r.Float64(), hidden: 80_000 + r.Int64N(60_000)}
	c := llm.Budgeted(&llmtest.Fake{Do: p.complete}, budget, frontier)
	req := llm.Request{MaxOutputTokens: 8192, Messages: []*llm.Message{llm.User(strings.Repeat("task ", 800))}}
	near := false
	for {
		least := c.Least(req)
		least.Cost *= 3
		near = near || budget.Lacks(least) != nil
		resp, err := c.Complete(t.Context(), req)
		if limit := (*bench.LimitError)(nil); errors.As(err, &limit) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		req.Messages = append(req.Messages, resp.Message,
			llm.Observation("c", strings.Repeat("x = f(y)\n", 10+r.IntN(500))))
	}
	if spent := budget.Spent().Cost; spent > limit || spent < limit*9/10 || !near {
		t.Errorf("seed %d: spent %v of %v, near %v", seed, spent, limit, near)
	}
}
