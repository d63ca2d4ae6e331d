package draw

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
)

// subset is the part of the font that a file needs. Its glyphs keep their numbers.
type subset struct {
	glyphs map[rune]uint16
}

// use is the glyph of a character, which is in the file from then on.
func (s *subset) use(r rune) uint16 {
	g := uint16(goRegular().glyph(r))
	s.glyphs[r] = g
	return g
}

// used are the characters, by their glyphs.
func (s *subset) used() []rune {
	var out []rune
	for r := range s.glyphs {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b rune) int {
		return cmp.Or(cmp.Compare(s.glyphs[a], s.glyphs[b]), cmp.Compare(a, b))
	})
	return out
}

// add adds the font as objects 6 to 10 of a file: a composite font of TrueType
// outlines, and which characters its glyphs stand for (ISO 32000-2, 9.7 and 9.10.3).
// Journals that refuse fonts of type 3 take it.
func (s *subset) add(d *pdfFile) {
	const name = "BENCHG+GoRegular"
	f := goRegular()
	thousandth := func(g uint16) string { return num(f.advance(sfnt.GlyphIndex(g)) * 1000 / f.perEm) }
	widths, characters := "", ""
	for _, r := range s.used() {
		g := s.glyphs[r]
		widths += fmt.Sprintf("%d[%s]", g, thousandth(g))
		characters += fmt.Sprintf("<%04X> %s\n", g, strings.Replace(pdfText(string(r)), "FEFF", "", 1))
	}
	d.add("<</Type/Font/Subtype/Type0/BaseFont/" + name + "/Encoding/Identity-H" +
		"/DescendantFonts[7 0 R]/ToUnicode 9 0 R>>")
	d.add("<</Type/Font/Subtype/CIDFontType2/BaseFont/" + name + "/CIDToGIDMap/Identity" +
		"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>" +
		"/FontDescriptor 8 0 R/DW " + thousandth(0) + "/W[" + widths + "]>>")
	d.add(descriptor(name, tables(goregular.TTF), f.perEm))
	d.stream("", []byte("/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"+
		"/CMapName /Bench def /CMapType 2 def\n"+
		"1 begincodespacerange <0000> <FFFF> endcodespacerange\n"+blocks(characters)+
		"endcmap end end\n"))
	file := s.file(goregular.TTF)
	d.stream(fmt.Sprintf("/Length1 %d", len(file)), file)
}

// descriptor says how tall and wide the font is (9.8), in thousandths of its size.
func descriptor(name string, all map[string][]byte, perEm float64) string {
	value := func(table string, at int) string {
		v := int16(binary.BigEndian.Uint16(all[table][at:]))
		return num(float64(v) * 1000 / perEm)
	}
	return fmt.Sprintf("<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[%s %s %s %s]"+
		"/ItalicAngle 0/Ascent %s/Descent %s/CapHeight %s/StemV 80/FontFile2 10 0 R>>", name,
		value("head", 36), value("head", 38), value("head", 40), value("head", 42),
		value("hhea", 4), value("hhea", 6), value("OS/2", 88))
}

// blocks lays lines of characters in blocks of at most 100, as readers demand.
func blocks(lines string) string {
	var b strings.Builder
	for part := range slices.Chunk(strings.SplitAfter(strings.TrimSuffix(lines, "\n"), "\n"), 100) {
		fmt.Fprintf(&b, "%d beginbfchar\n%s\nendbfchar\n", len(part),
			strings.TrimSuffix(strings.Join(part, ""), "\n"))
	}
	return b.String()
}

// file is the font without the outlines that are not used, and without the tables
// that a file of this kind does not need.
func (s *subset) file(ttf []byte) []byte {
	all := tables(ttf)
	need := map[uint16]bool{0: true} // the box
	for _, g := range s.glyphs {
		need[g] = true // no glyph of this font is made of others
	}
	var glyf, loca []byte
	count := binary.BigEndian.Uint16(all["maxp"][4:])
	for g := range count {
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		if need[g] {
			glyf = padded(append(glyf, all["glyf"][located(all, g):located(all, g+1)]...))
		}
	}
	all["loca"] = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
	all["glyf"] = glyf
	all["head"] = bytes.Clone(all["head"])
	binary.BigEndian.PutUint32(all["head"][8:], 0)  // no check sum of the file
	binary.BigEndian.PutUint16(all["head"][50:], 1) // places have 32 bits
	return assembled(all, slices.DeleteFunc(slices.Clone(kept), func(tag string) bool {
		return all[tag] == nil
	}))
}

// tables are those of a font, by tag.
func tables(ttf []byte) map[string][]byte {
	out := map[string][]byte{}
	for i := range int(binary.BigEndian.Uint16(ttf[4:])) {
		e := ttf[12+16*i:]
		at := binary.BigEndian.Uint32(e[8:])
		out[string(e[:4])] = ttf[at : at+binary.BigEndian.Uint32(e[12:])]
	}
	return out
}

// located is where a glyph's outline begins in the table of outlines; this font has
// half the place in 16 bits.
func located(all map[string][]byte, g uint16) uint32 {
	return 2 * uint32(binary.BigEndian.Uint16(all["loca"][2*int(g):]))
}

// kept are the tables that a font within a PDF needs (9.9), in their order.
var kept = []string{"cvt ", "fpgm", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "prep"}

// assembled is a font of some of its tables.
func assembled(all map[string][]byte, tags []string) []byte {
	n := uint16(len(tags))
	search, log := uint16(16), uint16(0)
	for search*2 <= n*16 {
		search, log = search*2, log+1
	}
	out := binary.BigEndian.AppendUint32(nil, 0x00010000)
	for _, v := range []uint16{n, search, log, n*16 - search} {
		out = binary.BigEndian.AppendUint16(out, v)
	}
	at := uint32(12 + 16*len(tags))
	var data []byte
	for _, tag := range tags {
		table := padded(bytes.Clone(all[tag]))
		out = append(out, tag...)
		for _, v := range []uint32{sum(table), at, uint32(len(all[tag]))} {
			out = binary.BigEndian.AppendUint32(out, v)
		}
		data = append(data, table...)
		at += uint32(len(table))
	}
	return append(out, data...)
}

// padded has a length that is a multiple of four.
func padded(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// sum is the check sum of a table.
func sum(table []byte) (n uint32) {
	for i := 0; i+4 <= len(table); i += 4 {
		n += binary.BigEndian.Uint32(table[i:])
	}
	return n
}
