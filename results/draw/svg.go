package draw

import (
	"fmt"
	"html"
	"image/color"
	"io"
	"strconv"
	"strings"
)

// String is the picture as an element of SVG, for a page that has Style.
func (p *Picture) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" class="picture" role="img" `+
		`viewBox="0 0 %s %s" width="%s" height="%s"><title>%s</title>`,
		num(p.width), num(p.height), num(p.width), num(p.height), escape(p.title))
	p.elements(&b, func(s shape) string { return `class="` + s.class + `"` })
	b.WriteString("</svg>")
	return b.String()
}

// SVG writes the picture as a file of its own, on white paper. Every shape says how
// it looks, as not all programs for paper read style sheets.
func (p *Picture) SVG(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%s" `+
		`height="%s" font-family="Go, Arial, Helvetica, sans-serif" font-size="%d">`+
		"\n<title>%s</title>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
		num(p.width), num(p.height), num(p.width), num(p.height), textSize, escape(p.title))
	p.elements(&b, func(s shape) string { return lookOf(s.class).attributes() })
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// elements writes the shapes, each with the attributes that say how it looks.
func (p *Picture) elements(b *strings.Builder, attributes func(shape) string) {
	for _, s := range p.shapes {
		a := attributes(s)
		if s.path != nil {
			s.element(b, a)
			continue
		}
		at := fmt.Sprintf(`x="%s" y="%s"`, num(s.x), num(s.y))
		if s.turned {
			at = fmt.Sprintf(`transform="rotate(-90)" x="%s" y="%s"`, num(-s.y), num(s.x))
		}
		fmt.Fprintf(b, `<text %s %s text-anchor="%s">%s</text>`, a, at, s.anchor,
			html.EscapeString(s.text))
	}
}

// element writes a path, as briefly as SVG can.
func (s shape) element(b *strings.Builder, attributes string) {
	name := "path"
	at := func(i int) point { return s.path[i].to[0] }
	switch {
	case s.box:
		name = "rect"
		fmt.Fprintf(b, `<rect %s x="%s" y="%s" width="%s" height="%s"`, attributes, num(at(0).x),
			num(at(0).y), num(at(2).x-at(0).x), num(at(2).y-at(0).y))
	case len(s.path) == 2 && s.path[1].kind == line:
		name = "line"
		fmt.Fprintf(b, `<line %s x1="%s" y1="%s" x2="%s" y2="%s"`, attributes, num(at(0).x),
			num(at(0).y), num(at(1).x), num(at(1).y))
	default:
		fmt.Fprintf(b, `<path %s d="%s"`, attributes, s.path)
	}
	if s.tip == "" {
		b.WriteString("/>")
		return
	}
	fmt.Fprintf(b, "><title>%s</title></%s>", escape(s.tip), name)
}

// String is the path as SVG writes it.
func (p path) String() string {
	var b strings.Builder
	for _, s := range p {
		b.WriteByte(byte(s.kind))
		for i, to := range s.to[:s.kind.points()] {
			b.WriteString(either(i > 0, " ", "") + num(to.x) + " " + num(to.y))
		}
	}
	return b.String()
}

// attributes are those of SVG for a look.
func (l look) attributes() string {
	out := `fill="` + hexOf(l.fill) + `"`
	if l.stroke.A == 0 {
		return out
	}
	out += fmt.Sprintf(` stroke="%s" stroke-width="%s"`, hexOf(l.stroke), num(l.width))
	if l.dash != nil {
		out += fmt.Sprintf(` stroke-dasharray="%s"`, nums(l.dash))
	}
	return out
}

// hexOf is a colour as HTML writes it.
func hexOf(c color.NRGBA) string {
	if c.A == 0 {
		return "none"
	}
	return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B)
}

// num writes a length as briefly as a screen can show it.
func num(v float64) string {
	s := strconv.FormatFloat(v, 'f', 1, 64)
	s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	return either(s == "-0", "0", s)
}

func nums(values []float64) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = num(v)
	}
	return strings.Join(out, " ")
}

func escape(s string) string { return html.EscapeString(Clean(s)) }
