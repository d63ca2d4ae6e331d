package draw

import (
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// textSize is the size of all texts, in units of the picture.
const textSize = 12

// typeface is the font of pictures that bring their own: Go Regular.
type typeface struct {
	*sfnt.Font
	perEm float64 // units of the font in the size of a text
}

var goRegular = sync.OnceValue(func() typeface {
	f, err := sfnt.Parse(goregular.TTF)
	if err != nil {
		panic("draw: the font Go Regular: " + err.Error()) // it is part of the program
	}
	return typeface{f, float64(f.UnitsPerEm())}
})

// glyph is the shape of a character; 0 is a box, of characters that the font lacks.
func (f typeface) glyph(r rune) sfnt.GlyphIndex {
	i, err := f.GlyphIndex(nil, r)
	if err != nil {
		return 0
	}
	return i
}

// units is the font's own scale: one unit is one pixel.
func (f typeface) units() fixed.Int26_6 { return fixed.I(int(f.perEm)) }

// advance is how far the next glyph is, in units of the font.
func (f typeface) advance(g sfnt.GlyphIndex) float64 {
	a, err := f.GlyphAdvance(nil, g, f.units(), font.HintingNone)
	if err != nil {
		return 0
	}
	return float64(a) / 64
}

// width is that of a text, in units of the picture.
func (f typeface) width(s string) (w float64) {
	for _, r := range s {
		w += f.advance(f.glyph(r))
	}
	return w * textSize / f.perEm
}

// begin is where a text begins, in units of the picture.
func (s shape) begin() point {
	w := goRegular().width(s.text)
	back := map[Anchor]float64{Start: 0, Middle: w / 2, End: w}[s.anchor]
	if s.turned {
		return point{s.x, s.y + back}
	}
	return point{s.x - back, s.y}
}

// outline is the path round a glyph, of size textSize with its origin at 0 0.
func (f typeface) outline(g sfnt.GlyphIndex) (out path) {
	segments, err := f.LoadGlyph(&sfnt.Buffer{}, g, f.units(), nil)
	if err != nil {
		return nil
	}
	k := textSize / f.perEm / 64
	at := func(p fixed.Point26_6) point { return point{float64(p.X) * k, float64(p.Y) * k} }
	var last point
	for _, s := range segments {
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			if out != nil {
				out = append(out, step{kind: shut})
			}
			last = at(s.Args[0])
			out = append(out, step{move, [3]point{last}})
		case sfnt.SegmentOpLineTo:
			last = at(s.Args[0])
			out = append(out, step{line, [3]point{last}})
		case sfnt.SegmentOpQuadTo:
			out = append(out, quadratic(last, at(s.Args[0]), at(s.Args[1])))
			last = at(s.Args[1])
		case sfnt.SegmentOpCubeTo:
			last = at(s.Args[2])
			out = append(out, step{curve, [3]point{at(s.Args[0]), at(s.Args[1]), last}})
		}
	}
	if out == nil {
		return nil
	}
	return append(out, step{kind: shut})
}

// quadratic is a quadratic curve as a cubic one.
func quadratic(from, handle, to point) step {
	toward := func(p point) point {
		return point{p.x + (handle.x-p.x)*2/3, p.y + (handle.y-p.y)*2/3}
	}
	return step{curve, [3]point{toward(from), toward(to), to}}
}

// Missing are the characters of a picture that the font of PNG and PDF does not have.
// They are drawn as boxes there; SVG leaves the font to whoever shows it.
func (p *Picture) Missing() string {
	var out []rune
	seen := map[rune]bool{}
	for _, s := range p.shapes {
		for _, r := range s.text {
			if goRegular().glyph(r) == 0 && !seen[r] {
				seen[r] = true
				out = append(out, r)
			}
		}
	}
	return string(out)
}
