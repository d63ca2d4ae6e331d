package report

import (
	"strings"

	"bench/results/compare"
	"bench/stats"
)

// headline are the metrics that tell configurations apart at a glance, beside
// how many tasks they resolve, and what they are called where each has a column.
var headline = []struct{ name, label string }{
	{"cost_usd.per_task", "cost per task"}, {"sidekick_share.cost", "sidekicks"},
	{"escalation.rate", "escalated"}, {"parallelism.mean_concurrency", "at once"},
	{"parallelism.peak_concurrency", "peak"}, {"wall_s.p50", "work"},
}

// many reports whether a comparison has more configurations than a table has
// room for side by side. Who asked for certain metrics gets all of these.
func many(c compare.Comparison) bool {
	return !c.Asked && len(configurations(c).split()) > 1
}

// overview has a row for each configuration and a column for the metrics that
// matter most.
func overview(c compare.Comparison) grid {
	g := grid{
		title:  heading("Configurations of "+strings.Join(c.Runs, ", "), c),
		header: []string{"configuration", "resolved, %"}, align: "lr",
	}
	var columns []compare.Metric
	for _, h := range headline {
		m := compare.Named(h.name)
		m.Per = "" // n stands in the columns before
		columns = append(columns, m)
		g.header = append(g.header, h.label)
	}
	for _, conf := range c.Configurations {
		row := []string{conf.Name, resolved(conf)}
		for _, m := range columns {
			row = append(row, cell(m, conf))
		}
		g.add(row...)
	}
	return fitted(g)
}

// fitted is a grid without the columns on the right that have no room.
func fitted(g grid) grid {
	for len(g.header) > 2 && len(g.split()) > 1 {
		g = g.columns(1, len(g.header)-1)
	}
	return g
}

// resolved is how many tasks of how many were resolved, with the interval of
// the rate in percent.
func resolved(c compare.Configuration) string {
	rate := c.Value(compare.Named("resolved_rate"))
	out := number(c.Value(compare.Named("resolved")).Number, compare.Count) + " of " +
		number(c.Value(compare.Named("n_graded")).Number, compare.Count)
	return strings.TrimSpace(out + " " + within(rate.Interval, rate.Number, compare.Percent))
}

// candidates has a row for each pair.
func candidates(c compare.Comparison) grid {
	g := grid{
		title:  heading("Against the baseline "+c.Pairs[0].Baseline, c),
		header: []string{"candidate", "difference, points", "cost ratio", "verdict"},
		align:  "lrrl",
	}
	for _, p := range c.Pairs {
		e := p.Evidence
		g.add(p.Candidate, difference(p), ratio(e.CostRatio, e.CostRatioInterval, stats.None()),
			inWords(p.Verdict))
	}
	return g
}
