package width

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// obeyed reports whether a terminal obeys a character instead of showing it: control
// characters, among them the ones that begin escape sequences, and those that change the
// direction in which text is read. Line ends and tabs are not meant.
func obeyed(r rune) bool {
	switch {
	case r == '\n', r == '\t':
		return false
	case r < ' ', r >= 0x7f && r < 0xa0, r == '\u2028', r == '\u2029':
		return true
	}
	return r == '\u061c' || r == '\u200e' || r == '\u200f' || r >= '\u202a' && r <= '\u202e' ||
		r >= '\u2066' && r <= '\u2069'
}

// Door is what everything passes that is printed. Texts of models and repositories come
// through it, so that characters that a terminal obeys are written as \u001b, which JSON
// reads as what they were. Bytes that are no UTF-8 become U+FFFD. A line may end with CR
// and LF.
type Door struct {
	w    io.Writer
	held []byte // a character's beginning, or a CR that an LF may follow
}

// NewDoor returns a door to w.
func NewDoor(w io.Writer) *Door { return &Door{w: w} }

// Write implements io.Writer.
func (d *Door) Write(p []byte) (int, error) {
	text := p
	if len(d.held) > 0 {
		text = slices.Concat(d.held, p)
	}
	end := len(text)
	if n := incomplete(text); n > 0 {
		end -= n
	}
	d.held = bytes.Clone(text[end:])
	if _, err := d.w.Write(harmless(text[:end])); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Flush writes what is held back.
func (d *Door) Flush() error {
	_, err := d.w.Write(harmless(d.held))
	d.held = nil
	return err
}

// incomplete is how many bytes at the end of a text are not known to be a character.
func incomplete(p []byte) int {
	if bytes.HasSuffix(p, []byte{'\r'}) {
		return 1
	}
	for n := 1; n < utf8.UTFMax && n <= len(p); n++ {
		if b := p[len(p)-n:]; utf8.RuneStart(b[0]) {
			if utf8.FullRune(b) {
				return 0
			}
			return n
		}
	}
	return 0
}

// harmless is a text without what a terminal obeys.
func harmless(p []byte) []byte {
	var out []byte
	done := 0 // of p is in out
	for i := 0; i < len(p); {
		if c := p[i]; c >= ' ' && c < 0x7f || c == '\n' || c == '\t' ||
			c == '\r' && i+1 < len(p) && p[i+1] == '\n' {
			i++
			continue
		}
		r, n := utf8.DecodeRune(p[i:])
		bad := r == utf8.RuneError && n == 1
		if bad || obeyed(r) {
			out = append(out, p[done:i]...)
			if bad {
				out = utf8.AppendRune(out, utf8.RuneError)
			} else {
				out = fmt.Appendf(out, `\u%04x`, r)
			}
			done = i + n
		}
		i += n
	}
	if done == 0 {
		return p
	}
	return append(out, p[done:]...)
}

// Cell is a text as a cell of a table for other programs: spreadsheets take what begins like a
// formula for one, which may read files and send them away, and no apostrophe for a part of it.
func Cell(s string) string {
	if s != "" && strings.IndexByte("=+-@\t\r", s[0]) >= 0 {
		return "'" + s
	}
	return s
}
