package draw

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"image/color"
	"io"
	"strings"
	"unicode/utf16"
)

// points is how many PostScript points a unit of the picture has on paper.
const points = 0.75

// PDF writes the picture as one page of its size: lines that stay lines, and texts in
// the font that is embedded. The same picture gives the same bytes.
func (p *Picture) PDF(w io.Writer) error {
	font := subset{glyphs: map[rune]uint16{}}
	var page bytes.Buffer
	fmt.Fprintf(&page, "%s 0 0 -%s 0 %s cm\n", num(points), num(points), num(p.height*points))
	for _, s := range p.shapes {
		if s.path != nil {
			s.path.onPage(&page, lookOf(s.class))
		} else if s.text != "" {
			s.textOnPage(&page, &font)
		}
	}
	d := &pdfFile{}
	d.add("<</Type/Catalog/Pages 2 0 R>>")
	d.add("<</Type/Pages/Kids[3 0 R]/Count 1>>")
	d.add(fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 %s %s]/Contents 4 0 R"+
		"/Resources<</Font<</F 6 0 R>>>>>>", num(p.width*points), num(p.height*points)))
	d.stream("", page.Bytes())
	d.add(fmt.Sprintf("<</Title %s/Producer(bench)>>", pdfText(p.title)))
	font.add(d)
	return d.write(w)
}

// onPage writes the operators that draw a path (ISO 32000-2, 8.5).
func (p path) onPage(b *bytes.Buffer, l look) {
	paint := "n"
	switch {
	case l.fill.A > 0 && l.stroke.A > 0:
		paint = "B"
	case l.fill.A > 0:
		paint = "f"
	case l.stroke.A > 0:
		paint = "S"
	}
	if l.fill.A > 0 {
		fmt.Fprintf(b, "%s rg\n", rgb(l.fill))
	}
	if l.stroke.A > 0 {
		fmt.Fprintf(b, "%s RG %s w [%s] 0 d\n", rgb(l.stroke), num(l.width), nums(l.dash))
	}
	for _, s := range p {
		for _, to := range s.to[:s.kind.points()] {
			fmt.Fprintf(b, "%s %s ", num(to.x), num(to.y))
		}
		b.WriteString(map[stepKind]string{move: "m", line: "l", curve: "c", shut: "h"}[s.kind] + "\n")
	}
	b.WriteString(paint + "\n")
}

// textOnPage writes a text (9.4). The page counts downwards and glyphs upwards, so
// that their matrix turns them over.
func (s shape) textOnPage(b *bytes.Buffer, f *subset) {
	at := s.begin()
	matrix := "1 0 0 -1"
	if s.turned {
		matrix = "0 -1 -1 0"
	}
	fmt.Fprintf(b, "%s rg BT /F %d Tf %s %s %s Tm <", rgb(lookOf(s.class).fill), textSize, matrix,
		num(at.x), num(at.y))
	for _, r := range s.text {
		fmt.Fprintf(b, "%04X", f.use(r))
	}
	b.WriteString("> Tj ET\n")
}

// rgb is a colour as operators take it.
func rgb(c color.NRGBA) string {
	part := func(v uint8) string { return strings.TrimRight(fmt.Sprintf("%.3f", float64(v)/255), "0") }
	return part(c.R) + " " + part(c.G) + " " + part(c.B)
}

// pdfText is a text outside of a page: UTF-16 in hexadecimal digits (7.9.2.2).
func pdfText(s string) string {
	var b strings.Builder
	b.WriteString("<FEFF")
	for _, u := range utf16.Encode([]rune(Clean(s))) {
		fmt.Fprintf(&b, "%04X", u)
	}
	return b.String() + ">"
}

// pdfFile is a file that is being written: objects with numbers from 1 on.
type pdfFile struct {
	bytes.Buffer
	offsets []int
}

// add adds the next object.
func (d *pdfFile) add(object string) {
	if d.Len() == 0 {
		d.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n") // the second line says: not text
	}
	d.offsets = append(d.offsets, d.Len())
	fmt.Fprintf(d, "%d 0 obj\n%s\nendobj\n", len(d.offsets), object)
}

// stream adds an object of bytes, with more entries of its dictionary.
func (d *pdfFile) stream(entries string, data []byte) {
	var packed bytes.Buffer
	z, err := zlib.NewWriterLevel(&packed, zlib.BestCompression)
	if err == nil {
		if _, err = z.Write(data); err == nil {
			err = z.Close()
		}
	}
	if err != nil {
		panic("draw: compress a page: " + err.Error()) // into memory: never fails
	}
	d.add(fmt.Sprintf("<</Filter/FlateDecode/Length %d%s>>\nstream\n%s\nendstream", packed.Len(),
		entries, packed.String()))
}

// write ends the file with the places of its objects (7.5.4).
func (d *pdfFile) write(w io.Writer) error {
	at := d.Len()
	fmt.Fprintf(d, "xref\n0 %d\n0000000000 65535 f \n", len(d.offsets)+1)
	for _, o := range d.offsets {
		fmt.Fprintf(d, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(d, "trailer\n<</Size %d/Root 1 0 R/Info 5 0 R>>\nstartxref\n%d\n%%%%EOF\n",
		len(d.offsets)+1, at)
	_, err := d.WriteTo(w)
	return err
}
