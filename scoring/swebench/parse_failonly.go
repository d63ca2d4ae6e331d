package swebench

import (
	"regexp"
	"strings"
)

// The parsers of this file record failures only: a test that is absent passed.

// blank is whitespace within a line.
const blank = `[\t\v\f\x1c-\x20\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}` +
	`\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]`

var chartFail = lazy(`(?m)Chrome\s[\p{Nd}.]+` + blank + `\(.+?\)` + blank + `(.*)FAILED$`)

// parseChartJS reads karma's "Chrome 1.2 (Linux) name FAILED", without terminal
// codes. The blank before FAILED stays in the key.
func parseChartJS(_ input, log string, m *StatusMap) error {
	for _, text := range aroundWord(stripANSI(log), statusFailed) {
		for _, f := range chartFail().FindAllStringSubmatch(text, -1) {
			m.set(f[1], statusFailed)
		}
	}
	return nil
}

// parseMarked reads jasmine's "1) name" at the start of a line.
func parseMarked(_ input, log string, m *StatusMap) error {
	for more := true; more; {
		var line string
		line, log, more = nextLine(log)
		n := digitsLen(line)
		if n == 0 || !strings.HasPrefix(line[n:], ")") {
			continue
		}
		if name, ok := cutSpace(line[n+1:]); ok {
			m.set(trim(name), statusFailed)
		}
	}
	return nil
}

// parseEslint reads mocha's failures: from "  1)" to the next line that has
// "Error" after a blank. The text between is the name, blanks collapsed.
func parseEslint(_ input, log string, m *StatusMap) error {
	for pos := 0; ; {
		_, from := numbered(log, pos)
		if from < 0 {
			return nil
		}
		at, end := errorLine(log, from)
		if at < 0 {
			return nil // what no error follows, none follows later either
		}
		m.set(joinFields(log[from:at]), statusFailed)
		pos = end
	}
}

// numbered finds the first `\s{2}\d+\)` in log at or after pos: where it begins
// and ends, or -1.
func numbered(log string, pos int) (start, end int) {
	for i := indexFrom(log, ")", pos); i >= 0; i = indexFrom(log, ")", i+1) {
		before, ok := cutLastDigits(log[pos:i])
		if !ok {
			continue
		}
		if before, ok = cutLastSpace(before); !ok {
			continue
		}
		if before, ok = cutLastSpace(before); ok {
			return pos + len(before), i + 1
		}
	}
	return -1, -1
}

// errorLine finds the first whitespace at or after from that is followed, on
// the line after it, by "Error", and where the last such word of that line
// ends. It is what `\s+(?:(.*)Error)` matches when it is tried at each position
// in turn.
func errorLine(log string, from int) (at, end int) {
	const word = "Error"
	for first := indexFrom(log, word, from); first >= 0; {
		start, stop := lineAround(log, first)
		last := start + strings.LastIndex(log[start:stop], word)
		if start > from { // the whitespace that ends with the newline or after it
			return from + len(trimRight(log[from:start])), last + len(word)
		}
		if w := from + wordLen(log[from:stop]); w < last {
			return w, last + len(word)
		}
		first = indexFrom(log, word, stop)
	}
	return -1, -1
}

var bpmnFails = [...]func() *regexp.Regexp{
	lazy(`2KPhantomJS\s[\p{Nd}.]+\s\(Linux\s[\p{Nd}.]+\)\s(.*)FAILED\n`),
	lazy(`2KPhantomJS\s[\p{Nd}.]+\s\(Linux\sx86_64\)\s(.*)FAILED\n`),
	lazy(`Chrome\sHeadless\s.*\s\(Linux\sx86_64\)\s(.*)FAILED\n`),
	lazy(`HeadlessChrome\s[\p{Nd}.]+\s\(Linux\s[\p{Nd}.]+\)\s(.*)FAILED\n`),
}

// parseBpmnJS reads karma's failures in four browsers, one after the other. The
// keys are not trimmed.
func parseBpmnJS(_ input, log string, m *StatusMap) error {
	failures := aroundWord(log, statusFailed)
	for _, p := range bpmnFails {
		for _, text := range failures {
			for _, f := range p().FindAllStringSubmatch(text, -1) {
				m.set(f[1], statusFailed)
			}
		}
	}
	return nil
}

// maxSpan is more lines than any pattern here can match: each of its \s may be
// a newline.
const maxSpan = 8

// aroundWord returns the parts of a log, whole lines, that have a word, and
// maxSpan lines before each. The rest need not be searched.
func aroundWord(log, word string) []string {
	var parts []string
	done := 0
	for i := strings.Index(log, word); i >= 0; i = indexFrom(log, word, done) {
		start := i
		for range maxSpan {
			if start > done {
				start = done + strings.LastIndexByte(log[done:start-1], '\n') + 1
			}
		}
		end := len(log)
		if n := strings.IndexByte(log[i:], '\n'); n >= 0 {
			end = i + n + 1
		}
		if n := len(parts); n > 0 && start == done { // one part with the last
			last := parts[n-1]
			parts[n-1] = log[done-len(last) : end]
		} else {
			parts = append(parts, log[start:end])
		}
		done = end
	}
	return parts
}

var openlayersFails = [...]func() *regexp.Regexp{
	lazy(`(?m)Chrome\sHeadless\s[\p{Nd}.]+\s\(Linux\s\S+\)\s(.*)\sFAILED\n`),
	lazy(`(?m)Chrome\s[\p{Nd}.]+\s\(Linux\s\S+\)\s(.*)FAILED\n`),
}

var openlayersMismatch = lazy(`(?m)^case\s(.*):\smismatch`)

// parseOpenlayers reads karma's failures in two browsers, mocha's failures from
// "  1)" to "Error:", and mismatches of rendering cases. Blanks in names are
// collapsed.
func parseOpenlayers(_ input, log string, m *StatusMap) error {
	failures := aroundWord(log, statusFailed)
	for _, p := range openlayersFails {
		for _, text := range failures {
			for _, f := range p().FindAllStringSubmatch(text, -1) {
				m.set(joinFields(f[1]), statusFailed)
			}
		}
	}
	for pos := 0; ; {
		start, from := numbered(log, pos)
		if from < 0 {
			break
		}
		if start > 0 && log[start-1] != '\n' {
			pos = from
			continue
		}
		end := indexFrom(log, "Error:", from)
		if end < 0 {
			break
		}
		m.set(joinFields(log[from:end]), statusFailed)
		pos = end + len("Error:")
	}
	for _, text := range aroundWord(log, "mismatch") {
		for _, f := range openlayersMismatch().FindAllStringSubmatch(text, -1) {
			m.set(joinFields(f[1]), statusFailed)
		}
	}
	return nil
}
