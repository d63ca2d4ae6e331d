package swebench

import (
	"strings"
	"unicode/utf8"
)

// parseMaven reads logs of mvnd test -Dtest=name, run once per test: the shell
// traces the command, maven prints "BUILD SUCCESS|FAILURE". Because the two
// arrive out of order, version 5 keeps queues: a result settles the oldest
// pending test, and results before any test wait for one. Version 4 gives each
// result to the latest test.
func parseMaven(in input, log string, m *StatusMap) error {
	var pending, results []string
	latest := "---NO TEST NAME FOUND YET---"
	for more := true; more; {
		var line string
		line, log, more = nextLine(log)
		line = trim(line)
		if name := mavenTest(line); name != "" {
			latest = name
			pending = append(pending, name)
		}
		status := ""
		switch {
		case strings.HasSuffix(line, "BUILD SUCCESS"):
			status = statusPassed
		case strings.HasSuffix(line, "BUILD FAILURE"):
			status = statusFailed
		default:
			continue
		}
		switch {
		case in.rules == V4:
			m.set(latest, status)
		case len(pending) > 0:
			m.set(pending[0], status)
			pending = pending[1:]
		default:
			results = append(results, status)
		}
	}
	if in.rules == V4 {
		return nil
	}
	for i := range min(len(pending), len(results)) {
		m.set(pending[i], results[i])
	}
	return nil
}

// mavenTest is the word after the last "-Dtest=" that has one.
func mavenTest(line string) string {
	const option = "-Dtest="
	for i := strings.LastIndex(line, option); i >= 0; i = strings.LastIndex(line[:i], option) {
		rest := line[i+len(option):]
		if n := wordLen(rest); n > 0 {
			return rest[:n]
		}
	}
	return ""
}

// parseAnt reads "[junit] [PASS|FAIL|ERR] name".
func parseAnt(_ input, log string, m *StatusMap) error {
	for more := true; more; {
		var line string
		line, log, more = nextLine(log)
		rest, ok := strings.CutPrefix(trim(line), "[junit]")
		if !ok || spaceLen(rest) == 0 {
			continue
		}
		rest = trimLeft(rest)
		status := statusFailed
		name, ok := strings.CutPrefix(rest, "[FAIL]")
		if !ok {
			name, ok = strings.CutPrefix(rest, "[ERR]")
		}
		if !ok {
			status = statusPassed
			name, ok = strings.CutPrefix(rest, "[PASS]")
		}
		if n := spaceLen(name); ok && n > 0 {
			m.set(name[n:], status)
		}
	}
	return nil
}

// parseGradleCustom reads "Class > test PASSED|FAILED". In version 5 a line
// "Class > test" waits for a line with the bare status, because output of
// concurrent processes gets between them. Any other line that ends in a status
// is a test too: "BUILD FAILED" records BUILD.
func parseGradleCustom(in input, log string, m *StatusMap) error {
	pending := ""
	for more := true; more; {
		var line string
		line, log, more = nextLine(log)
		line = trim(line)
		status := gradleStatus(line)
		if name, ok := gradleName(line, status); ok {
			m.set(name, status)
			pending = ""
			continue
		}
		if in.rules == V4 {
			continue
		}
		if isGradleTest(line) {
			pending = line
		} else if pending != "" && status != "" && line == status {
			m.set(pending, status)
			pending = ""
		}
	}
	return nil
}

// gradleStatus is the status a line ends in, or "".
func gradleStatus(line string) string {
	switch {
	case strings.HasSuffix(line, statusPassed):
		return statusPassed
	case strings.HasSuffix(line, statusFailed):
		return statusFailed
	}
	return ""
}

// gradleName is what stands before the last whitespace before the status: two
// characters at least, the first not ">".
func gradleName(line, status string) (string, bool) {
	if status == "" || line[0] == '>' {
		return "", false
	}
	name, ok := cutLastSpace(line[:len(line)-len(status)])
	return name, ok && utf8.RuneCountInString(name) > 1
}

// isGradleTest reports whether a line is of the form "word > word".
func isGradleTest(line string) bool {
	if line == "" || line[0] == '>' {
		return false
	}
	_, rest := nextField(line)
	arrow, rest := nextField(rest)
	test, rest := nextField(rest)
	return arrow == ">" && test != "" && rest == ""
}
