package swebench

import (
	"strings"
)

// parsePytestV2 reads pytest's output of any version, coloured or not. What
// looks like a colour ("[32m", even inside an id) and then all characters
// U+0001 to U+001F are deleted from each line. A line that begins with a
// status word names its test after it; otherwise, one that ends with a status
// word names it before. Version 5 takes all the words as the name, so that the
// reason of XFAIL, ERROR and SKIPPED lines becomes part of it; only FAILED
// lines are cut at the first " - ". Version 4 takes one word. Used by astropy,
// scikit-learn and sphinx.
func parsePytestV2(in input, log string, m *StatusMap) error {
	for more := true; more; {
		var line string
		line, log, more = nextLine(log)
		if line == "" || !mayHoldStatus(line[0], line[len(line)-1]) {
			continue
		}
		line = stripColours(line)
		switch {
		case startsWithStatus(line):
			if in.rules == V4 {
				if status, test := summaryFields(line); test != "" {
					m.set(test, status)
				}
				continue
			}
			setLeading(line, m)
		case endsWithStatus(line):
			if in.rules == V4 {
				if first, second := twoFields(line); second != "" {
					m.set(first, second)
				}
				continue
			}
			before, status := lastField(line)
			if test := joinFields(before); test != "" {
				m.set(test, status)
			}
		}
	}
	return nil
}

// mayHoldStatus reports whether a line with these first and last bytes could
// begin or end with a status word once the colours are gone.
func mayHoldStatus(first, last byte) bool {
	switch first {
	case 'P', 'F', 'S', 'E', 'X', '[':
		return true
	}
	switch last {
	case 'D', 'R', 'L', 'm':
		return true
	}
	return first < ' ' || last < ' '
}

// setLeading records a line that begins with a status word, by the rules of
// version 5.
func setLeading(line string, m *StatusMap) {
	if strings.HasPrefix(line, statusFailed) {
		line, _, _ = strings.Cut(line, " - ")
	}
	status, rest := nextField(line)
	test := joinFields(rest)
	if test == "" {
		return
	}
	if status == statusSkipped {
		if first, _ := nextField(test); isSkipSummary(V5, status, first) {
			return
		}
	}
	m.set(test, status)
}

// stripColours deletes every "[digits m", then the characters U+0001 to U+001F.
// It returns line itself if there is nothing to delete.
func stripColours(line string) string {
	if !hasColour(line) {
		return line
	}
	b := make([]byte, 0, len(line))
	for i := 0; i < len(line); {
		c := line[i]
		if c == '[' {
			if n := colourLen(line[i:]); n > 0 {
				i += n
				continue
			}
		}
		if c == 0 || c >= ' ' {
			b = append(b, c)
		}
		i++
	}
	return string(b)
}

// hasColour reports whether stripColours would delete anything.
func hasColour(line string) bool {
	for i := 0; i < len(line); i++ {
		c := line[i]
		if c < ' ' && c != 0 || c == '[' && colourLen(line[i:]) > 0 {
			return true
		}
	}
	return false
}

// colourLen is the length of the "[digits m" that s begins with, or 0.
func colourLen(s string) int {
	n := digitsLen(s[1:])
	if n == 0 || 1+n >= len(s) || s[1+n] != 'm' {
		return 0
	}
	return n + 2
}
