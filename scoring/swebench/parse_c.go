package swebench

import (
	"strings"
)

// parseRedis reads the Tcl test suite of redis and valkey:
// "[ok|err|skip|ignore]: name (3 ms)". A failed test's name loses its " in
// file".
func parseRedis(_ input, log string, m *StatusMap) error {
	for more := true; more; {
		var line string
		line, log, more = nextLine(log)
		line = trim(line)
		if line == "" || line[0] != '[' {
			continue
		}
		word, rest, ok := strings.Cut(line[1:], "]:")
		if !ok {
			continue
		}
		if rest, ok = cutSpace(rest); !ok || rest == "" {
			continue
		}
		name := cutDuration(rest)
		switch word {
		case "ok":
			m.set(name, statusPassed)
		case "err":
			m.set(cutInFile(name), statusFailed)
		case "skip", "ignore":
			m.set(name, statusSkipped)
		}
	}
	return nil
}

// cutInFile cuts what `\s+in\s+\S+$` matches off the end of a name.
func cutInFile(name string) string {
	before, last := lastField(name)
	if last == "" || len(before) == len(name) {
		return name
	}
	t, ok := strings.CutSuffix(trimRight(before), "in")
	if !ok {
		return name
	}
	if u := trimRight(t); len(u) < len(t) {
		return u
	}
	return name
}

// parseJq reads jq's "PASS: name" and "FAIL: name".
func parseJq(_ input, log string, m *StatusMap) error {
	for more := true; more; {
		var line string
		line, log, more = nextLine(log)
		line = trim(line)
		status := statusPassed
		rest, ok := strings.CutPrefix(line, "PASS:")
		if !ok {
			status = statusFailed
			rest, ok = strings.CutPrefix(line, "FAIL:")
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

// parseMicropython reads "pass|FAIL|skip name".
func parseMicropython(_ input, log string, m *StatusMap) error {
	for more := true; more; {
		var line string
		line, log, more = nextLine(log)
		line = trim(line)
		if len(line) < len("pass x") {
			continue
		}
		status := ""
		switch line[:4] {
		case "pass":
			status = statusPassed
		case "FAIL":
			status = statusFailed
		case "skip":
			status = statusSkipped
		default:
			continue
		}
		if n := spaceLen(line[4:]); n > 0 {
			m.set(line[4+n:], status)
		}
	}
	return nil
}

// parseGoogletest reads "[ OK ] name (1 ms)" and "[ FAILED ] name (1 ms)", also
// behind other text. The summary's "[ FAILED ] name" has no duration and does
// not match.
func parseGoogletest(_ input, log string, m *StatusMap) error {
	for more := true; more; {
		var line string
		line, log, more = nextLine(log)
		line = trimRight(line)
		if !strings.HasSuffix(line, ")") || !strings.Contains(line, "[") {
			continue
		}
		line = trim(line)
		end := lastParenthesis(line)
		for i := len(line); i >= 0; {
			if i = strings.LastIndexByte(line[:i], '['); i < 0 {
				break
			}
			if status, n := googletestMark(line[i:]); n > 0 && i+n <= end {
				m.set(line[i+n:end], status)
				break
			}
		}
	}
	return nil
}

// googletestMark returns the status and the length of what
// `\[\s*(OK|FAILED)\s*\]\s` matches at the start of s; n is 0 if nothing.
func googletestMark(s string) (status string, n int) {
	rest := trimLeft(s[1:])
	if t, ok := strings.CutPrefix(rest, "OK"); ok {
		status, rest = statusPassed, t
	} else if t, ok := strings.CutPrefix(rest, "FAILED"); ok {
		status, rest = statusFailed, t
	} else {
		return "", 0
	}
	rest, ok := strings.CutPrefix(trimLeft(rest), "]")
	if !ok {
		return "", 0
	}
	if rest, ok = cutSpace(rest); !ok {
		return "", 0
	}
	return status, len(s) - len(rest)
}

// lastParenthesis is the position of the last whitespace before "(" in a line
// that ends in ")", or -1.
func lastParenthesis(line string) int {
	for i := len(line) - 1; i >= 0; {
		if i = strings.LastIndexByte(line[:i], '('); i < 0 {
			break
		}
		if before, ok := cutLastSpace(line[:i]); ok {
			return len(before)
		}
	}
	return -1
}
