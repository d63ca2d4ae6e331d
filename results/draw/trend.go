package draw

import (
	"fmt"
	"math"

	"bench/internal/width"
)

// Quantity is what the values of a panel are, which gives their ticks and where the
// scale begins.
type Quantity string

// The quantities: shares of 1, dollars, and seconds.
const (
	Share   Quantity = "share"
	Dollars Quantity = "dollars"
	Time    Quantity = "time"
)

// tick writes a value of the quantity.
func (q Quantity) tick(v float64) string {
	switch q {
	case Share:
		return percent(v)
	case Dollars:
		return dollars(v)
	case Time:
	}
	return seconds(v)
}

// ticks are round values of the quantity within a scale: of times, parts and multiples of
// minutes and hours.
func (q Quantity) ticks(s scale) (out []float64) {
	const about = 4
	if q != Time || s.log {
		return s.ticks(about)
	}
	step := round((s.hi - s.lo) / about)
	for _, v := range []float64{10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 4 * 3600} {
		if step > 5 && v*about >= s.hi-s.lo {
			step = v
			break
		}
	}
	for i := 0.0; i*step <= s.hi; i++ {
		out = append(out, i*step)
	}
	return out
}

// Panel is one measure of a trend. Its rows have a value for each occasion, in the order
// of the series.
type Panel struct {
	Title    string
	Quantity Quantity
	Rows     [][]Value
	Changes  []Step
}

// Value is a mean with its interval. What is not known is NaN.
type Value struct {
	Mean, Lo, Hi float64
	Tip          string
}

// Step is a moment from which on a series is another.
type Step struct {
	Series int
	At     int    // the first occasion of the new state
	Text   string // by how much
	Tip    string
}

// Occasion is a place on the axis of a trend.
type Occasion struct {
	Name   string
	Differ string // what its runs were made with that differs from the occasion before
}

// The measures of trends.
const (
	panelHeight, panelGap = 118.0, 14.0
	panelTitle            = 20.0 // room above a panel
	stepRow               = 16.0 // room for texts of changes in one row
	trendAxis             = 44.0 // room for the names of occasions
	mostDodge             = 9.0  // between series on one occasion
	mostName              = 18   // columns of an occasion's name
)

// trendPicture is a trend that is being drawn.
type trendPicture struct {
	*plot
	occasions []Occasion
	names     []string
}

// Trend draws panels one below the other over the same occasions. Lines join what series
// did, with whiskers for the intervals; from a dashed upright line on, a series is another.
func Trend(occasions []Occasion, names []string, panels []Panel, x, title string) *Picture {
	p := trendPicture{newPlot(title), occasions, names}
	p.x = scale{lo: -0.5, hi: float64(len(occasions)) - 0.5, from: p.left, to: p.right}
	y := p.key(roomTop)
	top := y
	for _, panel := range panels {
		y = p.panel(panel, y)
	}
	p.height = y + trendAxis
	p.axis(top, y-panelGap, x)
	return p.Picture
}

// key names the series, in as many rows as it takes, and returns where it ends.
func (p trendPicture) key(y float64) float64 {
	x := p.left
	for i, name := range p.names {
		wide := 54 + goRegular().width(name)
		if x > p.left && x+wide > p.right {
			x, y = p.left, y+stepRow
		}
		p.path("curve "+Series(i), polyline(point{x, y}, point{x + 30, y}), "")
		p.mark("mark", i, x+15, y, "")
		p.text("name", x+36, y+4, Start, name)
		x += wide
	}
	return y + stepRow
}

// axis writes the names of occasions below the panels, as many as there is room for, and
// draws dotted lines where something else differs.
func (p trendPicture) axis(top, bottom float64, x string) {
	widest := 0.0
	for _, o := range p.occasions {
		widest = max(widest, goRegular().width(width.Clip(o.Name, mostName)))
	}
	apart := (p.right - p.left) / float64(len(p.occasions))
	every := max(1, int(math.Ceil((widest+10)/apart)))
	for i, o := range p.occasions {
		at := p.x.at(float64(i))
		if i%every == 0 {
			p.line("axis", at, bottom, at, bottom+4)
			p.text("tick", at, bottom+17, Middle, width.Clip(o.Name, mostName))
		}
		if o.Differ != "" {
			at = p.x.at(float64(i) - 0.5)
			p.path("differs", polyline(point{at, top + panelTitle}, point{at, bottom}), o.Differ)
		}
	}
	p.text("label", (p.left+p.right)/2, bottom+36, Middle, x)
}

// panel draws one measure from y on, and returns where the next one begins.
func (p trendPicture) panel(panel Panel, y float64) float64 {
	p.text("name", p.left, y+13, Start, panel.Title)
	texts, rows := p.stepTexts(panel.Changes)
	p.top = y + panelTitle + stepRow*float64(rows)
	p.bottom = p.top + panelHeight
	p.y = panel.scale(p.bottom, p.top)
	for _, v := range panel.Quantity.ticks(p.y) {
		at := p.y.at(v)
		p.line("grid", p.left, at, p.right, at)
		p.text("tick", p.left-6, at+4, End, panel.Quantity.tick(v))
	}
	p.line("axis", p.left, p.bottom, p.right, p.bottom)
	p.line("axis", p.left, p.top, p.left, p.bottom)
	for i, s := range panel.Changes {
		at, row := p.changeAt(s), y+panelTitle+texts[i].y0
		p.path("change "+Series(s.Series), polyline(point{at, row + 2}, point{at, p.bottom}), s.Tip)
		p.text("name", texts[i].x0, row+12, Start, p.stepText(s))
	}
	for i, row := range panel.Rows {
		p.series(i, row)
	}
	return p.bottom + panelGap
}

// changeAt is where a change is drawn: before its first occasion.
func (p trendPicture) changeAt(s Step) float64 {
	return p.x.at(float64(s.At)-0.5) + p.dodge(s.Series)
}

// dodge is how far the i-th series is drawn beside its occasion, so that none hides another.
func (p trendPicture) dodge(i int) float64 {
	apart := (p.x.at(1) - p.x.at(0)) * 0.6
	n := float64(len(p.names))
	return min(mostDodge, apart/n) * (float64(i) - (n-1)/2)
}

// stepText is what stands at a change.
func (p trendPicture) stepText(s Step) string {
	if len(p.names) == 1 {
		return s.Text
	}
	return p.names[s.Series] + " " + s.Text
}

// stepTexts places the texts of changes in rows, so that none is over another.
func (p trendPicture) stepTexts(steps []Step) (at []box, rows int) {
	for _, s := range steps {
		wide := goRegular().width(p.stepText(s))
		x := p.changeAt(s) + 4
		if x+wide > p.right {
			x = p.changeAt(s) - 4 - wide
		}
		b := box{x, 0, x + wide, stepRow - 1}
		for i := 0; i < len(at); i++ {
			if b.covers(at[i]) > 0 {
				b.y0, b.y1, i = b.y0+stepRow, b.y1+stepRow, -1
			}
		}
		at = append(at, b)
		rows = max(rows, 1+int(b.y0/stepRow))
	}
	return at, rows
}

// scale has room for all values and their intervals.
func (panel Panel) scale(from, to float64) scale {
	var all []float64
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, row := range panel.Rows {
		for _, v := range row {
			for _, x := range []float64{v.Mean, or(v.Lo, v.Mean), or(v.Hi, v.Mean)} {
				if !math.IsNaN(x) {
					all, lo, hi = append(all, x), min(lo, x), max(hi, x)
				}
			}
		}
	}
	if panel.Quantity == Share {
		return rates(lo, hi, from, to)
	}
	return positive(all, from, to)
}

// series draws the i-th series. Where an occasion has no value the line is broken.
func (p trendPicture) series(i int, row []Value) {
	dodge := p.dodge(i)
	var line []point
	join := func() {
		if len(line) > 1 {
			p.path("curve "+Series(i), polyline(line...), p.names[i])
		}
		line = nil
	}
	for j, v := range row {
		if math.IsNaN(v.Mean) {
			join()
			continue
		}
		line = append(line, point{p.x.at(float64(j)) + dodge, p.y.at(v.Mean)})
	}
	join()
	for j, v := range row {
		if math.IsNaN(v.Mean) {
			continue
		}
		x := p.x.at(float64(j)) + dodge
		p.upright(i, x, v.Lo, v.Hi)
		p.mark("mark", i, x, p.y.at(v.Mean), fmt.Sprintf("%s, %s: %s", p.names[i],
			p.occasions[j].Name, v.Tip))
	}
}
