package draw

import (
	"fmt"
	"math"
	"strings"
)

// plot is a picture with two axes.
type plot struct {
	*Picture
	x, y                     scale
	left, right, top, bottom float64 // of the area between the axes
}

// The size of plots, and the room for their labels.
const (
	plotWidth, plotHeight = 640, 400
	roomLeft, roomBottom  = 56, 46
	roomTop, roomRight    = 14, 18
)

func newPlot(title string) *plot {
	return &plot{
		Picture: New(plotWidth, plotHeight, title), left: roomLeft, right: plotWidth - roomRight,
		top: roomTop, bottom: plotHeight - roomBottom,
	}
}

// axes draws the axes with what they are of.
func (p *plot) axes(x, y string, xTick, yTick func(float64) string) {
	for _, v := range p.x.ticks(6) {
		at := p.x.at(v)
		p.line("grid", at, p.top, at, p.bottom)
		p.text("tick", at, p.bottom+16, Middle, xTick(v))
	}
	for _, v := range p.y.ticks(5) {
		at := p.y.at(v)
		p.line("grid", p.left, at, p.right, at)
		p.text("tick", p.left-6, at+4, End, yTick(v))
	}
	p.line("axis", p.left, p.bottom, p.right, p.bottom)
	p.line("axis", p.left, p.top, p.left, p.bottom)
	p.text("label", (p.left+p.right)/2, p.bottom+36, Middle, x)
	p.upwards("label", 14, (p.top+p.bottom)/2, y)
}

// marks are those of series, each round the origin.
var marks = [colours]path{
	circle(0, 0, 6),
	polygon(point{-5.5, -5.5}, point{5.5, -5.5}, point{5.5, 5.5}, point{-5.5, 5.5}),
	polygon(point{0, -7}, point{6.5, 5.5}, point{-6.5, 5.5}),
	polygon(point{0, -7.5}, point{7.5, 0}, point{0, 7.5}, point{-7.5, 0}),
	polygon(point{0, 7}, point{6.5, -5.5}, point{-6.5, -5.5}),
	cross(7, 2.5),
	polygon(point{-4, -6.5}, point{4, -6.5}, point{7.5, 0}, point{4, 6.5}, point{-4, 6.5},
		point{-7.5, 0}),
}

// cross is a path of four arms, each so long and half so wide.
func cross(long, half float64) path {
	var corners []point
	for i := range 4 {
		sin, cos := [4]float64{0, 1, 0, -1}[i], [4]float64{1, 0, -1, 0}[i]
		for _, c := range []point{{half, -half}, {long, -half}, {long, half}} {
			corners = append(corners, point{c.x*cos - c.y*sin, c.x*sin + c.y*cos})
		}
	}
	return polygon(corners...)
}

// mark draws the mark of the i-th series. Those that share a colour, as there are not as
// many colours, have other marks.
func (p *plot) mark(class string, i int, x, y float64, tip string) {
	p.path(class+" "+Series(i), marks[(i+i/colours)%colours].moved(x, y), tip)
}

// upright draws the whisker of the i-th series, if there is an interval.
func (p *plot) upright(i int, x, lo, hi float64) {
	if math.IsNaN(lo) || math.IsNaN(hi) {
		return
	}
	class := "whisker " + Series(i)
	from, to := p.y.at(lo), p.y.at(hi)
	p.line(class, x, from, x, to)
	p.line(class, x-4, from, x+4, from)
	p.line(class, x-4, to, x+4, to)
}

// dollars writes an amount for a tick. Below ten cents whole cents are too coarse: what a
// task costs differs in parts of one, and two ticks would read the same.
func dollars(v float64) string {
	cents := math.Abs(100*v-math.Round(100*v)) < 1e-6
	switch {
	case v == 0:
		return "$0"
	case v >= 1000:
		return fmt.Sprintf("$%gk", v/1000)
	case v >= 0.1 || v >= 0.01 && cents:
		return "$" + strings.TrimSuffix(fmt.Sprintf("%.2f", v), ".00")
	case v >= 0.01:
		return fmt.Sprintf("$%.4g", math.Round(1e4*v)/1e4)
	}
	return "$" + num6(v)
}

// num6 writes a small number without an exponent.
func num6(v float64) string {
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.6f", v), "0"), ".")
}

func percent(v float64) string { return fmt.Sprintf("%.0f%%", 100*v) }

// seconds writes a time for a tick.
func seconds(v float64) string {
	switch v = math.Round(v*1000) / 1000; {
	case v < 1 && v > 0:
		return fmt.Sprintf("%.0fms", 1000*v)
	case v < 120:
		return fmt.Sprintf("%gs", v)
	case v < 7200:
		return fmt.Sprintf("%gm", math.Round(v/6)/10)
	}
	return fmt.Sprintf("%gh", math.Round(v/360)/10)
}
