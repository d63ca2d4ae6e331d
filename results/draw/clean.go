package draw

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes text safe to show: what is not UTF-8 and what a terminal or a
// browser would obey instead of showing (controls, and marks that turn the
// direction of writing) becomes U+FFFD. Tabs and line ends stay.
func Clean(s string) string {
	if !strings.ContainsFunc(s, obeyed) {
		return s // of invalid UTF-8, every byte is U+FFFD
	}
	return strings.Map(func(r rune) rune {
		if obeyed(r) {
			return utf8.RuneError
		}
		return r
	}, s)
}

// obeyed reports whether a character is no text.
func obeyed(r rune) bool {
	switch {
	case r == '\n', r == '\t':
		return false
	case r == utf8.RuneError, unicode.IsControl(r):
		return true
	case unicode.Is(unicode.Bidi_Control, r):
		return true
	}
	return r == '\uFFFE' || r == '\uFFFF'
}

func either[T any](on bool, yes, no T) T {
	if on {
		return yes
	}
	return no
}
