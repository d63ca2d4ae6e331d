package swebench

import "strings"

// parseSympy reads the output of sympy's bin/test. First every traceback
// header "___ path/file.py:test ___" is a failure, keyed "path/file.py:test";
// the underscores are optional, so any line of the form " x.py:y " is one.
// Then lines "test_name ok|F|E" give the status of the bare name, in which
// tests of the same name in several files collide. The last test of a file,
// "test_x ok   [OK]", matches nothing.
func parseSympy(_ input, log string, m *StatusMap) error {
	sympyHeaders(log, m)
	for more := true; more; {
		var line string
		line, log, more = nextLine(log)
		line = trimLeft(line)
		if !strings.HasPrefix(line, "test_") {
			continue
		}
		line = trimRight(line)
		status := ""
		switch {
		case strings.HasSuffix(line, " E"):
			status = statusError
		case strings.HasSuffix(line, " F"):
			status = statusFailed
		case strings.HasSuffix(line, " ok"):
			status = statusPassed
		default:
			continue
		}
		m.set(line[:wordLen(line)], status)
	}
	return nil
}

// sympyHeaders records what the pattern `(_*) (.*)\.py:(.*) (_*)` finds. Its
// parts are greedy: in each line the key reaches from the first blank to the
// last one, if ".py:" lies between them.
func sympyHeaders(log string, m *StatusMap) {
	for i := strings.Index(log, ".py:"); i >= 0; i = strings.Index(log, ".py:") {
		start, end := lineAround(log, i)
		line := log[start:end]
		first, last := strings.IndexByte(line, ' '), strings.LastIndexByte(line, ' ')
		if first >= 0 && last > first {
			if key := line[first+1 : last]; strings.Contains(key, ".py:") {
				m.set(key, statusFailed)
			}
		}
		log = log[end:]
	}
}
