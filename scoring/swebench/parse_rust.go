package swebench

import "strings"

// parseCargo reads cargo test: "test name ... ok|FAILED". Ignored tests are
// dropped; doc tests and "- should panic" have blanks in their names and match
// nothing.
func parseCargo(_ input, log string, m *StatusMap) error {
	for more := true; more; {
		var line string
		line, log, more = nextLine(log)
		if line = trimLeft(line); !strings.HasPrefix(line, "test") {
			continue
		}
		word, rest := nextField(line)
		name, rest := nextField(rest)
		dots, rest := nextField(rest)
		outcome, rest := nextField(rest)
		if word != "test" || dots != "..." || trimLeft(rest) != "" {
			continue
		}
		switch outcome {
		case "ok":
			m.set(name, statusPassed)
		case "FAILED":
			m.set(name, statusFailed)
		}
	}
	return nil
}
