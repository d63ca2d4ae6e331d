package draw

import "math"

// Picture is a picture that is being drawn: shapes, one over another. Lengths are
// its own units, which are pixels where it has its natural size.
type Picture struct {
	width, height float64
	title         string
	shapes        []shape
}

// New begins a picture. The title is what a screen reader says instead.
func New(width, height float64, title string) *Picture {
	return &Picture{width: width, height: height, title: title}
}

// shape is a line of points and curves, or a text.
type shape struct {
	class  string // which says how it looks; see paints
	path   path
	box    bool // the path is a rectangle: its corners, clockwise from the upper left
	tip    string
	text   string
	x, y   float64 // of the text
	anchor Anchor
	turned bool // the text runs upwards
}

// step is a part of a path: a place to begin at, a line to a place, a cubic curve to
// the last of three, or back to the beginning.
type step struct {
	kind stepKind
	to   [3]point
}

type stepKind byte

// The kinds of steps are written as SVG does.
const (
	move  stepKind = 'M'
	line  stepKind = 'L'
	curve stepKind = 'C'
	shut  stepKind = 'Z'
)

// points is how many points a kind of step has.
func (k stepKind) points() int {
	switch k {
	case move, line:
		return 1
	case curve:
		return 3
	case shut:
	}
	return 0
}

type path []step

type point struct{ x, y float64 }

func (p point) add(x, y float64) point { return point{p.x + x, p.y + y} }

// moved is a path at another place.
func (p path) moved(x, y float64) path {
	return p.each(func(q point) point { return q.add(x, y) })
}

// each is a path with every point at another place.
func (p path) each(place func(point) point) path {
	out := make(path, len(p))
	for i, s := range p {
		for j := range s.to {
			s.to[j] = place(s.to[j])
		}
		out[i] = s
	}
	return out
}

// polyline is the path through points.
func polyline(points ...point) (out path) {
	for i, at := range points {
		out = append(out, step{either(i == 0, move, line), [3]point{at}})
	}
	return out
}

// polygon is the path round points.
func polygon(points ...point) path { return append(polyline(points...), step{kind: shut}) }

// circle is the path round a point, of four curves that no eye tells from it.
func circle(x, y, r float64) path {
	const k = 0.5522847498 // of the radius: how far the handles of a quarter reach
	out := path{{move, [3]point{{x + r, y}}}}
	for i := range 4 {
		sin, cos := math.Sincos(float64(i) * math.Pi / 2)
		at := func(along, across float64) point {
			return point{x + r*(cos*along-sin*across), y + r*(sin*along+cos*across)}
		}
		out = append(out, step{curve, [3]point{at(1, k), at(k, 1), at(0, 1)}})
	}
	return append(out, step{kind: shut})
}

// Anchor says which part of a text is at its place.
type Anchor string

// The anchors.
const (
	Start  Anchor = "start"
	Middle Anchor = "middle"
	End    Anchor = "end"
)

func (p *Picture) line(class string, x1, y1, x2, y2 float64) {
	p.path(class, polyline(point{x1, y1}, point{x2, y2}), "")
}

// rect draws a box, which says tip when it is pointed at.
func (p *Picture) rect(class string, x, y, width, height float64, tip string) {
	width, height = max(width, 0), max(height, 0)
	p.shapes = append(p.shapes, shape{
		class: class, tip: tip, box: true,
		path: polygon(point{x, y}, point{x + width, y}, point{x + width, y + height},
			point{x, y + height}),
	})
}

func (p *Picture) path(class string, d path, tip string) {
	p.shapes = append(p.shapes, shape{class: class, path: d, tip: tip})
}

func (p *Picture) text(class string, x, y float64, anchor Anchor, text string) {
	p.shapes = append(p.shapes, shape{class: class, x: x, y: y, anchor: anchor, text: Clean(text)})
}

// upwards writes a text that runs upwards.
func (p *Picture) upwards(class string, x, y float64, text string) {
	p.text(class, x, y, Middle, text)
	p.shapes[len(p.shapes)-1].turned = true
}

// Note adds a line below the picture.
func (p *Picture) Note(text string) {
	p.height += 18
	p.text("tick", p.width-roomRight, p.height-6, End, text)
}

// Simulated says below the picture that its models are scripts, if they are.
func (p *Picture) Simulated(yes bool) *Picture {
	if yes {
		p.Note("simulated")
	}
	return p
}
