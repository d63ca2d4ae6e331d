package swebench

import (
	"strings"
	"unicode/utf8"
)

// parseP5js reads mocha's failures "1) suite", "case:" on lines that are
// indented ever deeper; the key joins them with ":". Terminal codes, blocks of
// JSON and XML elements are removed first.
func parseP5js(_ input, log string, m *StatusMap) error {
	log = removeXML(removeJSON(stripANSI(log)))
	done, colon := 0, -1
	for start := 0; start < len(log); {
		end := len(log)
		if i := strings.IndexByte(log[start:], '\n'); i >= 0 {
			end = start + i + 1
		}
		at := start
		start = end
		if at < done {
			continue
		}
		from := failureText(log, at, end)
		if from < 0 {
			continue
		}
		if colon < from {
			if colon = indexFrom(log, ":", from); colon < 0 {
				return nil
			}
		}
		if text := log[from:colon]; withinRunes(text, 1000) {
			done = colon + 1
			if key, ok := failureKey(text); ok {
				m.set(key, statusFailed)
			}
		}
	}
	return nil
}

// failureText is where the text after "1)" begins in the line log[at:end], or
// -1.
func failureText(log string, at, end int) int {
	line := log[at:end]
	i := spaceLen(line)
	n := digitsLen(line[i:])
	if n == 0 || !strings.HasPrefix(line[i+n:], ")") {
		return -1
	}
	return at + i + n + 1
}

// withinRunes reports whether s has at most n characters.
func withinRunes(s string, n int) bool {
	return len(s) <= n || len(s) <= utf8.UTFMax*n && utf8.RuneCountInString(s) <= n
}

// failureKey joins the lines of a failure if each is indented more than the one
// before, the first at all.
func failureKey(text string) (string, bool) {
	lines := strings.Split(text, "\n")
	last := 0
	for i, line := range lines {
		indent := indentOf(line)
		if indent <= last {
			return "", false
		}
		last = indent
		lines[i] = trim(line)
	}
	return strings.Join(lines, ":"), true
}

// removeJSON drops blocks that a line ending in "{" or "[" opens and a line
// "}" or "]" closes, and lines that are a JSON object or list by themselves.
func removeJSON(log string) string {
	var b strings.Builder
	b.Grow(len(log))
	inObject, inList, first := false, false, true
	for more := true; more; {
		var line string
		line, log, more = nextLine(log)
		text := trimRight(line)
		switch {
		case strings.HasSuffix(text, "{"):
			inObject = true
		case strings.HasSuffix(text, "["):
			inList = true
		case text == "}" && inObject:
			inObject = false
		case text == "]" && inList:
			inList = false
		case inObject, inList,
			strings.HasPrefix(text, "{") && strings.HasSuffix(text, "}"),
			strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]"):
		default:
			if !first {
				b.WriteByte('\n')
			}
			first = false
			b.WriteString(line)
		}
	}
	return b.String()
}
