package chart

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"bench/results/draw"
	"bench/results/nights"
	"bench/results/report"
	"bench/stats"
)

// measures says how the measures of a trend are drawn.
var measures = map[nights.Measure]struct {
	title    string
	quantity draw.Quantity
}{
	nights.Quality: {"resolved", draw.Share},
	nights.Cost:    {"cost per task", draw.Dollars},
	nights.Time:    {"time per task", draw.Time},
}

// Trend draws how configurations did on several occasions, with 95 % intervals, and from
// when on otherwise. A measure that is not known has no panel; nil if none is known.
func Trend(t nights.Trend) *draw.Picture {
	var panels []draw.Panel
	var unknown []string
	for _, m := range nights.Measures {
		if panel, ok := panelOf(t, m); ok {
			panels = append(panels, panel)
		} else {
			unknown = append(unknown, measures[m].title)
		}
	}
	if panels == nil {
		return nil
	}
	var occasions []draw.Occasion
	differs := false
	for _, o := range t.Occasions {
		o := draw.Occasion{Name: o.Name, Differ: strings.Join(o.Setup, ", ")}
		if occasions = append(occasions, o); o.Differ != "" {
			differs = true
		}
	}
	var names []string
	for _, c := range t.Series {
		names = append(names, c.Name)
	}
	simulated, imported := t.Origin()
	p := draw.Trend(occasions, names, panels, string(t.By), title(t))
	p.Note(fmt.Sprintf("95 %% intervals; dashed upright: a change, p ≤ %g corrected for all looks",
		nights.Alpha))
	if differs {
		p.Note("dotted: made in another way than before: " + strings.Join(differing(t), ", "))
	}
	if unknown != nil {
		p.Note("not known: " + strings.Join(unknown, ", "))
	}
	if imported {
		p.Note("imported")
	}
	return p.Simulated(simulated)
}

// title says what a trend shows, for who cannot see it.
func title(t nights.Trend) string {
	out := fmt.Sprintf("Trend over %d occasions, by %s", len(t.Occasions), t.By)
	for _, c := range t.Series {
		for _, x := range c.Changes {
			out += fmt.Sprintf(". %s: %s", c.Name, report.ChangeSentence(t, x))
		}
	}
	return out
}

// differing are all things in which occasions differ from the ones before.
func differing(t nights.Trend) (all []string) {
	for _, o := range t.Occasions {
		for _, what := range o.Setup {
			if !slices.Contains(all, what) {
				all = append(all, what)
			}
		}
	}
	return all
}

// panelOf is one measure of a trend, if anything is known of it.
func panelOf(t nights.Trend, m nights.Measure) (p draw.Panel, known bool) {
	i := slices.Index(nights.Measures, m)
	p = draw.Panel{Title: measures[m].title, Quantity: measures[m].quantity}
	for series, c := range t.Series {
		var row []draw.Value
		for _, point := range c.Points {
			e := point.Estimate(m)
			v := draw.Value{Mean: orNaN(e.Number), Tip: report.PointCells(point)[i]}
			v.Lo, v.Hi = ends(e.Interval)
			row, known = append(row, v), known || e.OK()
		}
		p.Rows = append(p.Rows, row)
		for _, x := range c.Changes {
			if x.Measure == m {
				p.Changes = append(p.Changes, draw.Step{
					Series: series, At: x.At, Text: report.Changed(m, x.Change),
					Tip: c.Name + ": " + report.ChangeSentence(t, x),
				})
			}
		}
	}
	return p, known
}

// orNaN is a number, NaN where there is none.
func orNaN(n stats.Number) float64 {
	if !n.OK() {
		return math.NaN()
	}
	return float64(n)
}
