package swebench

import (
	"strings"
	"unicode/utf8"
)

// parsePhpunit reads phpunit --testdox: a line "Suite (Class)" names the suite
// of the lines "✔ name" (passed), "✘ name" (failed) and "↩ name" (skipped)
// after it. Before any suite the key begins with "None".
func parsePhpunit(_ input, log string, m *StatusMap) error {
	suite := "None"
	for more := true; more; {
		var line string
		line, log, more = nextLine(log)
		if s, ok := phpunitSuite(line); ok {
			suite = s
			continue
		}
		line = trimLeft(line)
		r, n := utf8.DecodeRuneInString(line)
		status := ""
		switch r {
		case '✔':
			status = statusPassed
		case '✘':
			status = statusFailed
		case '↩':
			status = statusSkipped
		default:
			continue
		}
		m.set(suite+" > "+trimLeft(line[n:]), status)
	}
	return nil
}

// phpunitSuite is what `^(\w.+) \(.+\)$` captures.
func phpunitSuite(line string) (string, bool) {
	r, n := utf8.DecodeRuneInString(line)
	if n == 0 || !isWord(r) || len(line) < len("ab (c)") || line[len(line)-1] != ')' {
		return "", false
	}
	i := strings.LastIndex(line[:len(line)-2], " (")
	if i <= n {
		return "", false
	}
	return line[:i], true
}
