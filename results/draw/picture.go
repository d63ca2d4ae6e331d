package draw

import (
	"fmt"
	"html"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Picture is an SVG document that is being drawn. Lengths are its own units,
// which are pixels where it has its natural size.
type Picture struct {
	width, height float64
	title         string
	body          strings.Builder
}

// New begins a picture. The title is what a screen reader says instead.
func New(width, height float64, title string) *Picture {
	return &Picture{width: width, height: height, title: title}
}

// Anchor says which part of a text is at its place.
type Anchor string

// The anchors.
const (
	Start  Anchor = "start"
	Middle Anchor = "middle"
	End    Anchor = "end"
)

// String is the document, for a page that has Style.
func (p *Picture) String() string {
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" class="picture" role="img" `+
		`viewBox="0 0 %s %s" width="%s" height="%s"><title>%s</title>%s</svg>`,
		num(p.width), num(p.height), num(p.width), num(p.height), escape(p.title), p.body.String())
}

func (p *Picture) line(class string, x1, y1, x2, y2 float64) {
	fmt.Fprintf(&p.body, `<line class="%s" x1="%s" y1="%s" x2="%s" y2="%s"/>`, class,
		num(x1), num(y1), num(x2), num(y2))
}

// rect draws a box, which says tip when it is pointed at.
func (p *Picture) rect(class string, x, y, width, height float64, tip string) {
	fmt.Fprintf(&p.body, `<rect class="%s" x="%s" y="%s" width="%s" height="%s"`, class,
		num(x), num(y), num(max(width, 0)), num(max(height, 0)))
	p.end("rect", tip)
}

func (p *Picture) path(class, d, tip string) {
	fmt.Fprintf(&p.body, `<path class="%s" d="%s"`, class, d)
	p.end("path", tip)
}

// end closes an element, with a tip if there is one.
func (p *Picture) end(element, tip string) {
	if tip == "" {
		p.body.WriteString("/>")
		return
	}
	fmt.Fprintf(&p.body, "><title>%s</title></%s>", escape(tip), element)
}

func (p *Picture) text(class string, x, y float64, anchor Anchor, text string) {
	fmt.Fprintf(&p.body, `<text class="%s" x="%s" y="%s" text-anchor="%s">%s</text>`, class,
		num(x), num(y), anchor, escape(text))
}

// polyline is the path through points.
func polyline(points [][2]float64) string {
	var b strings.Builder
	for i, at := range points {
		b.WriteString(either(i == 0, "M", "L"))
		b.WriteString(num(at[0]) + " " + num(at[1]))
	}
	return b.String()
}

// num writes a length as briefly as a screen can show it.
func num(v float64) string {
	s := strconv.FormatFloat(v, 'f', 2, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

func escape(s string) string { return html.EscapeString(Clean(s)) }

// Clean makes text safe to show: what is not UTF-8 and what a terminal or a
// browser would obey instead of showing (controls, and marks that turn the
// direction of writing) becomes U+FFFD. Tabs and line ends stay.
func Clean(s string) string {
	if !strings.ContainsFunc(s, obeyed) {
		return s // of invalid UTF-8, every byte is U+FFFD
	}
	return strings.Map(func(r rune) rune {
		if obeyed(r) {
			return utf8.RuneError
		}
		return r
	}, s)
}

// obeyed reports whether a character is no text.
func obeyed(r rune) bool {
	switch {
	case r == '\n', r == '\t':
		return false
	case r == utf8.RuneError, unicode.IsControl(r):
		return true
	case unicode.Is(unicode.Bidi_Control, r):
		return true
	}
	return r == '\uFFFE' || r == '\uFFFF'
}

func either[T any](on bool, yes, no T) T {
	if on {
		return yes
	}
	return no
}
