package compare

import (
	"fmt"

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
	if c.unreported() > 0 || float64(s.unknown) <= tolerated*float64(s.all.cost+s.unknown) {
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

// unreported counts the trials whose program reported no model calls.
func (c *Column) unreported() (n int) {
	for _, t := range c.trials {
		if t.noUsage {
			n++
		}
	}
	return n
}

// usageWarnings say what the costs of programs are worth.
func (c *Column) usageWarnings() (out []string) {
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
