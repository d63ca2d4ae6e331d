package swebench

import "strings"

// statusWords are the words pytest's summary lines begin with.
var statusWords = [...]string{
	statusPassed, statusFailed, statusSkipped, statusError, statusXfail,
}

// startsWithStatus reports whether s begins with one of the status words; no
// blank need follow.
func startsWithStatus(s string) bool {
	if len(s) < len(statusError) {
		return false
	}
	switch s[0] {
	case 'P':
		return strings.HasPrefix(s, statusPassed)
	case 'F':
		return strings.HasPrefix(s, statusFailed)
	case 'S':
		return strings.HasPrefix(s, statusSkipped)
	case 'E':
		return strings.HasPrefix(s, statusError)
	case 'X':
		return strings.HasPrefix(s, statusXfail)
	}
	return false
}

// endsWithStatus reports whether s ends with one of the status words; no blank
// need precede.
func endsWithStatus(s string) bool {
	if len(s) < len(statusError) {
		return false
	}
	switch s[len(s)-1] {
	case 'D':
		return strings.HasSuffix(s, statusPassed) || strings.HasSuffix(s, statusFailed) ||
			strings.HasSuffix(s, statusSkipped)
	case 'R':
		return strings.HasSuffix(s, statusError)
	case 'L':
		return strings.HasSuffix(s, statusXfail)
	}
	return false
}

// isSkipSummary reports whether a line is "SKIPPED [N] path:line: reason",
// where [N] is no test. Version 4 recorded it as one.
func isSkipSummary(rules Rules, status, name string) bool {
	if rules == V4 || status != statusSkipped || len(name) < 3 || name[0] != '[' {
		return false
	}
	n := digitsLen(name[1:])
	return n > 0 && name[1+n:] == "]"
}

// summaryFields returns the first two words of a summary line: the status and
// the test. In FAILED lines " - " separates words like a blank, so that a test
// without a name before its message is not called "-".
func summaryFields(line string) (status, test string) {
	if !strings.HasPrefix(line, statusFailed) {
		return twoFields(line)
	}
	i := strings.Index(line, " - ")
	if i < 0 {
		return twoFields(line)
	}
	if status, test = twoFields(line[:i]); test != "" {
		return status, test
	}
	return twoFields(strings.ReplaceAll(line, " - ", " "))
}

// parsePytest reads the summary that pytest -rA prints: lines that begin, at
// their first byte, with a status word. The second word is the test, so ids
// with blanks in their parameters are cut there; the first word is recorded as
// it stands. XPASS is no status. Used by flask, xarray, pytest and others.
func parsePytest(in input, log string, m *StatusMap) error {
	for more := true; more; {
		var line string
		line, log, more = nextLine(log)
		if !startsWithStatus(line) {
			continue
		}
		status, test := summaryFields(line)
		if test != "" && !isSkipSummary(in.rules, status, test) {
			m.set(test, status)
		}
	}
	return nil
}

// parsePytestOptions is parsePytest with one change to ids that carry a path
// as their parameter, which differs between machines: the path is cut to its
// last element. Used by requests, pylint and pydicom.
func parsePytestOptions(in input, log string, m *StatusMap) error {
	for more := true; more; {
		var line string
		line, log, more = nextLine(log)
		if !startsWithStatus(line) {
			continue
		}
		status, test := summaryFields(line)
		if test != "" && !isSkipSummary(in.rules, status, test) {
			m.set(shortenOption(test), status)
		}
	}
	return nil
}

// shortenOption cuts an absolute path between the first "[" and the last "]"
// of a test id to its last element, and drops what follows that "]".
func shortenOption(test string) string {
	i, j := strings.IndexByte(test, '['), strings.LastIndexByte(test, ']')
	if i < 0 || j < i {
		return test
	}
	option := test[i+1 : j]
	if strings.HasPrefix(option, "/") && !strings.HasPrefix(option, "//") &&
		!strings.Contains(option, "*") {
		return test[:i+1] + option[strings.LastIndexByte(option, '/'):] + "]"
	}
	return test[:j+1]
}

// parseMatplotlib is parsePytest after the mouse buttons' names, which depend
// on the version of Python, have become their numbers.
func parseMatplotlib(in input, log string, m *StatusMap) error {
	for more := true; more; {
		var line string
		line, log, more = nextLine(log)
		if !startsWithStatus(line) {
			continue
		}
		line = strings.ReplaceAll(line, "MouseButton.LEFT", "1")
		line = strings.ReplaceAll(line, "MouseButton.RIGHT", "3")
		status, test := summaryFields(line)
		if test != "" && !isSkipSummary(in.rules, status, test) {
			m.set(test, status)
		}
	}
	return nil
}
