package compare

import (
	"slices"
	"time"

	"bench"
	"bench/results"
	"bench/results/timeline"
)

// CacheTTL is how long a prompt cache lives that nobody reads: the default of
// Anthropic's (docs.anthropic.com, "Prompt caching"), and the lower end of what
// OpenAI states for its own (5 to 10 minutes, platform.openai.com, "Prompt
// caching").
const CacheTTL = 5 * time.Minute

// flat is a price whose rates are those of an attempt, whatever part of it is
// priced.
func flat(p bench.Price, a bench.Attempt) bench.Price {
	return bench.Price{Rates: p.At(a.Start).For(a.Usage.Input)}
}

// answer is the attempt that brought a call's answer.
func answer(c results.Call) bench.Attempt {
	if all := c.Billed(); len(all) > 0 {
		return all[len(all)-1]
	}
	return bench.Attempt{}
}

// writePremium is what writing to caches cost a call more than not to.
func writePremium(c results.Call, p bench.Price) (sum bench.USD) {
	for _, a := range c.Billed() {
		written := bench.Usage{Input: a.Usage.CacheWrite}
		plain := written.Cost(flat(p, a))
		written.CacheWrite, written.CacheWrite1h = a.Usage.CacheWrite, a.Usage.CacheWrite1h
		sum += written.Cost(flat(p, a)) - plain
	}
	return sum
}

// caching is what writing to caches cost, and what their expiry did.
type caching struct {
	Premium, Penalty bench.USD
	Late             int // calls whose cache may have expired
}

func (w *work) caching() (out caching) {
	last := map[string]results.Call{} // by agent
	for _, call := range w.sent() {
		got := answer(call)
		u := got.Usage
		if u.Input == 0 {
			continue // it failed: nothing was read
		}
		price := flat(w.prices.byID[call.PriceID], got)
		out.Premium += writePremium(call, w.prices.byID[call.PriceID])
		before, ok := last[call.Agent]
		last[call.Agent] = call
		if !ok || before.Model != call.Model { // what a switch does to caches is apart: see routing
			continue
		}
		if timeline.SentAt(call).Sub(before.End) <= CacheTTL {
			continue
		}
		out.Late++
		lost := max(0, min(answer(before).Usage.Input, u.Input)-u.CachedInput)
		out.Penalty += bench.Usage{Input: lost}.Cost(price) -
			bench.Usage{Input: lost, CachedInput: lost}.Cost(price)
	}
	return out
}

// sent are the calls in the order in which they were sent.
func (w *work) sent() []results.Call {
	calls := slices.Clone(w.Calls)
	slices.SortStableFunc(calls, bySending)
	return calls
}
