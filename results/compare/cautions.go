package compare

import (
	"maps"
	"slices"

	"bench"
	"bench/results/verdict"
	"bench/stats"
)

// idle reports whether a column is a fusion that never delegated.
func (c *Column) idle() bool {
	return c.config.Kind == bench.KindFusion && c.Escalations.Activations == 0 && !c.imported()
}

// leftOut says which of a column's trials are in no pair, and whether it is a
// fusion that never delegated.
func (c *Column) leftOut(pairs int) (out []verdict.Warning) {
	w := verdict.LeftOut{Configuration: c.name, Trials: len(c.trials), Pairs: pairs}
	judged := 0
	for _, t := range c.trials {
		switch {
		case t.Outcome == "":
			w.Open++
		case t.Blame == bench.BlameInfra:
			w.Infra++
		case t.Blame == bench.BlameUser:
			w.Cancelled++
		case t.Resolved == nil:
			w.Unjudged++
		default:
			judged++
		}
	}
	w.NoPartner = judged - pairs
	if w.Open+w.Infra+w.Cancelled+w.Unjudged+w.NoPartner > 0 {
		out = append(out, w)
	}
	if judged > 0 && c.idle() {
		out = append(out, verdict.NeverDelegated{Configuration: c.name})
	}
	return out
}

// outageShare is the share of the time of work that may go to outages before it is said.
const outageShare = 0.05

// leastOutage is how many milliseconds they must have, too: a request that is turned away
// once is no more than usual.
const leastOutage = 60_000

// expiredShare is the share of the cost that may go to expired caches before it
// is said.
const expiredShare = 0.05

// doubts are what makes a column's numbers less than they seem.
func (c *Column) doubts() (out []verdict.Warning) {
	lost := float64(stats.Over(c.Caching.Penalty, c.Spending.All.Cost))
	if lost > expiredShare {
		out = append(out, verdict.ExpiredCaches{Configuration: c.name, Share: lost})
	}
	waited := float64(stats.Over(c.ends.outage, c.ends.worked))
	if waited > outageShare && c.ends.outage >= leastOutage {
		out = append(out, verdict.InOutages{Configuration: c.name, Share: waited})
	}
	for _, flag := range slices.Sorted(maps.Keys(c.ends.flags)) {
		out = append(out, verdict.DoubtfulGrades{
			Configuration: c.name, Flag: flag, Trials: c.ends.flags[flag],
		})
	}
	return out
}

// unequal says in what two columns differ that has nothing to do with what is
// compared.
func unequal(base, other *Column) (out []verdict.Warning) {
	ended := func(c *Column) int { return len(c.trials) - c.ends.open }
	u := verdict.UnequalInfra{
		Baseline: base.ends.infra, BaselineTrials: ended(base),
		Candidate: other.ends.infra, CandidateTrials: ended(other),
	}
	u.P = stats.Fisher(u.Baseline, u.BaselineTrials, u.Candidate, u.CandidateTrials)
	if u.P < Alpha {
		out = append(out, u)
	}
	out = append(out, unequalMachines(base, other)...)
	if base.config.Limits != other.config.Limits {
		out = append(out, verdict.DifferentLimits{
			Baseline: base.config.Limits, Candidate: other.config.Limits,
		})
	}
	if base.config.Simulated() || other.config.Simulated() {
		out = append(out, verdict.SimulatedModels{})
	}
	return out
}
