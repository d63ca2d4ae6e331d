package draw

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"bench"
	"bench/results/timeline"
)

var update = flag.Bool("update", false, "write the golden files")

// pictures are of every kind, by name.
func pictures() map[string]*Picture {
	none := math.NaN()
	points := []Point{
		{Name: "solo", Cost: 2, Rate: .5, CostLo: 1.5, CostHi: 2.6, RateLo: .4, RateHi: .6, Baseline: true},
		{Name: "fusion", Cost: 1, Rate: .5, CostLo: .8, CostHi: 1.3, RateLo: .4, RateHi: .6, Best: true},
		{Name: "größer≥", Cost: 4, Rate: .75, CostLo: none, CostHi: none, RateLo: none, RateHi: none, Best: true},
		{Name: "theirs", Cost: 3, Rate: .66, CostLo: none, CostHi: none, RateLo: none, RateHi: none, Others: true},
	}
	second := timeline.Secs(time.Second)
	spans := []timeline.Span{
		{Kind: timeline.SegmentCall, Turn: 1, Stretch: timeline.Stretch{To: 2 * second}, Critical: true},
		{Kind: timeline.SegmentTool, Name: "terminal", Stretch: timeline.Stretch{From: 2 * second, To: 5 * second}},
	}
	lane := timeline.Lane{Agent: "main", Role: bench.RoleMain, Spans: spans, Calls: 1, Cost: 5e8}
	work := timeline.Timeline{
		Configuration: "fusion", Instance: "a__b-1", Attempt: 1, Lanes: []timeline.Lane{lane},
		Totals: timeline.Totals{Wall: 6 * second, Calls: 1, Cost: 5e8},
	}
	return map[string]*Picture{
		"frontier": Frontier(points, []string{"FrontierCode, example.com"}, "Cost & rate"),
		"bars": Bars([]Bar{
			{Label: "solo", Parts: []Part{{1, 0, "main: $1"}, {2, 1, ""}}, Total: "$3"},
			{Label: "none"},
		}, []Legend{{0, "main"}, {1, "sidekicks"}}, "Cost by role").Simulated(true),
		"curves": Curves([]Curve{
			{"solo", [][2]float64{{.01, .2}, {1, .4}}}, {"fusion", [][2]float64{{.01, .8}, {1, .6}}},
		}, "worth", "probability", "Acceptability"),
		"timeline": Timeline(work),
		"trend":    trend(),
	}
}

// trend is of two configurations, of which one was not part of the third night.
func trend() *Picture {
	none := math.NaN()
	of := func(mean, by float64) Value { return Value{mean, mean - by, mean + by, "so much"} }
	rows := func(scale, by float64) [][]Value {
		return [][]Value{
			{of(5*scale, by), of(5.2*scale, by), of(5*scale, by), of(3*scale, by), of(3*scale, by)},
			{of(4*scale, by), of(4*scale, by), {none, none, none, ""}, of(4.1*scale, by),
				{4 * scale, none, none, ""}},
		}
	}
	return Trend(
		[]Occasion{{"night-1", ""}, {"night-2", ""}, {"night-3", "config"}, {"night-4", ""},
			{"a night with a long name", ""}},
		[]string{"solo", "fusion"},
		[]Panel{
			{"resolved", Share, rows(.1, .05), []Step{{0, 3, "−20.0 points", "why"},
				{1, 3, "+1.0 points", ""}}},
			{"cost per task", Dollars, rows(.2, .1), nil},
			{"time per task", Time, rows(60, 9), []Step{{1, 4, "0.50×", ""}}},
		}, "night", "Trend over 5 occasions")
}

// Pictures are what they were.
func TestGolden(t *testing.T) {
	t.Parallel()
	for name, p := range pictures() {
		var b bytes.Buffer
		if err := p.SVG(&b); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", name+".svg")
		if *update {
			if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.Bytes(), want) {
			t.Errorf("%s is another picture than %s (look at it, then -update)", name, file)
		}
	}
}

// A picture of its own needs no style sheet, and every class of one in a page has a
// place in Style.
func TestStyles(t *testing.T) {
	t.Parallel()
	for name, p := range pictures() {
		var b bytes.Buffer
		if err := p.SVG(&b); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "class=") || strings.Contains(b.String(), "var(") {
			t.Errorf("%s needs a style sheet", name)
		}
		for _, s := range p.shapes {
			if class := strings.Fields(s.class)[0]; !strings.Contains(Style, ".picture ."+class+"{") {
				t.Errorf("%s: Style says nothing of %s", name, class)
			}
		}
	}
}

// linear is a colour in proportion to its light.
func linear(s string) (out [3]float64) {
	c := hex(s)
	for i, v := range [3]uint8{c.R, c.G, c.B} {
		x := float64(v) / 255
		out[i] = math.Pow((x+0.055)/1.055, 2.4)
		if x <= 0.04045 {
			out[i] = x / 12.92
		}
	}
	return out
}

func times(m [3][3]float64, c [3]float64) (out [3]float64) {
	for i := range m {
		out[i] = min(max(m[i][0]*c[0]+m[i][1]*c[1]+m[i][2]*c[2], 0), 1)
	}
	return out
}

// lab is a colour where distances are as eyes see them: CIE 1976 L*a*b* at D65.
func lab(c [3]float64) [3]float64 {
	xyz := times([3][3]float64{
		{.4124 / .95047, .3576 / .95047, .1805 / .95047}, {.2126, .7152, .0722},
		{.0193 / 1.08883, .1192 / 1.08883, .9505 / 1.08883},
	}, c)
	f := func(t float64) float64 {
		if t > 0.008856 {
			return math.Cbrt(t)
		}
		return 7.787*t + 16./116
	}
	x, y, z := f(xyz[0]), f(xyz[1]), f(xyz[2])
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

// visions are kinds of colour vision: full, and without one kind of cones (Machado,
// Oliveira and Fernandes 2009, severity 1).
var visions = map[string][3][3]float64{
	"normal": {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	"protanopia": {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216},
		{-0.003882, -0.048116, 1.051998}},
	"deuteranopia": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413},
		{-0.011820, 0.042940, 0.968881}},
	"tritanopia": {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602},
		{0.004733, 0.691367, 0.303900}},
}

// Series can be told from each other with every kind of colour vision, from the paper
// (WCAG 2.2, 1.4.11), and, where there are no colours, by their shapes.
func TestSeriesDiffer(t *testing.T) {
	t.Parallel()
	luminance := func(s string) float64 {
		c := linear(s)
		return .2126*c[0] + .7152*c[1] + .0722*c[2]
	}
	for name, p := range map[string]palette{"light": light, "dark": night} {
		for i := range colours {
			a := p[ink(fmt.Sprint("c", i))]
			x, y := luminance(a)+.05, luminance(p[paper])+.05
			if contrast := max(x, y) / min(x, y); contrast < 3 {
				t.Errorf("%s: s%d has contrast %.1f", name, i, contrast)
			}
			for j := range i {
				b := p[ink(fmt.Sprint("c", j))]
				for vision, m := range visions {
					va, vb := lab(times(m, linear(a))), lab(times(m, linear(b)))
					far := math.Hypot(math.Hypot(va[0]-vb[0], va[1]-vb[1]), va[2]-vb[2])
					if far < 20 {
						t.Errorf("%s: s%d and s%d are %.1f apart with %s", name, j, i, far, vision)
					}
				}
			}
		}
	}
	for i := range colours {
		for j := range i {
			if reflect.DeepEqual(dashes[i], dashes[j]) || reflect.DeepEqual(hatching[i], hatching[j]) ||
				reflect.DeepEqual(marks[i], marks[j]) {
				t.Errorf("s%d and s%d are alike without colours", j, i)
			}
		}
	}
}

// Lines of a hatching stay in their box, and cross all of it.
func TestHatch(t *testing.T) {
	t.Parallel()
	for _, h := range hatching {
		for _, degrees := range h.degrees {
			lines := hatch(degrees, h.apart, 10, 20, 60, 18)
			if n := len(lines) / 2; n < 3 {
				t.Errorf("%g°: %d lines", degrees, n)
			}
			for _, s := range lines {
				if to := s.to[0]; to.x < 10-1e-6 || to.x > 70+1e-6 || to.y < 20-1e-6 || to.y > 38+1e-6 {
					t.Errorf("%g°: %v is out of the box", degrees, to)
				}
			}
		}
	}
}

func TestDashed(t *testing.T) {
	t.Parallel()
	corner := []point{{0, 0}, {10, 0}, {10, 10}}
	got := fmt.Sprint(dashed(corner, []float64{4, 2}, 2))
	want := fmt.Sprint([][]point{{{0, 0}, {8, 0}}, {{10, 2}, {10, 10}}})
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if whole := dashed(corner, nil, 2); len(whole) != 1 || len(whole[0]) != 3 {
		t.Errorf("without dashes: %v", whole)
	}
}

// A path of one curve is no straight line in any form.
func TestCurve(t *testing.T) {
	t.Parallel()
	p := New(10, 10, "a curve")
	p.path("arrow", path{{move, [3]point{{1, 2}}}, {curve, [3]point{{1, 5}, {8, 3}, {8, 9}}}}, "")
	var b bytes.Buffer
	if err := p.SVG(&b); err != nil {
		t.Fatal(err)
	}
	for _, svg := range []string{b.String(), p.String()} {
		if !strings.Contains(svg, `d="M1 2C1 5 8 3 8 9"`) {
			t.Errorf("the curve is drawn as %s", svg)
		}
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	p := New(10, 10, "日本")
	p.text("name", 0, 0, Start, "né 日本日 ≥ …")
	if got := p.Missing(); got != "日本" {
		t.Errorf("got %q", got)
	}
}
