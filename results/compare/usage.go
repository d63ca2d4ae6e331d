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
	switch s := c.Spending; {
	case c.NoUsage > 0:
		return NothingKnown
	case s.Unknown == 0:
		return AllKnown
	case s.All.Cost == 0:
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
	s := c.Spending
	if c.NoUsage > 0 || c.imported() || float64(s.Unknown) <= tolerated*float64(s.All.Cost+s.Unknown) {
		return nil // programs without reports have a warning of their own
	}
	return []verdict.Warning{verdict.CostShort{
		Configuration: c.name, Attempts: s.UnknownCalls, Cost: s.All.Cost, Estimate: s.Unknown,
	}}
}

// silent reports whether a call's answer did not say what it used.
func silent(c results.Call) bool {
	last := len(c.Unreported) - 1
	return last >= 0 && c.Error == "" && c.Unreported[last].Start.UnixMilli() == c.Start.UnixMilli()
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
	if c.NoUsage > 0 {
		out = append(out, fmt.Sprintf("%d of %d trials of %s reported no usage: its cost is not known",
			c.NoUsage, len(c.trials), c.name))
	}
	if c.BadUsage > 0 {
		out = append(out, fmt.Sprintf("reports of %s are not counted, as %d notices say: "+
			"its cost is a lower bound", c.name, c.BadUsage))
	}
	return out
}

// unclear counts the calls whose answers leave open whether the tokens read from
// and written to a cache are a part of their input.
func (c *Column) unclear() (n int) {
	for _, m := range c.Models {
		n += m.Unclear
	}
	return n
}

// unclearWarnings name the models of such calls, what hangs on it, and the setting
// that decides it.
func (c *Column) unclearWarnings() (out []string) {
	for _, model := range slices.Sorted(maps.Keys(c.Models)) {
		m := c.Models[model]
		if m.Unclear == 0 {
			continue
		}
		out = append(out, fmt.Sprintf("%s: the answers to %d of %d calls of the model %s "+
			"leave open whether cached "+
			"tokens are a part of the input. They were counted as one; "+
			"if they are not, the calls cost up to %s more. "+
			"Say which in the config: `usage: inclusive` or `usage: exclusive`",
			c.name, m.Unclear, m.Calls, model, m.More))
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
