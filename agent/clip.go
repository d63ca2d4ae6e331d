package agent

import "unicode/utf8"

// Clip shortens text to limit characters: the first and last halves of them,
// with note in between. It returns how many bytes it left out.
func Clip(text string, limit int, note func(characters int) string) (string, int64) {
	if len(text) <= limit {
		return text, 0
	}
	n := utf8.RuneCountInString(text)
	if n <= limit {
		return text, 0
	}
	head := prefix(text, limit/2)
	tail := text[len(prefix(text, n-(limit-limit/2))):]
	left := int64(len(text) - len(head) - len(tail))
	return head + note(n-limit) + tail, left
}

// prefix is the first n characters of s.
func prefix(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
