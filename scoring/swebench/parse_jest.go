package swebench

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// parseJest reads jest --verbose: "✓ name (3 ms)" passed, "✕" failed, "○"
// skipped. Describe blocks are ignored, so tests of one name in several of them
// collide. Version 4 keeps blanks around the name.
func parseJest(in input, log string, m *StatusMap) error {
	return eachMark(log, func(mark rune, rest string) {
		status := ""
		switch mark {
		case '✓':
			status = statusPassed
		case '✕':
			status = statusFailed
		case '○':
			status = statusSkipped
		default:
			return
		}
		name := cutDuration(rest)
		if in.rules != V4 {
			name = trim(name)
		}
		m.set(name, status)
	})
}

// eachMark calls f for each line that begins, after blanks, with a character
// outside of ASCII, one whitespace and more text, whose right end is trimmed.
func eachMark(log string, f func(mark rune, rest string)) error {
	for more := true; more; {
		var line string
		line, log, more = nextLine(log)
		line = trim(line)
		r, n := utf8.DecodeRuneInString(line)
		if r < utf8.RuneSelf {
			continue
		}
		if rest, ok := cutSpace(line[n:]); ok && rest != "" {
			f(r, rest)
		}
	}
	return nil
}

// parseJestJSON reads jest's JSON output as the harness prints it:
// "[PASSED] name", "[FAILED] name", with the describe blocks in the name.
func parseJestJSON(_ input, log string, m *StatusMap) error {
	for more := true; more; {
		var line string
		line, log, more = nextLine(log)
		line = trim(line)
		status := statusPassed
		rest, ok := strings.CutPrefix(line, "[PASSED]")
		if !ok {
			status = statusFailed
			rest, ok = strings.CutPrefix(line, "[FAILED]")
		}
		if !ok {
			continue
		}
		if name, ok := cutSpace(rest); ok && name != "" {
			m.set(name, status)
		}
	}
	return nil
}

// parseImmutableJS chooses the parser by the number in the instance id.
func parseImmutableJS(in input, log string, m *StatusMap) error {
	switch in.instanceID[strings.LastIndexByte(in.instanceID, '-')+1:] {
	case "2006":
		return parseJest(in, log, m)
	case "2005":
		return parseJestJSON(in, log, m)
	}
	return fmt.Errorf("unknown instance id %q", in.instanceID)
}

// parseVitest reads vitest --reporter=verbose: "✓ name 3ms" passed, "×" failed,
// "↓ name [skipped]". A bare integer at the end of a title counts as a
// duration and is lost.
func parseVitest(_ input, log string, m *StatusMap) error {
	return eachMark(log, func(mark rune, rest string) {
		status := ""
		switch mark {
		case '✓':
			status = statusPassed
		case '×':
			status = statusFailed
		case '↓':
			status = statusSkipped
		default:
			return
		}
		m.set(cutVitestNote(rest), status)
	})
}

// cutVitestNote cuts what `\s(\d+\s*m?s?|\[skipped\])$` matches off the end of a
// name, unless nothing of the name would be left.
func cutVitestNote(s string) string {
	t, ok := strings.CutSuffix(s, "[skipped]")
	if !ok {
		t = trimRight(strings.TrimSuffix(strings.TrimSuffix(s, "s"), "m"))
		if t, ok = cutLastDigits(t); !ok {
			return s
		}
	}
	if t, ok = cutLastSpace(t); !ok || t == "" {
		return s
	}
	return t
}

// parseTap reads the test anything protocol: "ok 1 name", "not ok 2 name". The
// "- " before a name and a "# TODO" after it are part of the name.
func parseTap(_ input, log string, m *StatusMap) error {
	for more := true; more; {
		var line string
		line, log, more = nextLine(log)
		line = trim(line)
		status := statusPassed
		rest, ok := strings.CutPrefix(line, "ok ")
		if !ok {
			status = statusFailed
			rest, ok = strings.CutPrefix(line, "not ok ")
		}
		n := digitsLen(rest)
		if !ok || n == 0 {
			continue
		}
		if name, ok := strings.CutPrefix(rest[n:], " "); ok && name != "" {
			m.set(name, status)
		}
	}
	return nil
}
