package draw

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"image/color"
	"image/png"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
)

// A PNG has the marks where the picture has them, on white.
func TestPNG(t *testing.T) {
	t.Parallel()
	for name, p := range pictures() {
		var b bytes.Buffer
		if err := p.PNG(&b); err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(&b)
		if err != nil {
			t.Fatal(err)
		}
		if size := img.Bounds().Size(); size.X != int(p.width*pixels) || size.Y != int(p.height*pixels) {
			t.Errorf("%s has %v pixels", name, size)
		}
		if c := color.NRGBAModel.Convert(img.At(1, 1)); c != (color.NRGBA{255, 255, 255, 255}) {
			t.Errorf("%s lies on %v", name, c)
		}
		for _, s := range p.shapes {
			if class, _, _ := strings.Cut(s.class, " "); class != "mark" {
				continue
			}
			box := bounds(s.path.inPixels().flat())
			at := box.Min.Add(box.Max).Div(2)
			if got := color.NRGBAModel.Convert(img.At(at.X, at.Y)); got != lookOf(s.class).fill {
				t.Errorf("%s: %v at the mark of %s", name, got, s.tip)
			}
		}
	}
}

// What is drawn twice by one stroke is not lighter than what is drawn once, and
// nothing is drawn where a dash is off.
func TestStroke(t *testing.T) {
	t.Parallel()
	p := New(40, 20, "")
	p.path("curve s0", polyline(point{5, 10}, point{20, 10}, point{20, 4}), "")
	p.line("baseline", 0, 16, 40, 16)
	var b bytes.Buffer
	if err := p.PNG(&b); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	want, white := lookOf("curve s0").stroke, color.NRGBA{255, 255, 255, 255}
	for at, want := range map[[2]int]color.NRGBA{
		{20, 20}: want, {39, 19}: want, {40, 12}: want, // along it, and at its corner
		{3, 31}: lookOf("baseline").stroke, {11, 31}: white, {19, 31}: lookOf("baseline").stroke,
	} {
		if got := color.NRGBAModel.Convert(img.At(at[0], at[1])); got != want {
			t.Errorf("%v is %v, want %v", at, got, want)
		}
	}
}

// document is what a PDF holds.
type document struct {
	text    string
	streams [][]byte // in order, unpacked
}

// parsed reads a PDF by its table of objects.
func parsed(t *testing.T, data []byte) (d document) {
	t.Helper()
	d.text = string(data)
	_, tail, _ := strings.Cut(d.text, "startxref\n")
	at, err := strconv.Atoi(strings.Split(tail, "\n")[0])
	if err != nil || !strings.HasPrefix(d.text[at:], "xref\n0 ") {
		t.Fatalf("startxref leads to %q", d.text[at:at+10])
	}
	for i, entry := range strings.Split(d.text[at:], "\n")[3:] {
		if !strings.HasSuffix(entry, " n ") {
			break
		}
		at, err := strconv.Atoi(entry[:10])
		if err != nil || !strings.HasPrefix(d.text[at:], fmt.Sprintf("%d 0 obj\n", i+1)) {
			t.Errorf("object %d is not at %d", i+1, at)
			continue
		}
		object, _, _ := strings.Cut(d.text[at:], "\nendobj\n")
		_, packed, ok := strings.Cut(object, "\nstream\n")
		if !ok {
			continue
		}
		length, err := strconv.Atoi(regexp.MustCompile(`/Length (\d+)`).FindStringSubmatch(object)[1])
		if err != nil || packed[length:] != "\nendstream" {
			t.Errorf("object %d has another length than %d", i+1, length)
		}
		z, err := zlib.NewReader(strings.NewReader(packed[:length]))
		if err != nil {
			t.Fatal(err)
		}
		stream, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		d.streams = append(d.streams, stream)
	}
	if len(d.streams) != 3 {
		t.Fatalf("%d streams", len(d.streams))
	}
	return d
}

// texts are those of a page, by what the file says that its glyphs stand for.
func (d document) texts(t *testing.T) (out []string) {
	t.Helper()
	characters := map[string]string{}
	for _, m := range regexp.MustCompile(`<(....)> <(....)>`).FindAllStringSubmatch(string(d.streams[1]), -1) {
		code, err := strconv.ParseInt(m[2], 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		characters[m[1]] = string(rune(code))
	}
	for _, m := range regexp.MustCompile(`<([0-9A-F]+)> Tj`).FindAllStringSubmatch(string(d.streams[0]), -1) {
		text := ""
		for g := range slices.Chunk([]byte(m[1]), 4) {
			text += characters[string(g)]
		}
		out = append(out, text)
	}
	return out
}

// A PDF can be read back: its objects, its texts, and the outlines of its font.
func TestPDF(t *testing.T) {
	t.Parallel()
	for name, p := range pictures() {
		var b, again bytes.Buffer
		if err := p.PDF(&b); err != nil {
			t.Fatal(err)
		}
		if err := p.PDF(&again); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
			t.Errorf("%s: the same picture gives other bytes (%v)", name, err)
		}
		if b.Len() > 20_000 {
			t.Errorf("%s has %d bytes", name, b.Len())
		}
		d := parsed(t, b.Bytes())
		var want []string
		for _, s := range p.shapes {
			if s.path == nil && s.text != "" {
				want = append(want, s.text)
			}
		}
		if got := d.texts(t); !slices.Equal(got, want) {
			t.Errorf("%s says %q, want %q", name, got, want)
		}
		sameOutlines(t, d.streams[2], want)
	}
}

// sameOutlines checks that a font has the outlines of the characters of texts.
func sameOutlines(t *testing.T, file []byte, texts []string) {
	t.Helper()
	all := tables(file)
	for _, tag := range []string{"OS/2", "cmap", "name", "post"} { // for the reader; none has outlines
		all[tag] = tables(goregular.TTF)[tag]
	}
	font, err := sfnt.Parse(assembled(all, slices.Sorted(maps.Keys(all))))
	if err != nil {
		t.Fatal(err)
	}
	got := typeface{font, float64(font.UnitsPerEm())}
	for _, r := range strings.Join(texts, "") {
		g := goRegular().glyph(r)
		if a, b := got.outline(g), goRegular().outline(g); !slices.Equal(a, b) || r != ' ' && b == nil {
			t.Errorf("%q has another outline", r)
		}
	}
}

// The font that is cut down is as its reader takes it to be: no outline is made of
// others, and places have 16 bits.
func TestFont(t *testing.T) {
	t.Parallel()
	all := tables(goregular.TTF)
	if all["head"][51] != 0 {
		t.Error("the font has places of 32 bits")
	}
	for g := range uint16(goRegular().NumGlyphs()) {
		outline := all["glyf"][located(all, g):located(all, g+1)]
		if len(outline) > 0 && outline[0] == 0xff {
			t.Errorf("glyph %d is made of others", g)
		}
	}
}

// Titles are UTF-16, and cannot end their string.
func TestTitle(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := New(1, 1, "a) >>\n€\x00").PDF(&b); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "/Title <FEFF006100290020003E003E000A20ACFFFD>") {
		t.Errorf("got %s", b.String())
	}
}
