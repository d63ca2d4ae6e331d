// Package width measures text in terminal columns.
package width

import "unicode"

// wide lists the ranges of runes that take two columns: the scripts of East
// Asia, their punctuation, and pictographs.
var wide = []struct{ lo, hi rune }{
	{0x1100, 0x115f},   // Hangul initial consonants
	{0x2e80, 0x303e},   // radicals, CJK punctuation
	{0x3041, 0x33ff},   // kana and compatibility forms
	{0x3400, 0x4dbf},   // CJK extension A
	{0x4e00, 0x9fff},   // CJK
	{0xa000, 0xa4cf},   // Yi
	{0xac00, 0xd7a3},   // Hangul syllables
	{0xf900, 0xfaff},   // CJK compatibility
	{0xfe30, 0xfe6f},   // CJK compatibility forms
	{0xff00, 0xff60},   // full width forms
	{0xffe0, 0xffe6},   // full width signs
	{0x1f300, 0x1f64f}, // pictographs
	{0x1f900, 0x1f9ff}, // more pictographs
	{0x20000, 0x3fffd}, // CJK extensions B and later
}

// Rune is the number of columns a rune takes: 0, 1 or 2.
func Rune(r rune) int {
	if unicode.IsControl(r) {
		return 0
	}
	for _, w := range wide {
		if r >= w.lo && r <= w.hi {
			return 2
		}
	}
	return 1
}

// String is the number of columns a string takes on one line.
func String(s string) int {
	n := 0
	for _, r := range s {
		n += Rune(r)
	}
	return n
}
