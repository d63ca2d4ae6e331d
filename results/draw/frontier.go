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
	Others         bool // somebody else's figures, of other tasks: drawn hollow
}

// tip is what a point says when it is pointed at.
func (p Point) tip() string {
	out := fmt.Sprintf("%s: %s resolved", p.Name, percent(p.Rate))
	if p.Others {
		out = fmt.Sprintf("%s: score %.1f%% as published", p.Name, 100*p.Rate)
	}
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
// beats in both, and dashed lines through the baseline. The origins of points that are
// others' figures stand below.
func Frontier(points []Point, origins []string, title string) *Picture {
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
	hollow := slices.ContainsFunc(points, func(p Point) bool { return p.Others })
	full := slices.ContainsFunc(points, func(p Point) bool { return !p.Others })
	y := either(full, "resolved", "score")
	if full && hollow {
		y = "resolved, or score where hollow"
	}
	p.axes("cost per task"+either(p.x.log, ", logarithmic", ""), y, dollars, percent)
	p.baseline(points)
	p.best(points)
	for i, pt := range points {
		p.point(i, pt)
	}
	p.names(points)
	if hollow {
		p.Note("hollow: figures of others on their tasks, without intervals")
	}
	for _, o := range origins {
		p.Note(width.Clip(o, mostNote))
	}
	return p.Picture
}

// mostNote is how many columns of a note are drawn.
const mostNote = 90

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
	var line []point
	for i, pt := range on {
		x, y := p.x.at(pt.Cost), p.y.at(pt.Rate)
		if i > 0 {
			line = append(line, point{x, line[len(line)-1].y})
		}
		line = append(line, point{x, y})
	}
	p.path("frontier", polyline(line...), "not beaten in both")
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
	p.upright(i, x, pt.RateLo, pt.RateHi)
	p.mark(either(pt.Others, "others", "mark"), i, x, y, pt.tip())
}

// names writes the names beside their points, where they cover no mark and no other
// name, as far as there is room. A name that is far from its mark has a line to it.
func (p *plot) names(points []Point) {
	var taken []box
	for _, pt := range points {
		x, y := p.x.at(pt.Cost), p.y.at(pt.Rate)
		taken = append(taken, box{x - 8, y - 8, x + 8, y + 8})
	}
	for i, pt := range points {
		x, y := p.x.at(pt.Cost), p.y.at(pt.Rate)
		at, far := p.place(x, y, goRegular().width(pt.Name), taken)
		taken = append(taken, at)
		if far {
			p.line("leader", x, y+either(at.y0 > y, 8.0, -8), min(max(x, at.x0), at.x1),
				either(at.y0 > y, at.y0, at.y1))
		}
		p.text("name "+Series(i), at.x0, at.y1-3, Start, pt.Name)
	}
}

// box is a part of a picture.
type box struct{ x0, y0, x1, y1 float64 }

// covers is how much of an area two boxes share.
func (b box) covers(o box) float64 {
	return max(0, min(b.x1, o.x1)-max(b.x0, o.x0)) * max(0, min(b.y1, o.y1)-max(b.y0, o.y0))
}

// place finds room for a name of a width beside a mark: at the right or the left, above
// or below, the nearer the better, and says whether that is far from the mark.
func (p *plot) place(x, y, width float64, taken []box) (best box, far bool) {
	least := math.Inf(1)
	for _, off := range []float64{8, 20, 32, 44, 60, 78} {
		for _, dy := range []float64{-off, off + 10} {
			for _, x0 := range []float64{x + 10, x - 10 - width, x - width/2} {
				at := box{x0, y + dy - 10, x0 + width, y + dy + 3}
				if at.x0 < p.left || at.x1 > p.right || at.y0 < p.top || at.y1 > p.bottom {
					continue
				}
				covered := 0.0
				for _, o := range taken {
					covered += at.covers(o)
				}
				if covered < least {
					best, far, least = at, off > 8, covered
				}
				if covered == 0 {
					return best, far
				}
			}
		}
	}
	if math.IsInf(least, 1) { // too wide for the picture
		best = box{p.left, y - 18, p.left + width, y - 5}
	}
	return best, far
}
