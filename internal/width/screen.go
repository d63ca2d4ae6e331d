package width

import (
	"io"
	"strings"
)

// Usual is how many columns lines may take where nobody says how wide they are shown.
const Usual = 100

// Screen is a writer that knows how many columns its lines may take.
type Screen struct {
	io.Writer
	Columns int
}

// For is how many columns lines that are written to w may take.
func For(w io.Writer) int {
	if s, ok := w.(Screen); ok {
		return s.Columns
	}
	return Usual
}

// Wrap breaks a text of one line between words into lines of at most n columns;
// those after the first begin with indent. A word that is wider has a line of its own,
// and a sign of percent stays with its number.
func Wrap(s, indent string, n int) []string {
	lead := s[:len(s)-len(strings.TrimLeft(s, " "))]
	var lines []string
	now := ""
	for i, word := range words(s) {
		switch {
		case i == 0:
			now = lead + word
		case Of(now)+1+Of(word) <= n:
			now += " " + word
		default:
			lines, now = append(lines, now), indent+word
		}
	}
	return append(lines, now)
}

// words are those of a text, a number and its sign of percent being one.
func words(s string) (out []string) {
	for _, word := range strings.Fields(s) {
		if len(out) > 0 && strings.HasPrefix(word, "%") {
			out[len(out)-1] += " " + word
			continue
		}
		out = append(out, word)
	}
	return out
}
