package draw

// Curve is a line of a chart.
type Curve struct {
	Name   string
	Points [][2]float64 // x ascending; y is a share of 1
}

// Curves draws shares over an amount in dollars, such as how probable it is that
// a configuration is the best choice where a resolved task is worth so much.
func Curves(curves []Curve, x, y, title string) *Picture {
	p := newPlot(title)
	var xs []float64
	for _, c := range curves {
		for _, at := range c.Points {
			xs = append(xs, at[0])
		}
	}
	p.x = positive(xs, p.left, p.right)
	p.y = scale{lo: 0, hi: 1, from: p.bottom, to: p.top}
	p.axes(x, y, dollars, percent)
	for i, c := range curves {
		var line []point
		for _, at := range c.Points {
			line = append(line, point{p.x.at(at[0]), p.y.at(at[1])})
		}
		if len(line) == 0 {
			continue
		}
		p.path("curve "+Series(i), polyline(line...), c.Name)
		last := line[len(line)-1]
		p.text("name "+Series(i), last.x-4, last.y-6, End, c.Name)
	}
	return p.Picture
}
