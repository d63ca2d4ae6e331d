package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"bench"
	"bench/results/compare"
	"bench/results/verdict"
	"bench/stats"
)

// full writes a comparison with all of its tables: the configurations side by side,
// their roles, the pairs with their verdicts, and what to be careful about.
func full(w io.Writer, c compare.Comparison, s style) error {
	if err := remarks(w, alarms(c), s); err != nil {
		return err
	}
	grids := []grid{configurations(c), roles(c), routed(c)}
	if len(c.Pairs) > 0 {
		grids = append(grids, pairs(c))
	}
	grids = append(grids, noise(c))
	for _, g := range grids {
		if len(g.rows) == 0 {
			continue // no roles are known of imported trials, and nothing may have been repeated
		}
		if err := g.write(w, s); err != nil {
			return err
		}
	}
	lines := slices.Concat([]string{marksOf(c)}, pricing(c), unbeaten(c), orders(c),
		worth(c.NetBenefit))
	for _, p := range c.Pairs {
		lines = append(lines, "Verdict: "+sentence(p))
	}
	return remarks(w, slices.Concat(lines, allNotes(c)), s)
}

// configurations has a column for each configuration and a row for each
// metric.
func configurations(c compare.Comparison) grid {
	g := grid{
		title:  heading("Configurations of "+strings.Join(c.Runs, ", "), c),
		header: []string{""}, align: "lr",
	}
	for _, conf := range c.Configurations {
		g.header = append(g.header, conf.Name)
	}
	g.each(c, "main model", func(c compare.Configuration) string { return or(c.MainWire) })
	if slices.ContainsFunc(c.Configurations, isFusion) {
		g.each(c, "sidekick model", func(c compare.Configuration) string { return or(c.SidekickWire) })
	}
	advised := func(c compare.Configuration) bool { return c.AdvisorModel != nil }
	if slices.ContainsFunc(c.Configurations, advised) {
		g.each(c, "advisor model", func(c compare.Configuration) string { return or(c.AdvisorWire) })
	}
	routed := func(c compare.Configuration) bool { return len(c.RoutedWire) > 0 }
	if slices.ContainsFunc(c.Configurations, routed) {
		g.each(c, "routed to", func(c compare.Configuration) string {
			return or(strings.Join(c.RoutedWire, ", "))
		})
	}
	var group compare.Group
	for _, m := range c.Metrics {
		if !slices.ContainsFunc(c.Configurations, m.Has) || c.Imported && !c.Asked && absent(m, c) {
			continue
		}
		if m.Group != group {
			group = m.Group
			g.section(string(group))
		}
		g.each(c, "  "+m.Label, func(c compare.Configuration) string { return cell(m, c) })
	}
	g.section("outcomes")
	for _, o := range bench.Outcomes {
		has := func(c compare.Configuration) bool { return c.Outcomes[o] > 0 }
		if slices.ContainsFunc(c.Configurations, has) {
			g.each(c, "  "+string(o), func(c compare.Configuration) string {
				return fmt.Sprint(c.Outcomes[o])
			})
		}
	}
	open := func(c compare.Configuration) bool { return c.Unfinished > 0 }
	if slices.ContainsFunc(c.Configurations, open) {
		g.each(c, "  not ended", func(c compare.Configuration) string { return fmt.Sprint(c.Unfinished) })
	}
	g.flags(c)
	g.contamination(c)
	return g
}

// absent reports whether no configuration has a number for a metric.
func absent(m compare.Metric, c compare.Comparison) bool {
	return !slices.ContainsFunc(c.Configurations, func(c compare.Configuration) bool {
		return c.Value(m).OK()
	})
}

// flags adds a row for each doubt that grades carry, if any does.
func (g *grid) flags(c compare.Comparison) {
	all := map[string]bool{}
	for _, conf := range c.Configurations {
		for flag := range conf.Flags {
			all[flag] = true
		}
	}
	if len(all) > 0 {
		g.section("flags of grades")
	}
	for _, flag := range slices.Sorted(maps.Keys(all)) {
		g.each(c, "  "+flag, func(c compare.Configuration) string { return fmt.Sprint(c.Flags[flag]) })
	}
}

func isFusion(c compare.Configuration) bool { return c.Kind == bench.KindFusion }

// each adds a row with one cell per configuration.
func (g *grid) each(c compare.Comparison, label string, of func(compare.Configuration) string) {
	row := []string{label}
	for _, conf := range c.Configurations {
		row = append(row, of(conf))
	}
	g.rows = append(g.rows, row)
}

// cell is a metric of a configuration, with what stands beside it.
func cell(m compare.Metric, c compare.Configuration) string {
	if !m.Has(c) {
		return none
	}
	v := c.Value(m)
	out := number(v.Number, m.Unit)
	switch {
	case v.Unknown:
		out = unknown
	case v.OK():
		out = cmp.Or(v.Kind, m.Kind).Mark() + out
	}
	switch {
	case v.Beside != "":
		out += v.Beside
	case m.Per != "" && v.OK():
		out += fmt.Sprintf(" (n=%d)", v.N)
	}
	if m.Interval != "" {
		if i := within(v.Interval, v.Number, m.Unit); i != "" {
			out += " " + i
		}
	}
	return out
}

// roles has a row for each role and model of each configuration.
func roles(c compare.Comparison) grid {
	g := grid{
		title: heading("Roles", c),
		header: []string{"configuration", "role", "model", "calls", "tools", "input", "cached", "output",
			"cost", "model time", "waited"},
		align: "lllr", keys: 2,
	}
	for _, conf := range c.Configurations {
		for _, r := range conf.Roles {
			if conf.NoUsage > 0 {
				g.add(conf.Name, string(r.Role), r.WireModel, none, fmt.Sprint(r.ToolCalls),
					none, none, none, none, none, none)
				continue
			}
			g.add(conf.Name, string(r.Role), r.WireModel, fmt.Sprint(r.Calls), fmt.Sprint(r.ToolCalls),
				tokens(r.Usage.Input), share(r.Usage.CachedInput, r.Usage.Input),
				tokens(r.Usage.Output), bench.Spending(r.Cost, r.Unreported), took(r.Time), waited(r.Waited))
		}
	}
	return g
}

// routed has a row for each model of each configuration whose model may change from turn
// to turn.
func routed(c compare.Comparison) grid {
	g := grid{
		title: heading("Turns by model", c),
		header: []string{"configuration", "model", "turns", "input", "output", "cost", "switches",
			"cache lost", "reasoning"},
		align: "llr", keys: 2,
	}
	for _, conf := range c.Configurations {
		for _, r := range conf.Routed {
			cache, reasoning := none, none
			if r.Switches > 0 {
				tokens, dollars := lostBy(r.LostTokens, r.LostCost.Number)
				cache, reasoning = tokens+", "+dollars, fmt.Sprint(r.ReasoningLost)
			}
			g.add(conf.Name, r.WireModel, fmt.Sprint(r.Turns), tokens(r.Usage.Input),
				tokens(r.Usage.Output), bench.Spending(r.Cost, r.Unreported), fmt.Sprint(r.Switches), cache,
				reasoning)
		}
	}
	return g
}

// lostBy is what switches lost of caches, in tokens and dollars, which are estimates.
func lostBy(n int64, cost stats.Number) (lost, dollars string) {
	dollars = none
	if cost.OK() {
		dollars = compare.Estimate.Mark() + number(cost, compare.Dollars)
	}
	return compare.Estimate.Mark() + tokens(n), dollars
}

// pairs has a column for each candidate.
func pairs(c compare.Comparison) grid {
	base := c.Pairs[0].Baseline
	g := grid{
		title:  heading("Against the baseline "+base, c),
		header: []string{""}, align: "lr",
	}
	row := func(label string, of func(p compare.Pair) string) {
		cells := []string{label}
		for _, p := range c.Pairs {
			cells = append(cells, of(p))
		}
		g.rows = append(g.rows, cells)
	}
	count := func(label string, of func(p compare.Pair) int) {
		row(label, func(p compare.Pair) string { return fmt.Sprint(of(p)) })
	}
	for _, p := range c.Pairs {
		g.header = append(g.header, p.Candidate)
	}
	count("pairs", func(p compare.Pair) int { return p.Evidence.N() })
	count("  resolved by both", func(p compare.Pair) int { return p.Evidence.Both })
	count("  by the baseline only", func(p compare.Pair) int { return p.Evidence.OnlyBaseline })
	count("  by the candidate only", func(p compare.Pair) int { return p.Evidence.OnlyCandidate })
	count("  by neither", func(p compare.Pair) int { return p.Evidence.Neither })
	row("  by the better per task", ceiling)
	row("head room used", func(p compare.Pair) string {
		return number(p.Ceiling.Used, compare.Percent)
	})
	row("difference, points", difference)
	row("p value", pValue)
	row("non-inferior", func(p compare.Pair) string {
		answer := "not shown"
		if p.Evidence.NonInferior {
			answer = "yes"
		}
		return fmt.Sprintf("%s (margin %g points)", answer, p.Assumptions.MarginPP)
	})
	row("cost ratio", func(p compare.Pair) string {
		return ratio(p.Evidence.CostRatio, p.Evidence.CostRatioInterval, p.Evidence.CostRatioMedian)
	})
	row("tokens ratio", func(p compare.Pair) string { return ratioOf(p.Evidence.TokensRatio) })
	row("time ratio", func(p compare.Pair) string { return ratioOf(p.Evidence.TimeRatio) })
	row("verdict", func(p compare.Pair) string { return inWords(p.Verdict) })
	return g
}

func pValue(p compare.Pair) string {
	e := p.Evidence
	if !e.PValue.OK() {
		return none
	}
	how := testNames[e.Test]
	if e.Candidates > 1 {
		how += fmt.Sprintf("; Holm %.3f", float64(e.Adjusted.PValue))
	}
	return fmt.Sprintf("%.3f (%s)", float64(e.PValue), how)
}

func difference(p compare.Pair) string { return apart(p.Evidence) }

// apart is a difference in percentage points, with its interval.
func apart(e verdict.Evidence) string {
	if !e.Difference.OK() {
		return none
	}
	out := fmt.Sprintf("%+.1f", 100*float64(e.Difference))
	if i := e.DifferenceInterval; i.OK() {
		out += fmt.Sprintf(" [%+.1f, %+.1f]", 100*float64(i.Lo), 100*float64(i.Hi))
	}
	return out
}

// ceiling is what an oracle that picks the better of both per task would come to.
func ceiling(p compare.Pair) string {
	if p.Evidence.N() == 0 {
		return none
	}
	return fmt.Sprintf("%d, %s", p.Ceiling.Resolved, number(p.Ceiling.Cost, compare.Dollars))
}

// ratioOf is a ratio of totals, with the median of tasks beside it.
func ratioOf(r verdict.Ratio) string { return ratio(r.Value, r.Interval, r.Median) }

// The ratios of totals without the medians.

func costRatio(p compare.Pair) string {
	return ratio(p.Evidence.CostRatio, p.Evidence.CostRatioInterval, stats.None())
}

func tokensRatio(p compare.Pair) string {
	r := p.Evidence.TokensRatio
	return ratio(r.Value, r.Interval, stats.None())
}

func timeRatio(p compare.Pair) string {
	r := p.Evidence.TimeRatio
	return ratio(r.Value, r.Interval, stats.None())
}

// displacement is what a model is spared as main of a fusion.
func displacement(p compare.Pair) string {
	e := p.Evidence
	out := number(e.Displacement, compare.Percent)
	interval := within(e.DisplacementInterval, e.Displacement, compare.Percent)
	return strings.TrimSpace(out + " " + interval)
}

func ratio(value stats.Number, i stats.Interval, median stats.Number) string {
	out := number(value, compare.Times)
	if within := within(i, value, compare.Times); within != "" {
		out += " " + within
	}
	if median.OK() {
		out += ", median " + number(median, compare.Times)
	}
	return out
}

// testNames are the tests of the difference in words.
var testNames = map[verdict.Test]string{
	verdict.TestMcNemar: "McNemar, mid-p", verdict.TestSignFlip: "sign flips by task",
	verdict.TestSequence: "at any look",
}
