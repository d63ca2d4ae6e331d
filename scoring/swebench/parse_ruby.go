package swebench

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// parseMinitest reads "Class#test. = 0.01 s = .": the name is what stands
// before the last ". " that has a "=" after it, the outcome the last ".", "F"
// or "E" of the line after a "=".
func parseMinitest(_ input, log string, m *StatusMap) error {
	for more := true; more; {
		var line string
		line, log, more = nextLine(log)
		line = trim(line)
		outcome := strings.LastIndexAny(line, ".FE")
		if outcome < 0 {
			continue
		}
		equals := strings.LastIndexByte(line[:outcome], '=')
		if equals < 0 {
			continue
		}
		end := strings.LastIndex(line[:equals], ". ")
		if end < 1 {
			continue
		}
		if line[outcome] == '.' {
			m.set(line[:end], statusPassed)
		} else {
			m.set(line[:end], statusFailed)
		}
	}
	return nil
}

// parseCucumber reads cucumber --format progress: a name, a blank and dots,
// ending in a dot (passed) or in "F" (failed).
func parseCucumber(_ input, log string, m *StatusMap) error {
	for more := true; more; {
		var line string
		line, log, more = nextLine(log)
		line = trim(line)
		for i := strings.LastIndex(line, " ."); i >= 0; i = strings.LastIndex(line[:i], " .") {
			rest := strings.TrimLeft(line[i+1:], ".")
			if strings.HasPrefix(rest, "F") {
				m.set(line[:i], statusFailed)
				break
			}
			if dots := len(line) - i - 1 - len(rest); dots > 1 {
				m.set(line[:i], statusPassed)
				break
			}
		}
	}
	return nil
}

// parseRubyUnit reads test-unit: "test: name:  .: (0.1)", where the outcome is
// ".", "E", "F" or "O" (omitted) after the last colon that has one.
func parseRubyUnit(_ input, log string, m *StatusMap) error {
	for more := true; more; {
		var line string
		line, log, more = nextLine(log)
		line = trim(line)
		for i := strings.LastIndexByte(line, ':'); i > 0; i = strings.LastIndexByte(line[:i], ':') {
			status := rubyUnitStatus(line[i+1:])
			if status == "" {
				continue
			}
			name := line[:i]
			if rest, ok := strings.CutPrefix(name, "test: "); ok && rest != "" {
				name = rest
			}
			m.set(name, status)
			break
		}
	}
	return nil
}

// rubyUnitStatus is the status of what `\s+(\.|E\b|F\b|O\b)` captures at the
// start of s, or "".
func rubyUnitStatus(s string) string {
	n := spaceLen(s)
	if n == 0 || n == len(s) {
		return ""
	}
	c, rest := s[n], s[n+1:]
	if c == '.' {
		return statusPassed
	}
	if r, _ := utf8.DecodeRuneInString(rest); rest != "" && isWord(r) {
		return ""
	}
	switch c {
	case 'E', 'F':
		return statusFailed
	case 'O':
		return statusSkipped
	}
	return ""
}

// parseRspec reads what the rspec repositories print from their JSON reports:
// "name - passed" and "name - failed", whatever follows. Pending never matches.
func parseRspec(_ input, log string, m *StatusMap) error {
	for more := true; more; {
		var line string
		line, log, more = nextLine(log)
		line = trim(line)
		passed := strings.LastIndex(line, " - passed")
		failed := strings.LastIndex(line, " - failed")
		switch {
		case passed > 0 && passed > failed:
			m.set(line[:passed], statusPassed)
		case failed > 0:
			m.set(line[:failed], statusFailed)
		}
	}
	return nil
}

// parseJekyll chooses the parser by the number in the instance id, because
// jekyll's instances use two test runners.
func parseJekyll(in input, log string, m *StatusMap) error {
	_, rest, _ := strings.Cut(in.instanceID, "-")
	number, _, _ := strings.Cut(rest, "-")
	switch number {
	case "9141", "8047", "8167":
		return parseMinitest(in, log, m)
	case "8761", "8771":
		return parseCucumber(in, log, m)
	}
	return fmt.Errorf("unknown instance id %q", in.instanceID)
}
