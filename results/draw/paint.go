package draw

import (
	"fmt"
	"image/color"
	"strings"
)

// ink names a colour, to which a palette gives a value.
type ink string

// The inks besides those of series.
const (
	none      ink = ""
	dark      ink = "ink"
	dim       ink = "dim"
	rule      ink = "rule"
	paper     ink = "paper"
	ofSeries  ink = "c" // that of the second class of a shape
	fallenOut ink = "c5"
)

// palette gives inks their colours, as in HTML.
type palette map[ink]string

// The palettes. Those of series can be told from each other with any of the usual
// kinds of colour vision, and from the paper.
var (
	light = palette{
		dark: "#1b1f24", dim: "#57606a", rule: "#d8dee4", paper: "#ffffff",
		"c0": "#3c54c6", "c1": "#d08117", "c2": "#05a796", "c3": "#6d3672", "c4": "#17177a",
		"c5": "#7a0019", "c6": "#737c46",
	}
	night = palette{
		dark: "#e6edf3", dim: "#9aa4af", rule: "#3a424b", paper: "#14181d",
		"c0": "#8fa5ff", "c1": "#ff8c1a", "c2": "#35a770", "c3": "#9c4b83", "c4": "#ddf1e1",
		"c5": "#d8203a", "c6": "#ffd47e",
	}
)

// paint is how shapes of a class look. Lengths are units of the picture.
type paint struct {
	class        string
	fill, stroke ink
	width        float64 // of the stroke; 0 is 1
	dash         []float64
}

// paints says how every class looks; beside is paler.
var paints = []paint{
	{class: "name", fill: dark},
	{class: "tick", fill: dim},
	{class: "label", fill: dim},
	{class: "axis", stroke: dim},
	{class: "grid", stroke: rule},
	{class: "baseline", stroke: dim, dash: []float64{4, 4}},
	{class: "change", stroke: ofSeries, width: 1.2, dash: []float64{5, 3}},
	{class: "differs", stroke: dim, dash: []float64{1, 4}},
	{class: "frontier", stroke: dim, width: 1.5},
	{class: "leader", stroke: dim, width: 0.7},
	{class: "curve", stroke: ofSeries, width: 2},
	{class: "mark", fill: ofSeries, stroke: paper},
	{class: "others", fill: paper, stroke: ofSeries, width: 1.8},
	{class: "whisker", stroke: ofSeries, width: 1.5},
	{class: "bar", fill: ofSeries, stroke: paper},
	{class: "hatch", stroke: paper, width: 1.2},
	{class: "call", fill: "c0"},
	{class: "tool", fill: "c1"},
	{class: "wait", fill: rule, stroke: dim, width: 0.5},
	{class: "prepare", fill: "c3"},
	{class: "delegates", stroke: dim, dash: []float64{2, 2}},
	{class: "critical", fill: dark},
	{class: "arrow", stroke: dim},
	{class: "pause", fill: rule},
	{class: "life", stroke: rule, width: 2},
	{class: "escalated", fill: fallenOut},
	{class: "notice", fill: "c6"},
}

// colours is how many series differ in colour, shape, dashes and hatching.
const colours = 7

// Series is the class of the i-th series, which gives its colour.
func Series(i int) string { return fmt.Sprintf("s%d", i%colours) }

// dashes are those of the curves of series, by which grey print tells them apart.
var dashes = [colours][]float64{
	nil, {8, 3}, {2, 3}, {8, 3, 2, 3}, {14, 4}, {5, 2, 1, 2}, {1, 4},
}

// pale is how much of its colour a shape of class beside keeps.
const pale = 0.6

// Style is the style sheet of pictures in a page, in light and dark.
var Style = style()

func style() string {
	var b strings.Builder
	b.WriteString(".picture{max-width:100%;height:auto;font:12px system-ui,sans-serif;" +
		light.properties() + "}\n")
	for i := range colours {
		fmt.Fprintf(&b, ".picture .s%d{--c:var(--c%d)}\n", i, i)
	}
	for _, p := range paints {
		fmt.Fprintf(&b, ".picture .%s{%s}\n", p.class, strings.Join(p.attributes(byName), ";"))
	}
	for i, dash := range dashes {
		if dash != nil {
			fmt.Fprintf(&b, ".picture .curve.s%d{stroke-dasharray:%s}\n", i, nums(dash))
		}
	}
	fmt.Fprintf(&b, ".picture .beside{opacity:%s}\n", num(pale))
	fmt.Fprintf(&b, "@media screen and (prefers-color-scheme:dark){.picture{%s}}\n",
		night.properties())
	return b.String()
}

// byName is the value of an ink where a page says what it is.
func byName(i ink) string { return "var(--" + string(i) + ")" }

// properties are the inks as properties of a style sheet.
func (p palette) properties() string {
	var out []string
	for _, i := range []ink{dark, dim, rule, paper} {
		out = append(out, fmt.Sprintf("--%s:%s", i, p[i]))
	}
	for i := range colours {
		out = append(out, fmt.Sprintf("--c%d:%s", i, p[ink(fmt.Sprint("c", i))]))
	}
	return strings.Join(out, ";")
}

// attributes are the properties of SVG for a paint.
func (p paint) attributes(value func(ink) string) []string {
	var out []string
	if out = append(out, "fill:none"); p.fill != none {
		out[0] = "fill:" + value(p.fill)
	}
	if p.stroke != none {
		out = append(out, "stroke:"+value(p.stroke))
	}
	if p.width != 0 {
		out = append(out, "stroke-width:"+num(p.width))
	}
	if p.dash != nil {
		out = append(out, "stroke-dasharray:"+nums(p.dash))
	}
	return out
}

// look is how one shape looks where no style sheet says it.
type look struct {
	fill, stroke color.NRGBA // those with no alpha are not there
	width        float64
	dash         []float64
}

// lookOf is how a shape of classes looks on white paper.
func lookOf(classes string) (l look) {
	all := strings.Fields(classes)
	p := paintOf(all[0])
	l.width, l.dash = max(p.width, either(p.width == 0, 1.0, 0)), p.dash
	series, share := 0, 1.0
	for _, c := range all[1:] {
		if c == "beside" {
			share = pale
		} else if _, err := fmt.Sscanf(c, "s%d", &series); err == nil && p.class == "curve" {
			l.dash = dashes[series]
		}
	}
	l.fill, l.stroke = p.fill.onPaper(series, share), p.stroke.onPaper(series, share)
	return l
}

func paintOf(class string) paint {
	for _, p := range paints {
		if p.class == class {
			return p
		}
	}
	panic("draw: no paint for class " + class) // of a shape that this package has drawn
}

// onPaper is a colour of the light palette, mixed with the paper: a share of 1 is the
// colour itself.
func (i ink) onPaper(series int, share float64) color.NRGBA {
	if i == none {
		return color.NRGBA{}
	}
	if i == ofSeries {
		i = ink(fmt.Sprint("c", series))
	}
	c := hex(light[i])
	mix := func(v uint8) uint8 { return uint8(float64(v)*share + 255*(1-share) + 0.5) }
	return color.NRGBA{R: mix(c.R), G: mix(c.G), B: mix(c.B), A: 255}
}

// hex is a colour as HTML writes it.
func hex(s string) (c color.NRGBA) {
	if _, err := fmt.Sscanf(s, "#%02x%02x%02x", &c.R, &c.G, &c.B); err != nil {
		panic("draw: colour " + s + ": " + err.Error())
	}
	c.A = 255
	return c
}
