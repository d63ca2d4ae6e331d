package compare

import (
	"fmt"
	"maps"
	"slices"

	"bench"
	"bench/results"
)

// Where less than rarelyRead of the tokens that were sent again came from a cache,
// and there were enough of them for every provider to cache
// (docs.claude.com, "Prompt caching": from 1,024 to 4,096), caching was hardly
// asked for.
const (
	rarelyRead  = 0.01
	enoughAgain = 20_000
)

// again is what calls of a model sent that the calls before them had sent.
type again struct {
	Tokens, Cached int64
	Saving         bench.USD // had all of it come from a cache
}

// uncachedWarnings name the models whose provider has a price for cached input
// and hardly ever charged it. A configuration with such a model looks dearer, next
// to others, than it need be.
func (c *Column) uncachedWarnings() (out []string) {
	for _, model := range slices.Sorted(maps.Keys(c.Models)) {
		s := c.Models[model].Again
		if s.Saving <= 0 || s.Tokens < enoughAgain || float64(s.Cached) >= rarelyRead*float64(s.Tokens) {
			continue
		}
		out = append(out, fmt.Sprintf("%s: %d of %d tokens that calls of the model %s sent again "+
			"came from its "+
			"provider's cache, which would have cost up to %s less: it looks dearer than where caches "+
			"are read. "+
			"Some have to be asked: `cache: markers` in the config", c.name, s.Cached, s.Tokens, model,
			s.Saving))
	}
	return out
}

// models sums up the calls by their model.
func (w *work) models() map[string]modelSums {
	out := map[string]modelSums{}
	last := map[string]results.Call{} // by agent
	for _, call := range w.sent() {
		m := out[call.Model]
		m.Calls++
		if call.CacheUnclear {
			m.Unclear++
			m.More += bench.CostOf(exclusive(call.Billed()), w.prices.byID[call.PriceID]) - call.Cost
		}
		if now := answer(call); now.Usage.Input > 0 { // else it failed: nothing was read
			if before, ok := last[call.Agent]; ok && before.Model == call.Model {
				m.Again.add(answer(before), now, w.prices.byID[call.PriceID])
			}
			last[call.Agent] = call
		}
		out[call.Model] = m
	}
	return out
}

// add counts what an agent's call sent that the one before it had sent.
func (a *again) add(before, now bench.Attempt, price bench.Price) {
	tokens := min(before.Usage.Input, now.Usage.Input)
	rates := flat(price, now)
	a.Tokens, a.Cached = a.Tokens+tokens, a.Cached+now.Usage.CachedInput
	a.Saving += bench.Usage{Input: tokens}.Cost(rates) -
		bench.Usage{Input: tokens, CachedInput: tokens}.Cost(rates)
}
