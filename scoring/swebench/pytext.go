package swebench

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The parsers are defined by what Python's str methods and re module do with
// Unicode text. This file has those semantics on Go strings.

// isSpace reports whether r is whitespace to str.split, str.strip and \s. They
// count the separators U+001C to U+001F, which package unicode does not.
func isSpace(r rune) bool { return unicode.IsSpace(r) || 0x1c <= r && r <= 0x1f }

// asciiSpace marks the ASCII bytes for which isSpace holds.
var asciiSpace = [256]bool{
	'\t': true, '\n': true, '\v': true, '\f': true, '\r': true, ' ': true,
	0x1c: true, 0x1d: true, 0x1e: true, 0x1f: true,
}

// isWord reports whether r is matched by \w.
func isWord(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r)
}

// spaceLen is the length in bytes of the whitespace s begins with.
func spaceLen(s string) int {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if !asciiSpace[c] {
				return i
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if !isSpace(r) {
			return i
		}
		i += n
	}
	return len(s)
}

// wordLen is the length in bytes of the text before the first whitespace in s.
func wordLen(s string) int {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if asciiSpace[c] {
				return i
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if isSpace(r) {
			return i
		}
		i += n
	}
	return len(s)
}

// trimLeft is str.lstrip().
func trimLeft(s string) string {
	if s == "" || s[0] > ' ' && s[0] < utf8.RuneSelf {
		return s
	}
	return s[spaceLen(s):]
}

// trimRight is str.rstrip().
func trimRight(s string) string {
	for s != "" {
		c := s[len(s)-1]
		if c < utf8.RuneSelf {
			if !asciiSpace[c] {
				return s
			}
			s = s[:len(s)-1]
			continue
		}
		r, n := utf8.DecodeLastRuneInString(s)
		if !isSpace(r) {
			return s
		}
		s = s[:len(s)-n]
	}
	return s
}

// trim is str.strip().
func trim(s string) string { return trimRight(trimLeft(s)) }

// nextField cuts the first word off s; the word is empty if there is none.
// Calling it until then is str.split().
func nextField(s string) (field, rest string) {
	s = s[spaceLen(s):]
	n := wordLen(s)
	return s[:n], s[n:]
}

// twoFields returns the first two words of s, empty where there are fewer.
func twoFields(s string) (first, second string) {
	first, s = nextField(s)
	second, _ = nextField(s)
	return first, second
}

// joinFields is " ".join(s.split()). It returns a part of s if only single
// blanks separate the words.
func joinFields(s string) string {
	s = trim(s)
	plain := true
	for rest := s; plain; {
		n := wordLen(rest)
		if n == len(rest) {
			return s
		}
		rest = rest[n:]
		plain = rest[0] == ' ' && spaceLen(rest) == 1
		rest = rest[1:]
	}
	var b strings.Builder
	b.Grow(len(s))
	for f, rest := nextField(s); f != ""; f, rest = nextField(rest) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(f)
	}
	return b.String()
}

// lastField splits s, which has no whitespace at its end, before its last word.
func lastField(s string) (before, last string) {
	for i := len(s); i > 0; {
		r, n := utf8.DecodeLastRuneInString(s[:i])
		if isSpace(r) {
			return s[:i-n], s[i:]
		}
		i -= n
	}
	return "", s
}

// digitsLen is the length in bytes of the decimal digits (\d) s begins with.
func digitsLen(s string) int {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c < '0' || c > '9' {
				return i
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if !unicode.Is(unicode.Nd, r) {
			return i
		}
		i += n
	}
	return len(s)
}

// isZeros reports whether s, made of decimal digits of any script, is zero.
func isZeros(s string) bool {
	for _, r := range s {
		if digitValue(r) != 0 {
			return false
		}
	}
	return true
}

// digitValue is the value of a decimal digit. The digits of a script follow
// one another from zero in Unicode, so the start of the range decides.
func digitValue(r rune) int {
	for _, t := range unicode.Nd.R16 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return int(r-rune(t.Lo)) % 10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return int(r-rune(t.Lo)) % 10
		}
	}
	return -1
}

// nextLine cuts the first line off s. more is false for the last one, which
// has no newline.
func nextLine(s string) (line, rest string, more bool) {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

// indexFrom is the position of the first sub in s at or after from, or -1.
func indexFrom(s, sub string, from int) int {
	if i := strings.Index(s[from:], sub); i >= 0 {
		return from + i
	}
	return -1
}

// lineAround returns the bounds of the line that has position i of s.
func lineAround(s string, i int) (start, end int) {
	start = strings.LastIndexByte(s[:i], '\n') + 1
	end = len(s)
	if n := strings.IndexByte(s[i:], '\n'); n >= 0 {
		end = i + n
	}
	return start, end
}

// cutSpace cuts exactly one whitespace character off s.
func cutSpace(s string) (rest string, ok bool) {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 || !isSpace(r) {
		return s, false
	}
	return s[n:], true
}

// cutLastSpace cuts exactly one whitespace character off the end of s.
func cutLastSpace(s string) (rest string, ok bool) {
	r, n := utf8.DecodeLastRuneInString(s)
	if n == 0 || !isSpace(r) {
		return s, false
	}
	return s[:len(s)-n], true
}

// cutLastDigits cuts the decimal digits off the end of s, at least one.
func cutLastDigits(s string) (rest string, ok bool) {
	rest = strings.TrimRightFunc(s, func(r rune) bool { return unicode.Is(unicode.Nd, r) })
	return rest, len(rest) < len(s)
}

// cutDuration cuts what `\s\((\d+\s*m?s)\)$` matches off the end of a name,
// unless nothing of the name would be left.
func cutDuration(s string) string {
	t, ok := strings.CutSuffix(s, "s)")
	if !ok {
		return s
	}
	t = trimRight(strings.TrimSuffix(t, "m"))
	if t, ok = cutLastDigits(t); !ok {
		return s
	}
	if t, ok = strings.CutSuffix(t, "("); !ok {
		return s
	}
	if t, ok = cutLastSpace(t); !ok || t == "" {
		return s
	}
	return t
}

// indentOf is the number of whitespace characters s begins with.
func indentOf(s string) int { return utf8.RuneCountInString(s[:spaceLen(s)]) }
