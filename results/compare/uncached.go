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
	tokens, cached int64
	saving         bench.USD // had all of it come from a cache
}

// uncachedWarnings name the models whose provider has a price for cached input
// and hardly ever charged it. A configuration with such a model looks dearer, next
// to others, than it need be.
func (c *Column) uncachedWarnings() (out []string) {
	sums := c.sentAgain()
	for _, model := range slices.Sorted(maps.Keys(sums)) {
		s := sums[model]
		if s.saving <= 0 || s.tokens < enoughAgain || float64(s.cached) >= rarelyRead*float64(s.tokens) {
			continue
		}
		out = append(out, fmt.Sprintf("%s: %d of %d tokens that calls of the model %s sent again "+
			"came from its "+
			"provider's cache, which would have cost up to %s less: it looks dearer than where caches "+
			"are read. "+
			"Some have to be asked: `cache: markers` in the config", c.name, s.cached, s.tokens, model,
			s.saving))
	}
	return out
}

// sentAgain sums up, by model, what its agents sent more than once.
func (c *Column) sentAgain() map[string]again {
	sums := map[string]again{}
	for _, t := range c.trials {
		last := map[string]results.Call{} // by agent
		calls := slices.Clone(t.Calls)
		slices.SortStableFunc(calls, bySending)
		for _, call := range calls {
			now := answer(call)
			if now.Usage.Input == 0 {
				continue // it failed: nothing was read
			}
			if before, ok := last[call.Agent]; ok {
				tokens := min(answer(before).Usage.Input, now.Usage.Input)
				price := flat(c.prices[call.PriceID], now)
				s := sums[call.Model]
				s.tokens, s.cached = s.tokens+tokens, s.cached+now.Usage.CachedInput
				s.saving += bench.Usage{Input: tokens}.Cost(price) -
					bench.Usage{Input: tokens, CachedInput: tokens}.Cost(price)
				sums[call.Model] = s
			}
			last[call.Agent] = call
		}
	}
	return sums
}
