package draw

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"

	"golang.org/x/image/vector"
)

// pixels is how many pixels of a PNG a unit of the picture has.
const pixels = 2

// PNG writes the picture on white paper, with two pixels for each of its units.
func (p *Picture) PNG(w io.Writer) error {
	size := image.Rect(0, 0, int(math.Ceil(p.width*pixels)), int(math.Ceil(p.height*pixels)))
	c := canvas{image.NewNRGBA(size), vector.NewRasterizer(0, 0)}
	draw.Draw(c.NRGBA, size, image.White, image.Point{}, draw.Src)
	for _, s := range p.shapes {
		c.shape(s)
	}
	e := png.Encoder{CompressionLevel: png.BestCompression}
	return e.Encode(w, c.NRGBA)
}

// canvas is an image that shapes are painted on.
type canvas struct {
	*image.NRGBA
	vector *vector.Rasterizer
}

func (c canvas) shape(s shape) {
	l := lookOf(s.class)
	if s.path == nil {
		c.text(s, l.fill)
		return
	}
	lines := s.path.inPixels().flat()
	if l.fill.A > 0 {
		c.fill(lines, l.fill)
	}
	if l.stroke.A > 0 {
		c.fill(stroked(lines, l.width*pixels, l.dash, pixels), l.stroke)
	}
}

func (c canvas) text(s shape, fill color.NRGBA) {
	f, at := goRegular(), s.begin()
	for _, r := range s.text {
		g := f.glyph(r)
		outline, far := f.outline(g), f.advance(g)*textSize/f.perEm
		if s.turned {
			c.fill(outline.turned().moved(at.x, at.y).inPixels().flat(), fill)
			at.y -= far
			continue
		}
		c.fill(outline.moved(at.x, at.y).inPixels().flat(), fill)
		at.x += far
	}
}

// fill paints what is inside of closed lines.
func (c canvas) fill(lines [][]point, fill color.NRGBA) {
	box := bounds(lines).Intersect(c.Bounds())
	if box.Empty() {
		return
	}
	c.vector.Reset(box.Dx(), box.Dy())
	place := func(p point) (x, y float32) {
		return float32(p.x - float64(box.Min.X)), float32(p.y - float64(box.Min.Y))
	}
	for _, points := range lines {
		c.vector.MoveTo(place(points[0]))
		for _, p := range points[1:] {
			c.vector.LineTo(place(p))
		}
		c.vector.ClosePath()
	}
	c.vector.Draw(c.NRGBA, box, image.NewUniform(fill), image.Point{})
}

// bounds are the pixels that lines touch.
func bounds(lines [][]point) image.Rectangle {
	lo, hi := point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	for _, points := range lines {
		for _, p := range points {
			lo = point{min(lo.x, p.x), min(lo.y, p.y)}
			hi = point{max(hi.x, p.x), max(hi.y, p.y)}
		}
	}
	if lo.x > hi.x {
		return image.Rectangle{}
	}
	return image.Rect(int(math.Floor(lo.x)), int(math.Floor(lo.y)), int(math.Ceil(hi.x)),
		int(math.Ceil(hi.y)))
}

// inPixels is a path whose points are those of the picture.
func (p path) inPixels() path {
	return p.each(func(q point) point { return point{q.x * pixels, q.y * pixels} })
}

// turned is a path that runs upwards instead of to the right.
func (p path) turned() path { return p.each(func(q point) point { return point{q.y, -q.x} }) }
