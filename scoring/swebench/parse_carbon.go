package swebench

import (
	"regexp"
	"strings"
)

// parseCarbon reads jest's lines per file, "PASS file (5.2 s)": the file is the
// test. A duration in "ms", " s" or "s" is cut off, the first of these that the
// line has. Used by carbon, prettier, scratch-gui and react-pdf.
func parseCarbon(_ input, log string, m *StatusMap) error {
	for more := true; more; {
		var line string
		line, log, more = nextLine(log)
		status := statusPassed
		rest, ok := strings.CutPrefix(line, "PASS")
		if !ok {
			status = statusFailed
			rest, ok = strings.CutPrefix(line, "FAIL")
		}
		if !ok {
			continue
		}
		if name, ok := cutSpace(rest); ok {
			m.set(cutFileTime(name), status)
		}
	}
	return nil
}

// cutFileTime cuts a name at its last duration in the first unit that has one.
func cutFileTime(name string) string {
	if !strings.Contains(name, "(") {
		return name
	}
	for _, p := range fileTimes {
		if at := p().FindStringSubmatchIndex(name); at != nil {
			return name[:at[3]]
		}
	}
	return name
}

var fileTimes = [...]func() *regexp.Regexp{
	lazy(`^(.*)\s\([\p{Nd}.]+ms\)`),
	lazy(`^(.*)\s\([\p{Nd}.]+\ss\)`),
	lazy(`^(.*)\s\([\p{Nd}.]+s\)`),
}

var grommetTime = lazy(`\s\([\p{Nd}.]+\s?(?:ms|s)\)$`)

// parseGrommet reads jest's lines per file: first all failures, then all
// passes, without the duration at their end. The file may stand on the line
// after the word.
func parseGrommet(_ input, log string, m *StatusMap) error {
	for _, p := range [...]struct{ word, status string }{
		{"FAIL", statusFailed}, {"PASS", statusPassed},
	} {
		for rest, more := log, true; more; {
			text, ok := strings.CutPrefix(rest, p.word)
			if ok {
				text, ok = cutSpace(text)
			}
			if !ok {
				_, rest, more = nextLine(rest)
				continue
			}
			text, rest, more = nextLine(text)
			name := trim(text)
			if strings.HasSuffix(name, ")") {
				if t := grommetTime().FindStringIndex(name); t != nil {
					name = name[:t[0]]
				}
			}
			m.set(name, p.status)
		}
	}
	return nil
}
