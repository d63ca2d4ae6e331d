package swebench

import (
	"errors"
	"strings"
	"unicode/utf8"
)

var errNoSuite = errors.New("indentation ends a suite that was never begun")

// parseKarma reads karma's spec reporter from "Starting browser" to "SUMMARY:".
// A line without a mark that is indented deeper than the last one opens a
// suite; one that is indented less closes one, and its own name is lost. "✔"
// and "✖" lines are tests, keyed "suite > suite > name".
func parseKarma(_ input, log string, m *StatusMap) error {
	indent, started := -1, false
	var suites []string
	for more := true; more; {
		var line string
		line, log, more = nextLine(log)
		switch {
		case strings.HasPrefix(line, "SUMMARY:"):
			return nil
		case strings.Contains(line, "Starting browser"):
			started = true
			continue
		case !started:
			continue
		}
		depth, mark, name, ok := karmaLine(line)
		switch {
		case !ok:
		case mark == '✔':
			m.set(strings.Join(append(suites, name), " > "), statusPassed)
		case mark == '✖':
			m.set(strings.Join(append(suites, name), " > "), statusFailed)
		case depth > 0 && depth > indent:
			indent = depth
			suites = append(suites, name)
		case depth > 0 && depth < indent:
			if len(suites) == 0 {
				return errNoSuite
			}
			indent = depth
			suites = suites[:len(suites)-1]
		}
	}
	return nil
}

// karmaLine splits a line as `^(\s*)?([✔✖])?\s(.*)$` does. The whitespace before
// the name is no part of the indentation.
func karmaLine(line string) (depth int, mark rune, name string, ok bool) {
	n := spaceLen(line)
	r, size := utf8.DecodeRuneInString(line[n:])
	if r == '✔' || r == '✖' {
		if name, ok := cutSpace(line[n+size:]); ok {
			return utf8.RuneCountInString(line[:n]), r, name, true
		}
	}
	before, ok := cutLastSpace(line[:n])
	return utf8.RuneCountInString(before), 0, line[n:], ok
}
