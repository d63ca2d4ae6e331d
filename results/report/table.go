package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"bench"
	"bench/internal/width"
	"bench/results/compare"
	"bench/results/verdict"
	"bench/stats"
)

// Table writes a comparison as text for a terminal of 120 columns: the
// configurations side by side, their roles, the pairs with their verdicts,
// and what to be careful about. Where they are too many for that, each has a row
// of the metrics that matter most.
func Table(w io.Writer, c compare.Comparison) error { return tables(w, c, text) }

// Markdown writes the same tables in Markdown.
func Markdown(w io.Writer, c compare.Comparison) error { return tables(w, c, markdown) }

func tables(w io.Writer, c compare.Comparison, s style) error {
	for _, alarm := range c.Alarms {
		if err := line(w, "WARNING: "+alarm+".", s); err != nil {
			return err
		}
	}
	grids := []grid{configurations(c), roles(c)}
	if len(c.Pairs) > 0 {
		grids = append(grids, pairs(c))
	}
	if many(c) {
		grids = []grid{overview(c)}
		if len(c.Pairs) > 0 {
			grids = append(grids, candidates(c))
		}
	}
	for _, g := range grids {
		if len(g.rows) == 0 {
			continue // no roles are known of imported trials
		}
		if err := g.write(w, s); err != nil {
			return err
		}
	}
	return remarks(w, c, s)
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
		align: "lllr",
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

func difference(p compare.Pair) string {
	if !points(p).OK() {
		return none
	}
	out := fmt.Sprintf("%+.1f", float64(points(p)))
	if i := p.Evidence.DifferenceInterval; i.OK() {
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
}

// heading is a title, with what all numbers below it rest on.
func heading(title string, c compare.Comparison) string {
	title = importedTitle(titled(title, c.Simulated), c.Imported)
	if c.Repricing != nil {
		title += " · re-priced with " + c.Repricing.File
	}
	return title
}

// pricing says what the prices behind a comparison are.
func pricing(c compare.Comparison) (lines []string) {
	if r := c.Repricing; r != nil {
		line := "Prices of " + r.File + ": " + list(r.Models)
		if len(r.Kept) > 0 {
			line += "; as recorded: " + strings.Join(r.Kept, ", ")
		}
		lines = append(lines, line+".")
	}
	if c.SidekickPrice != "" {
		lines = append(lines, "The other price of the sidekicks is that of "+c.SidekickPrice+".")
	}
	return lines
}

// list names things, or says that there are none.
func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// marks explains the marks of the numbers that are not exact.
const marks = "~ is an estimate, ≥ a lower and ≤ an upper bound."

// marksOf explains the marks of a comparison.
func marksOf(c compare.Comparison) string {
	nothing := func(c compare.Configuration) bool {
		return c.Cost == compare.NothingKnown && c.NoUsage == 0
	}
	if slices.ContainsFunc(c.Configurations, nothing) {
		return marks + " ? is not known, as nothing was reported of it."
	}
	return marks
}

// remarks writes what does not fit into a table.
func remarks(w io.Writer, c compare.Comparison, s style) error {
	lines := append([]string{marksOf(c)}, pricing(c)...)
	if len(c.Frontier) > 0 {
		lines = append(lines, "Not beaten in both resolved rate and cost per task: "+
			strings.Join(c.Frontier, ", ")+".")
	}
	lines = append(lines, orders(c)...)
	lines = append(lines, worth(c.NetBenefit)...)
	for _, p := range c.Pairs[:min(len(c.Pairs), mostSentences)] {
		lines = append(lines, "Verdict: "+sentence(p))
	}
	for _, warning := range c.Warnings {
		lines = append(lines, "Note: "+warning+".")
	}
	notes := cautions(c.Pairs)
	if left := len(notes) - mostNotes; many(c) && left > 0 {
		notes = append(notes[:mostNotes], fmt.Sprintf("%d more notes are in --format json.", left))
	}
	lines = append(lines, notes...)
	if many(c) {
		lines = append(lines, "All metrics of all configurations: --format csv or json, or "+
			"--metrics with the names of some.")
	}
	for _, l := range lines {
		if err := line(w, l, s); err != nil {
			return err
		}
	}
	return nil
}

// line writes a remark: an item of a list in Markdown.
func line(w io.Writer, l string, s style) error {
	if s == markdown {
		l = "- " + escape(l)
	}
	_, err := fmt.Fprintln(w, width.Line(l))
	return err
}

// mostSentences is how many verdicts stand below the tables as sentences.
const mostSentences = 4

// mostNotes is how many notes stand below an overview.
const mostNotes = 8

// cautions are what to be careful about in pairs, each with all it holds for.
func cautions(pairs []compare.Pair) (lines []string) {
	about := map[string][]string{}
	var order []string
	for _, p := range pairs {
		for _, said := range warnings(p) {
			if about[said] == nil {
				order = append(order, said)
			}
			about[said] = append(about[said], p.Candidate)
		}
	}
	for _, said := range order {
		who := strings.Join(about[said], ", ")
		if n := len(about[said]); n > 2 && n == len(pairs) {
			who = "all"
		}
		lines = append(lines, fmt.Sprintf("Note: %s against %s: %s.", who, pairs[0].Baseline, said))
	}
	return lines
}
