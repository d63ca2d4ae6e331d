package swebench

import "strings"

// parseGotest reads go test -v: "--- PASS|FAIL|SKIP: name (duration)", indented
// as subtests are. What follows the last " (" is the duration. FAIL lines of
// packages are ignored.
func parseGotest(_ input, log string, m *StatusMap) error {
	for more := true; more; {
		var line string
		line, log, more = nextLine(log)
		if line == "" || line[0] > ' ' && line[0] != '-' && line[0] < 0x80 {
			continue
		}
		line = trim(line)
		if !strings.HasPrefix(line, "--- ") || len(line) < len("--- PASS: x (y)") {
			continue
		}
		status := ""
		switch line[4:10] {
		case "PASS: ":
			status = statusPassed
		case "FAIL: ":
			status = statusFailed
		case "SKIP: ":
			status = statusSkipped
		default:
			continue
		}
		rest := line[10:]
		if rest[len(rest)-1] != ')' {
			continue
		}
		// At least one character lies between the parentheses.
		if i := strings.LastIndex(rest[:len(rest)-2], " ("); i > 0 {
			m.set(rest[:i], status)
		}
	}
	return nil
}
