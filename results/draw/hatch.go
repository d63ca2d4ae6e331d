package draw

import (
	"math"
	"strings"
)

// hatching says in which directions lines cross the areas of each series, in degrees,
// and how far apart they are. By them grey print tells areas apart.
var hatching = [colours]struct {
	degrees []float64
	apart   float64
}{
	{}, {[]float64{45}, 6}, {[]float64{-45}, 6}, {[]float64{90}, 5}, {[]float64{45, -45}, 7},
	{[]float64{0}, 4.5}, {[]float64{0, 90}, 6},
}

// area draws a box of the i-th series, hatched.
func (p *Picture) area(i int, x, y, width, height float64, tip string) {
	p.rect("bar "+Series(i), x, y, width, height, tip)
	h := hatching[i%colours]
	var lines path
	for _, d := range h.degrees {
		lines = append(lines, hatch(d, h.apart, x, y, width, height)...)
	}
	if lines != nil {
		p.path("hatch", lines, "")
	}
}

// hatch are the parallel lines in a box.
func hatch(degrees, apart, x, y, width, height float64) (out path) {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	far := func(px, py float64) float64 { return py*cos - px*sin } // across the lines
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, c := range []point{{x, y}, {x + width, y}, {x, y + height}, {x + width, y + height}} {
		lo, hi = min(lo, far(c.x, c.y)), max(hi, far(c.x, c.y))
	}
	for at := math.Ceil(lo/apart) * apart; at < hi; at += apart {
		// The line is where far is at; its ends are where it leaves the box.
		from, to := math.Inf(-1), math.Inf(1)
		within := func(start, step, low, high float64) {
			if math.Abs(step) < 1e-9 {
				return // the line stays within, as at is between the corners
			}
			a, b := (low-start)/step, (high-start)/step
			from, to = max(from, min(a, b)), min(to, max(a, b))
		}
		within(-at*sin, cos, x, x+width)
		within(at*cos, sin, y, y+height)
		if from < to-0.5 {
			out = append(out, polyline(point{-at*sin + from*cos, at*cos + from*sin},
				point{-at*sin + to*cos, at*cos + to*sin})...)
		}
	}
	return out
}

// Legend names a series.
type Legend struct {
	Series int
	Name   string
}

// legend names series in a row, from x on. Fonts of pages may be wider than Go Regular.
func (p *Picture) legend(x, y float64, all []Legend) {
	for _, l := range all {
		p.area(l.Series, x, y, 22, 12, "")
		p.text("tick", x+28, y+10, Start, l.Name)
		x += 46 + 1.15*goRegular().width(l.Name)
	}
}

// names are those of a legend, for who cannot see it.
func names(all []Legend) string {
	var out []string
	for _, l := range all {
		out = append(out, l.Name)
	}
	return strings.Join(out, ", ")
}
