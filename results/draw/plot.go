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
	fmt.Fprintf(&p.body, `<text class="label" text-anchor="middle" transform="rotate(-90)" `+
		`x="%s" y="14">%s</text>`, num(-(p.top+p.bottom)/2), escape(y))
}

// shapes are the marks of series, each round the origin.
var shapes = []string{
	"M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0",                 // circle
	"M-5.5-5.5h11v11h-11z",                                // square
	"M0-7L6.5 5.5h-13z",                                   // triangle
	"M0-7.5L7.5 0L0 7.5L-7.5 0z",                          // diamond
	"M0 7L6.5-5.5h-13z",                                   // triangle that stands on its point
	"M-7-2.5h4.5v-4.5h5v4.5h4.5v5h-4.5v4.5h-5v-4.5h-4.5z", // cross
}

// mark draws the mark of the i-th series.
func (p *plot) mark(i int, x, y float64, tip string) {
	fmt.Fprintf(&p.body, `<path class="mark s%d" transform="translate(%s %s)" d="%s"`,
		i%colours, num(x), num(y), shapes[i%len(shapes)])
	p.end("path", tip)
}

// colours is how many series differ in colour.
const colours = 7

// Series is the class of the i-th series, which gives its colour.
func Series(i int) string { return fmt.Sprintf("s%d", i%colours) }

// dollars writes an amount for a tick.
func dollars(v float64) string {
	switch {
	case v == 0:
		return "$0"
	case v >= 1000:
		return fmt.Sprintf("$%gk", v/1000)
	case v >= 0.01:
		return "$" + strings.TrimSuffix(fmt.Sprintf("%.2f", v), ".00")
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
