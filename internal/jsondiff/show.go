package jsondiff

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// String says what the difference is, on one line: values that are long are shown from
// shortly before where they differ.
func (d Difference) String() string {
	was, is := d.Shown(shown)
	if d.Path == "" {
		return "was " + was + ", is " + is
	}
	return d.Path + ": was " + was + ", is " + is
}

// shown is how much of a value String shows, in characters.
const shown = 60

// Shown are the two values with at most n characters each, and marks for what is left
// out.
func (d Difference) Shown(n int) (was, is string) {
	var old, now string
	if json.Unmarshal(d.Old, &old) != nil || json.Unmarshal(d.New, &now) != nil || d.Old == nil ||
		d.New == nil {
		return clip(value(d.Old), 0, n), clip(value(d.New), 0, n)
	}
	same := common(old, now)
	from := max(0, same-max(1, n/3))
	for from > 0 && !utf8.RuneStart(old[from]) {
		from--
	}
	return quote(old, from, n), quote(now, from, n)
}

// value is a value that is not there, or as it is encoded.
func value(v json.RawMessage) string {
	if v == nil {
		return "not there"
	}
	return string(v)
}

func quote(s string, from, n int) string {
	from = min(from, len(s))
	return strconv.Quote(clip(s, from, n))
}

// clip is what stands in a text from a byte on, at most n characters.
func clip(s string, from, n int) string {
	out := s[from:]
	if i := cutAt(out, n); i < len(out) {
		out = out[:i] + "…"
	}
	if from > 0 {
		out = "…" + out
	}
	return out
}

// cutAt is the byte after the nth character.
func cutAt(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

// common is how many bytes two texts begin with in common.
func common(a, b string) int {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	return i
}
