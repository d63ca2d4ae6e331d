package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"bench/internal/plural"
	"bench/results/compare"
	"bench/results/nights"
)

// Trend writes how configurations did over time, as text: a table for each, with a row
// for each occasion.
func Trend(w io.Writer, t nights.Trend) error { return trendTables(w, t, text) }

// TrendMarkdown writes the same in Markdown.
func TrendMarkdown(w io.Writer, t nights.Trend) error { return trendTables(w, t, markdown) }

func trendTables(w io.Writer, t nights.Trend, s style) error {
	for _, c := range t.Series {
		if err := trend(t, c).write(w, s); err != nil {
			return err
		}
	}
	return remarks(w, append(trendRemarks(t), excludedNote(t.Excluded)...), s)
}

// trend has a row for each occasion of a configuration.
func trend(t nights.Trend, c nights.Series) grid {
	g := grid{
		title:  trendTitle(t, c.Name),
		header: []string{string(t.By)}, align: "l",
	}
	several := slices.ContainsFunc(c.Points, func(p nights.Point) bool {
		return p.Tasks != p.Verdicts
	})
	if t.By != nights.ByNight {
		g.header, g.align = append(g.header, "nights"), g.align+"r"
	}
	if several {
		g.header, g.align = append(g.header, "tasks"), g.align+"r"
	}
	g.header = append(g.header, "resolved, %", "cost per task", "time per task", "from here on")
	g.align += "rrrl"
	for i, p := range c.Points {
		row := []string{t.Occasions[i].Name}
		if t.By != nights.ByNight {
			row = append(row, fmt.Sprint(len(t.Occasions[i].Nights)))
		}
		if several {
			row = append(row, fmt.Sprint(p.Tasks))
		}
		cells := PointCells(p)
		g.add(append(append(row, cells[:]...), changesAt(c, i))...)
	}
	return g
}

// PointCells are what a configuration did on an occasion, in the order of the measures:
// what is resolved, the cost, and the time, with their intervals.
func PointCells(p nights.Point) [3]string {
	return [3]string{
		rateOf(p), estimated(p.Cost, p, compare.Dollars), estimated(p.Seconds, p, compare.Seconds),
	}
}

// rateOf is how many trials are resolved, with the interval of the rate.
func rateOf(p nights.Point) string {
	out := fmt.Sprintf("%d of %d", p.Resolved, p.Verdicts)
	if p.Rate.Interval.OK() {
		out += " " + within(p.Rate.Interval, p.Rate.Number, compare.Percent)
	}
	return out
}

func trendTitle(t nights.Trend, name string) string {
	n := 0
	for _, o := range t.Occasions {
		n += len(o.Nights)
	}
	simulated, imported := t.Origin()
	title := fmt.Sprintf("Trend of %s over %s", name, plural.Count(n, "night"))
	return without(based(title, simulated, imported, nil), t.Excluded)
}

// estimated is a mean with its interval, and how many trials it is over if these are
// not all that have a verdict.
func estimated(e nights.Estimate, p nights.Point, u compare.Unit) string {
	out := number(e.Number, u)
	switch {
	case !e.Interval.OK():
	case u == compare.Seconds:
		out += fmt.Sprintf(" [%s, %s]", number(e.Interval.Lo, u), number(e.Interval.Hi, u))
	default:
		out += " " + within(e.Interval, e.Number, u)
	}
	if e.OK() && e.Trials != p.Verdicts {
		out += fmt.Sprintf(" (n=%d)", e.Trials)
	}
	return out
}

// changesAt are the changes that begin with an occasion.
func changesAt(c nights.Series, occasion int) string {
	var out []string
	for _, x := range c.Changes {
		if x.At == occasion {
			out = append(out, fmt.Sprintf("%s %s", x.Measure, Changed(x.Measure, x.Change)))
		}
	}
	return strings.Join(out, "; ")
}

// trendRemarks are what does not fit into the tables.
func trendRemarks(t nights.Trend) (lines []string) {
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	for _, c := range t.Series {
		for _, x := range c.Changes {
			say("%s: %s.", c.Name, ChangeSentence(t, x))
		}
		if still := unchanged(c); len(still) > 0 {
			say("%s: no change of %s is shown.", c.Name, strings.Join(still, ", "))
		}
		for i, m := range nights.Measures {
			if d := c.Dispersion[i]; d > 1.5 {
				say("%s, %s: nights vary %.1f times as much as tasks by themselves do, which is "+
					"allowed for.", c.Name, m, float64(d))
			}
		}
	}
	for _, o := range t.Occasions {
		if len(o.Setup) > 0 {
			say("From %s on something else differs, too: %s.", o.Name, strings.Join(o.Setup, ", "))
		}
	}
	for _, c := range t.Series {
		for i, p := range c.Points {
			if n := p.Trials - p.Verdicts; n > 0 {
				say("Note: %s, %s: %s without a verdict.", c.Name, t.Occasions[i].Name,
					plural.Count(n, "trial"))
			}
		}
	}
	if n := len(t.Occasions); n < 6 {
		say("Note: %s do not tell by how much whole nights vary: a change may be the luck of some.",
			plural.Count(n, "occasion"))
	}
	return lines
}

// ChangeSentence says what a change is.
func ChangeSentence(t nights.Trend, x nights.Change) string {
	what := fmt.Sprintf("%s of tasks changed %s on the mean", x.Measure, Changed(x.Measure, x.Change))
	if x.Measure == nights.Quality {
		what = fmt.Sprintf("%s is %s where it was %s (%s)", x.Measure, number(x.After, compare.Percent),
			number(x.Before, compare.Percent), Changed(x.Measure, x.Change))
	}
	return fmt.Sprintf("from %s on %s; p = %s, corrected for %s %s", t.Occasions[x.At].Name, what,
		chance(x.P), plural.Count(t.Looks, "look"), chance(x.Corrected))
}

// unchanged are the measures that are known on two occasions and have no change.
func unchanged(c nights.Series) (names []string) {
	for _, m := range nights.Measures {
		known := 0
		for _, p := range c.Points {
			if p.Estimate(m).OK() {
				known++
			}
		}
		has := func(x nights.Change) bool { return x.Measure == m }
		if known > 1 && !slices.ContainsFunc(c.Changes, has) {
			names = append(names, string(m))
		}
	}
	return names
}
