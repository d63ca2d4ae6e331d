// Package textwrap lays out text for terminals. Widths are in columns.
package textwrap

import (
	"strings"
	"unicode/utf8"

	"example.com/textwrap/width"
)

// Options for Wrap. The zero value wraps at 80 columns without indentation.
type Options struct {
	Width  int    // columns, 80 if not positive
	First  string // before the first line of a paragraph
	Indent string // before the others
}

// Wrap breaks text into lines that are no wider than asked, between words
// where it can. Blank lines separate paragraphs and stay; other white space
// is folded into single blanks. A word wider than a line is cut.
func Wrap(text string, o Options) []string {
	if o.Width <= 0 {
		o.Width = 80
	}
	var lines []string
	for i, p := range strings.Split(text, "\n\n") {
		if i > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, paragraph(strings.Fields(p), o)...)
	}
	return lines
}

// Fill is Wrap with the lines joined.
func Fill(text string, o Options) string { return strings.Join(Wrap(text, o), "\n") }

func paragraph(words []string, o Options) []string {
	var lines []string
	line, empty := o.First, true
	flush := func() {
		lines = append(lines, line)
		line, empty = o.Indent, true
	}
	for len(words) > 0 {
		word := words[0]
		room := o.Width - utf8.RuneCountInString(line)
		if !empty {
			room--
		}
		switch {
		case utf8.RuneCountInString(word) <= room:
			if !empty {
				line += " "
			}
			line, empty = line+word, false
			words = words[1:]
		case !empty:
			flush()
		default:
			head, tail := cut(word, max(room, 1))
			line, empty = line+head, false
			words[0] = tail
			flush()
		}
	}
	if !empty {
		flush()
	}
	return lines
}

// cut splits a word after as many runes as fit, and after one at least.
func cut(word string, room int) (head, tail string) {
	used := 0
	for i, r := range word {
		used += width.Rune(r)
		if used > room && i > 0 {
			return word[:i], word[i:]
		}
	}
	return word, ""
}
