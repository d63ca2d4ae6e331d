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
	for _, f := range chartFail().FindAllStringSubmatch(stripANSI(log), -1) {
		m.set(f[1], statusFailed)
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

var eslintFail = lazy(`(\s{2}\d+\))([` + "\\x00-\\x{10ffff}" + `]*?)\s+(?:(.*)Error)`)

// parseEslint reads mocha's failures: from "  1)" to the next line that has
// "Error". The text between is the name, blanks collapsed.
func parseEslint(_ input, log string, m *StatusMap) error {
	for _, f := range eslintFail().FindAllStringSubmatch(log, -1) {
		m.set(joinFields(f[2]), statusFailed)
	}
	return nil
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
	for _, p := range bpmnFails {
		for _, f := range p().FindAllStringSubmatch(log, -1) {
			m.set(f[1], statusFailed)
		}
	}
	return nil
}

var openlayersFails = [...]func() *regexp.Regexp{
	lazy(`(?m)Chrome\sHeadless\s[\p{Nd}.]+\s\(Linux\s\S+\)\s(.*)\sFAILED\n`),
	lazy(`(?m)Chrome\s[\p{Nd}.]+\s\(Linux\s\S+\)\s(.*)FAILED\n`),
	lazy(`(?ms)^\s{2}\d+\)(.*?)Error:`),
	lazy(`(?m)^case\s(.*):\smismatch`),
}

// parseOpenlayers reads karma's failures in two browsers, mocha's failures from
// "  1)" to "Error:", and mismatches of rendering cases. Blanks in names are
// collapsed.
func parseOpenlayers(_ input, log string, m *StatusMap) error {
	for _, p := range openlayersFails {
		for _, f := range p().FindAllStringSubmatch(log, -1) {
			m.set(joinFields(f[1]), statusFailed)
		}
	}
	return nil
}
