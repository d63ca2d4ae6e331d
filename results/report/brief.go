package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"bench/internal/plural"
	"bench/internal/width"
	"bench/results/compare"
)

// mostLines is how many lines of a screen a brief comparison takes if it can.
const mostLines = 40

// fewestNotes is how many notes it has in any case.
const fewestNotes = 3

// mostSentences is how many verdicts stand in it as sentences.
const mostSentences = 3

// brief writes the verdict, a row for each configuration and for each candidate, and
// the notes that a screen has room for.
func (v View) brief(w io.Writer, c compare.Comparison, s style) error {
	screen := &counter{Writer: w}
	to := width.Screen{Writer: screen, Columns: width.For(w)}
	if err := remarks(to, slices.Concat(alarms(c), verdicts(c)), s); err != nil {
		return err
	}
	if screen.lines > 0 {
		fmt.Fprintln(to)
	}
	grids := []grid{overview(c, to.Columns)}
	switch {
	case v.Columns != nil:
		grids = []grid{v.chosen(c)}
	case len(c.Pairs) > 0:
		grids = append(grids, candidates(c, to.Columns))
	}
	if v.Columns == nil && len(c.Noise) > 0 {
		grids = append(grids, fitted(noise(c), to.Columns))
	}
	for _, g := range grids {
		if err := g.write(to, s); err != nil {
			return err
		}
	}
	if err := remarks(to, slices.Concat(marksIn(grids, c), pricing(c), unbeaten(c), flips(c),
		switching(c), worth(c.NetBenefit)), s); err != nil {
		return err
	}
	notes, room := allNotes(c), mostLines-1-screen.lines
	shown := fitting(w, notes, room)
	if s == markdown {
		shown = len(notes)
	}
	more := "The other metrics, and roles: bench compare --full."
	if left := len(notes) - shown; left > 0 {
		more = fmt.Sprintf("%s, the other metrics, and roles: bench compare --full.",
			plural.Count(left, "more note"))
	}
	return remarks(to, append(notes[:shown:shown], more), s)
}

// switching says for each configuration whose model may change which took its turns, and
// what the changes cost.
func switching(c compare.Comparison) (lines []string) {
	for _, conf := range c.Configurations {
		var parts []string
		switches, blocks, lost := 0, 0, int64(0)
		for _, r := range conf.Routed {
			parts = append(parts, fmt.Sprintf("%s %d", r.WireModel, r.Turns))
			switches, blocks, lost = switches+r.Switches, blocks+r.ReasoningLost, lost+r.LostTokens
		}
		if parts == nil {
			continue
		}
		cost := conf.Value(compare.Named("routing.cache_lost_usd")).Number
		tokens, dollars := lostBy(lost, cost)
		lines = append(lines, fmt.Sprintf("Turns of %s by model: %s; %s, which lost %s tokens of caches "+
			"(%s) and %s of reasoning.", conf.Name, strings.Join(parts, ", "),
			plural.Count(switches, "switch"), tokens, dollars, plural.Count(blocks, "block")))
	}
	return lines
}

// counter counts the lines that are written.
type counter struct {
	io.Writer
	lines int
}

func (c *counter) Write(p []byte) (int, error) {
	c.lines += strings.Count(string(p), "\n")
	return c.Writer.Write(p)
}

// fitting is how many notes fit so many lines, or the fewest.
func fitting(w io.Writer, notes []string, room int) (n int) {
	for _, l := range notes {
		room -= len(wrapped(w, l))
		if room < 0 && n >= fewestNotes {
			return n
		}
		n++
	}
	return n
}

// verdicts says what can be said about each candidate. Of many it names those about
// which the same can be said.
func verdicts(c compare.Comparison) (lines []string) {
	if len(c.Pairs) <= mostSentences {
		for _, p := range c.Pairs {
			lines = append(lines, fmt.Sprintf("Verdict on %s: %s. %s", p.Candidate, inWords(p.Verdict),
				sentence(p)))
		}
		return lines
	}
	order, about := gathered(c.Pairs, func(p compare.Pair) []string {
		return []string{inWords(p.Verdict)}
	})
	for _, said := range order {
		who := strings.Join(about[said], ", ")
		if n := len(about[said]); n == len(c.Pairs) {
			who = fmt.Sprintf("all %d candidates", n)
		}
		lines = append(lines, fmt.Sprintf("Verdict by a margin of %g points: %s: %s.",
			c.Pairs[0].Assumptions.MarginPP, said, who))
	}
	return lines
}

// headline are the metrics that tell configurations apart at a glance, beside
// how many tasks they resolve, and what they are called where each has a column.
var headline = []struct{ name, label string }{
	{"cost_usd.per_task", "cost per task"}, {"wall_s.p50", "work"},
	{"sidekick_share.cost", "sidekicks"}, {"escalation.rate", "escalated"},
	{"parallelism.mean_concurrency", "at once"}, {"parallelism.peak_concurrency", "peak"},
}

// overview has a row for each configuration and a column for the metrics that
// matter most, as far as some configuration has them.
func overview(c compare.Comparison, columns int) grid {
	g := grid{
		title:  heading("Configurations of "+strings.Join(c.Runs, ", "), c),
		header: []string{naming, "resolved, %"}, align: "lr",
	}
	var shown []compare.Metric
	for _, h := range headline {
		m := compare.Named(h.name)
		if absent(m, c) {
			continue
		}
		m.Per = "" // n stands in the columns before
		shown = append(shown, m)
		g.header = append(g.header, h.label)
	}
	for _, conf := range c.Configurations {
		row := []string{conf.Name, resolved(conf)}
		for _, m := range shown {
			row = append(row, cell(m, conf))
		}
		g.add(row...)
	}
	return fitted(g, columns)
}

// fitted is a grid without the columns on the right that have no room.
func fitted(g grid, columns int) grid {
	for len(g.header) > 2 && len(g.split(columns)) > 1 {
		g = g.columns(1, len(g.header)-1)
	}
	return g
}

// resolved is how many tasks of how many were resolved, with the interval of
// the rate in percent.
func resolved(c compare.Configuration) string {
	count, rate := compare.Named("resolved"), c.Value(compare.Named("resolved_rate"))
	interval := within(rate.Interval, rate.Number, compare.Percent)
	return strings.TrimSpace(cell(count, c) + " " + interval)
}

// candidates has a row for each pair. Verdicts are in it where they are too many to
// stand above as sentences.
func candidates(c compare.Comparison, columns int) grid {
	g := grid{
		title:  heading("Against the baseline "+c.Pairs[0].Baseline, c),
		header: []string{"candidate", "difference, points", "cost ratio"}, align: "lr",
	}
	with := []func(p compare.Pair) string{timeRatio, displacement}
	heads := []string{"time ratio", "displaced"}
	if len(c.Pairs) > mostSentences {
		g.align = "lrrl"
		heads = []string{"verdict"}
		with = []func(p compare.Pair) string{func(p compare.Pair) string { return inWords(p.Verdict) }}
	}
	g.header = append(g.header, heads...)
	for _, p := range c.Pairs {
		row := []string{p.Candidate, difference(p), costRatio(p)}
		for _, of := range with {
			row = append(row, of(p))
		}
		g.add(row...)
	}
	return fitted(g, columns)
}

// chosen has a row for each configuration and the columns that were asked for.
func (v View) chosen(c compare.Comparison) grid {
	g := grid{
		title:  heading("Configurations of "+strings.Join(c.Runs, ", "), c),
		header: []string{naming}, align: "lr",
	}
	for _, column := range v.Columns {
		g.header = append(g.header, column.name)
	}
	for _, e := range entries(c) {
		row := []string{e.configuration.Name}
		for _, column := range v.Columns {
			row = append(row, column.cell(e))
		}
		g.add(row...)
	}
	return g
}

// marksIn explains the marks of numbers, if there are some in tables.
func marksIn(grids []grid, c compare.Comparison) []string {
	for _, g := range grids {
		for _, row := range g.rows {
			if strings.ContainsAny(strings.Join(row[1:], ""), "~≥≤?") {
				return []string{marksOf(c)}
			}
		}
	}
	return nil
}
