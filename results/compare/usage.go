package compare

import (
	"fmt"
	"maps"
	"slices"

	"bench"
	"bench/results"
	"bench/results/verdict"
)

// Knowledge says how much of what a configuration spent was reported.
type Knowledge string

// The kinds of knowledge. What was not reported is estimated, and no part of any
// sum.
const (
	AllKnown     Knowledge = "exact"
	PartKnown    Knowledge = "lower bound"
	NothingKnown Knowledge = "unknown"
)

// known is what is known of the column's spending.
func (c *Column) known() Knowledge {
	if c.imported() {
		return c.importedKnowledge()
	}
	s := c.spending()
	switch {
	case c.unreported() > 0:
		return NothingKnown
	case s.unknown == 0:
		return AllKnown
	case s.all.cost == 0:
		return NothingKnown
	}
	return PartKnown
}

// tolerated is the largest share of a cost that may be an estimate before
// nothing is concluded from it.
const tolerated = 0.01

// costShort says why nothing is to be concluded from the column's cost; nil if
// something is.
func (c *Column) costShort() []verdict.Warning {
	s := c.spending()
	if c.unreported() > 0 || c.imported() || float64(s.unknown) <= tolerated*float64(s.all.cost+s.unknown) {
		return nil // programs without reports have a warning of their own
	}
	return []verdict.Warning{verdict.CostShort{
		Configuration: c.name, Attempts: s.unknownCalls, Cost: s.all.cost, Estimate: s.unknown,
	}}
}

// silentAnswers counts answers that did not say what they used, and estimates
// what they cost together.
func silentAnswers(calls []results.Call) (n int, estimate bench.USD) {
	for _, c := range calls {
		last := len(c.Unreported) - 1
		if last >= 0 && c.Error == "" && c.Unreported[last].Start.UnixMilli() == c.Start.UnixMilli() {
			n, estimate = n+1, estimate+c.EstimatedUnknown
		}
	}
	return n, estimate
}

// unreported counts the trials whose program reported no model calls, or that
// were imported without a cost.
func (c *Column) unreported() (n int) {
	for _, t := range c.trials {
		if t.noUsage || t.imported != nil && t.Counts() && t.imported.Cost == nil {
			n++
		}
	}
	return n
}

// warnings say what to know of the column's models and costs.
func (c *Column) warnings() []string {
	return slices.Concat(c.servedWarnings(), c.usageWarnings(), c.unclearWarnings(),
		c.uncachedWarnings())
}

// usageWarnings say what the costs of programs are worth.
func (c *Column) usageWarnings() (out []string) {
	if c.imported() {
		return c.importedWarnings()
	}
	if n := c.unreported(); n > 0 {
		out = append(out, fmt.Sprintf("%d of %d trials of %s reported no usage: its cost is not known",
			n, len(c.trials), c.name))
	}
	bad := 0
	for _, t := range c.trials {
		bad += t.badUsage
	}
	if bad > 0 {
		out = append(out, fmt.Sprintf("reports of %s are not counted, as %d notices say: "+
			"its cost is a lower bound", c.name, bad))
	}
	return out
}

// unclear counts the calls whose answers leave open whether the tokens read from
// and written to a cache are a part of their input.
func (c *Column) unclear() (n int) {
	for _, call := range c.calls() {
		if call.CacheUnclear {
			n++
		}
	}
	return n
}

// unclearWarnings name the models of such calls, what hangs on it, and the setting
// that decides it.
func (c *Column) unclearWarnings() (out []string) {
	all, open, more := map[string]int{}, map[string]int{}, map[string]bench.USD{}
	for _, call := range c.calls() {
		all[call.Model]++
		if call.CacheUnclear {
			open[call.Model]++
			more[call.Model] += bench.CostOf(exclusive(call.Billed()), c.prices[call.PriceID]) - call.Cost
		}
	}
	for _, model := range slices.Sorted(maps.Keys(open)) {
		out = append(out, fmt.Sprintf("%s: the answers to %d of %d calls of the model %s "+
			"leave open whether cached "+
			"tokens are a part of the input. They were counted as one; "+
			"if they are not, the calls cost up to %s more. "+
			"Say which in the config: `usage: inclusive` or `usage: exclusive`",
			c.name, open[model], all[model], model, more[model]))
	}
	return out
}

// exclusive are attempts as they are where cached tokens are counted apart.
func exclusive(attempts []bench.Attempt) []bench.Attempt {
	out := slices.Clone(attempts)
	for i := range out {
		out[i].Usage.Input += out[i].Usage.CachedInput + out[i].Usage.CacheWrite
	}
	return out
}
