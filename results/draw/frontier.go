package draw

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"bench/internal/width"
)

// Point is a configuration in the plane of cost and resolved rate.
type Point struct {
	Name           string
	Cost, Rate     float64 // dollars per task; share of 1
	CostLo, CostHi float64 // interval; NaN where there is none
	RateLo, RateHi float64
	Baseline       bool
	Best           bool // no other is at least as good and cheap, and better in one
	Approximate    bool // the cost is a lower bound
}

// tip is what a point says when it is pointed at.
func (p Point) tip() string {
	out := fmt.Sprintf("%s: %s resolved", p.Name, percent(p.Rate))
	if !math.IsNaN(p.RateLo) {
		out += fmt.Sprintf(" (%s to %s)", percent(p.RateLo), percent(p.RateHi))
	}
	out += ", " + either(p.Approximate, "at least ", "") + dollars(p.Cost) + " per task"
	if !math.IsNaN(p.CostLo) {
		out += fmt.Sprintf(" (%s to %s)", dollars(p.CostLo), dollars(p.CostHi))
	}
	return out
}

// Frontier draws configurations by what they cost per task and what they
// resolve, with whiskers for the intervals, a line through those that none
// beats in both, and dashed lines through the baseline.
func Frontier(points []Point, title string) *Picture {
	p := newPlot(title)
	var costs []float64
	lo, hi := 1.0, 0.0
	for _, pt := range points {
		costs = append(costs, pt.Cost)
		if !math.IsNaN(pt.CostLo) {
			costs = append(costs, pt.CostLo, pt.CostHi)
		}
		lo, hi = min(lo, or(pt.RateLo, pt.Rate)), max(hi, or(pt.RateHi, pt.Rate))
	}
	p.x = positive(costs, p.left, p.right)
	p.y = rates(lo, hi, p.bottom, p.top)
	p.axes("cost per task"+either(p.x.log, ", logarithmic", ""), "resolved", dollars, percent)
	p.baseline(points)
	p.best(points)
	for i, pt := range points {
		p.point(i, pt)
	}
	p.names(points)
	return p.Picture
}

// rates is a scale of shares: all of them, or those that are needed where they
// are close together.
func rates(lo, hi, from, to float64) scale {
	if hi-lo > 0.5 || hi < lo {
		return scale{lo: 0, hi: 1, from: from, to: to}
	}
	lo, hi = math.Floor((lo-0.05)*10)/10, math.Ceil((hi+0.05)*10)/10
	return scale{lo: max(lo, 0), hi: min(hi, 1), from: from, to: to}
}

func or(v, instead float64) float64 {
	if math.IsNaN(v) {
		return instead
	}
	return v
}

func (p *plot) baseline(points []Point) {
	for _, pt := range points {
		if pt.Baseline {
			x, y := p.x.at(pt.Cost), p.y.at(pt.Rate)
			p.line("baseline", x, p.top, x, p.bottom)
			p.line("baseline", p.left, y, p.right, y)
		}
	}
}

// best draws the frontier: steps, as nothing is known between configurations.
func (p *plot) best(points []Point) {
	var on []Point
	for _, pt := range points {
		if pt.Best {
			on = append(on, pt)
		}
	}
	if len(on) < 2 {
		return
	}
	slices.SortFunc(on, func(a, b Point) int { return cmp.Compare(a.Cost, b.Cost) })
	var line [][2]float64
	for i, pt := range on {
		x, y := p.x.at(pt.Cost), p.y.at(pt.Rate)
		if i > 0 {
			line = append(line, [2]float64{x, line[len(line)-1][1]})
		}
		line = append(line, [2]float64{x, y})
	}
	p.path("frontier", polyline(line), "not beaten in both")
}

func (p *plot) point(i int, pt Point) {
	x, y := p.x.at(pt.Cost), p.y.at(pt.Rate)
	class := "whisker " + Series(i)
	if !math.IsNaN(pt.CostLo) {
		lo, hi := p.x.at(pt.CostLo), p.x.at(pt.CostHi)
		p.line(class, lo, y, hi, y)
		p.line(class, lo, y-4, lo, y+4)
		p.line(class, hi, y-4, hi, y+4)
	}
	if !math.IsNaN(pt.RateLo) {
		lo, hi := p.y.at(pt.RateLo), p.y.at(pt.RateHi)
		p.line(class, x, lo, x, hi)
		p.line(class, x-4, lo, x+4, lo)
		p.line(class, x-4, hi, x+4, hi)
	}
	p.mark(i, x, y, pt.tip())
}

// names writes the names beside their points, moved up or down where they would
// cover one another.
func (p *plot) names(points []Point) {
	type place struct{ x0, x1, y float64 }
	var taken []place
	free := func(at place) bool {
		return !slices.ContainsFunc(taken, func(o place) bool {
			return at.x0 < o.x1 && o.x0 < at.x1 && math.Abs(at.y-o.y) < 13
		})
	}
	for i, pt := range points {
		x, y := p.x.at(pt.Cost), p.y.at(pt.Rate)
		long := 6.6 * float64(width.Of(pt.Name))
		anchor, from := Start, x+10
		if x+10+long > p.right {
			anchor, from = End, x-10-long
		}
		at := place{from, from + long, y - 8}
		for _, dy := range []float64{-8, 18, -22, 32, -36, 46} {
			if at.y = y + dy; free(at) && at.y > p.top && at.y < p.bottom {
				break
			}
		}
		taken = append(taken, at)
		p.text("name "+Series(i), either(anchor == Start, at.x0, at.x1), at.y, anchor, pt.Name)
	}
}
