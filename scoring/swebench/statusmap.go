package swebench

import (
	"slices"
	"strings"

	"bench"
)

// StatusMap maps tests to statuses in the order in which the tests were first
// seen; the last status of a test wins. The zero value is empty.
type StatusMap struct {
	tests []bench.TestStatus
	index map[string]int32
	// failed are tests that have failed by the log, and had another status later.
	failed []int32
}

// Len is the number of tests.
func (m *StatusMap) Len() int { return len(m.tests) }

// Tests are the tests in order. The slice is shared; leave it alone.
func (m *StatusMap) Tests() []bench.TestStatus { return m.tests }

// Get returns the status of a test.
func (m *StatusMap) Get(test string) (status string, ok bool) {
	i, ok := m.index[test]
	if !ok {
		return "", false
	}
	return m.tests[i].Status, true
}

// set records a status, at the test's first position if it is known.
func (m *StatusMap) set(test, status string) {
	if m.index == nil {
		m.index = make(map[string]int32, 64)
	}
	if i, ok := m.index[test]; ok {
		if m.tests[i].Status == statusFailed && status != statusFailed {
			m.failed = append(m.failed, i)
		}
		m.tests[i].Status = status
		return
	}
	m.index[test] = int32(len(m.tests))
	m.tests = append(m.tests, bench.TestStatus{Test: test, Status: status})
}

// failedBefore reports whether a test of a task's lists has failed, and passes by a later
// line.
func (m *StatusMap) failedBefore(task bench.Task) bool {
	for _, i := range m.failed {
		t := m.tests[i]
		if passes(t.Status) && (slices.Contains(task.FailToPass, t.Test) ||
			slices.Contains(task.PassToPass, t.Test)) {
			return true
		}
	}
	return false
}

// hasFailure reports whether any test failed or ended in an error.
func (m *StatusMap) hasFailure() bool {
	for _, t := range m.tests {
		if t.Status == statusFailed || t.Status == statusError {
			return true
		}
	}
	return false
}

// detached returns the tests without references into the log, which may be
// thousands of times larger than what is kept of it: all names share one new
// string.
func (m *StatusMap) detached() []bench.TestStatus {
	if len(m.tests) == 0 {
		return nil
	}
	size := 0
	for _, t := range m.tests {
		size += len(t.Test)
	}
	var b strings.Builder
	b.Grow(size)
	for _, t := range m.tests {
		b.WriteString(t.Test)
	}
	all, out := b.String(), make([]bench.TestStatus, len(m.tests))
	for i, t := range m.tests {
		out[i] = bench.TestStatus{Test: all[:len(t.Test)], Status: ownStatus(t.Status)}
		all = all[len(t.Test):]
	}
	return out
}

// ownStatus returns s as a string that does not keep a log alive.
func ownStatus(s string) string {
	for _, w := range statusWords {
		if s == w {
			return w
		}
	}
	return strings.Clone(s)
}
