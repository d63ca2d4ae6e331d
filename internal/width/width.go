// Package width measures and cuts texts by the columns they take on a terminal.
// Every table, figure and line that is printed under another one goes through it:
// a character may take no column, as accents do that follow their letter, or two, as
// Chinese ones and emoji do.
package width

import (
	"strings"

	"github.com/clipperhouse/displaywidth"
	"github.com/clipperhouse/uax29/v2/graphemes"
)

// options are those of all terminals. Characters whose width is ambiguous, frames
// and dashes among them, take one column.
var options = displaywidth.Options{}

// Of is how many columns a text of one line takes.
func Of(s string) int { return options.String(s) }

// Line is a text on one line, without what a terminal would obey: tabs, line ends,
// other control characters and those of direction are blanks.
func Line(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || obeyed(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

// Clip shortens a text of one line to n columns. What is left out is an ellipsis.
func Clip(s string, n int) string {
	if Of(s) <= n {
		return s
	}
	if n <= 0 {
		return ""
	}
	used, end := 0, 0
	for g := graphemes.FromString(s); g.Next(); {
		w := Of(g.Value())
		if used+w > n-1 {
			break
		}
		used, end = used+w, end+len(g.Value())
	}
	return s[:end] + "…"
}

// Left puts a text at the left of n columns, or of as many as it takes.
func Left(s string, n int) string { return s + blanks(n-Of(s)) }

// Right puts a text at the right of n columns, or of as many as it takes.
func Right(s string, n int) string { return blanks(n-Of(s)) + s }

func blanks(n int) string { return strings.Repeat(" ", max(0, n)) }

// Cells are the characters of a text that take columns, each with what follows it
// without one, and how many columns each takes.
func Cells(s string) (cells []string, widths []int) {
	for g := graphemes.FromString(s); g.Next(); {
		w := Of(g.Value())
		if w == 0 && len(cells) > 0 {
			cells[len(cells)-1] += g.Value()
			continue
		}
		cells, widths = append(cells, g.Value()), append(widths, w)
	}
	return cells, widths
}
