package swebench

import (
	"errors"
	"strings"
)

var errNoSecondWord = errors.New("line has no second word")

// parseSeaborn reads pytest's output in either form, but only PASSED and
// FAILED: "FAILED test", "test PASSED [ 5%]" and "PASSED test". Version 4
// raises an exception on a line that has a status and nothing else.
func parseSeaborn(in input, log string, m *StatusMap) error {
	for more := true; more; {
		var line string
		line, log, more = nextLine(log)
		failed := strings.HasPrefix(line, statusFailed)
		inside := !failed && strings.Contains(line, " PASSED ")
		if !failed && !inside && !strings.HasPrefix(line, statusPassed) {
			continue
		}
		first, second := twoFields(line)
		if second == "" {
			if in.rules == V4 {
				return errNoSecondWord
			}
			continue
		}
		switch {
		case failed:
			m.set(second, statusFailed)
		case !inside:
			m.set(second, statusPassed)
		case second == statusPassed:
			m.set(first, statusPassed)
		}
	}
	return nil
}
