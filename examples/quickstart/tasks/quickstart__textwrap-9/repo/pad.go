package textwrap

import (
	"strings"

	"example.com/textwrap/width"
)

// Align says on which side padding goes.
type Align int

// The alignments.
const (
	Left Align = iota
	Right
	Center
)

// Pad fills a string with blanks to n columns. Wider strings stay as they are.
func Pad(s string, n int, a Align) string {
	missing := n - width.String(s)
	if missing <= 0 {
		return s
	}
	switch a {
	case Right:
		return strings.Repeat(" ", missing) + s
	case Center:
		return strings.Repeat(" ", missing/2) + s + strings.Repeat(" ", missing-missing/2)
	default:
		return s + strings.Repeat(" ", missing)
	}
}

// Truncate shortens a string to n columns, with an ellipsis if anything is
// cut off.
func Truncate(s string, n int) string {
	if width.String(s) <= n {
		return s
	}
	if n <= 0 {
		return ""
	}
	used := 0
	for i, r := range s {
		if used+width.Rune(r) > n-1 {
			return s[:i] + "…"
		}
		used += width.Rune(r)
	}
	return s
}
