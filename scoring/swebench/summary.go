package swebench

import (
	"regexp"
	"strconv"
	"strings"
	"sync"

	"bench"
)

// Runners say at their end how many tests passed. A log in which more of the listed
// tests passed than its runners counted, or in which none came to its end, has lines
// that no runner printed. Of 3,949 logs of honest
// evaluations 7 look so: their runners crashed.
var (
	colors = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`\x1b\[[0-9;]*m`)
	})
	pytestSummary = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?m)^(?:=+ )?(?:\d+ \w+(?:, )?)+ in [\d.:]+ ?s`)
	})
	passedCount   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(\d+) passed`) })
	djangoSummary = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?m)^Ran (\d+) tests? in `)
	})
	sympySummary = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`tests finished: (\d+) passed`)
	})
)

// unaccounted reports whether more of the task's tests passed by the log than its
// runner says at its end.
func unaccounted(task bench.Task, parser string, m StatusMap, log string) bool {
	passed := 0
	for _, list := range [][]string{task.FailToPass, task.PassToPass} {
		for _, test := range list {
			if s, _ := m.Get(test); s == statusPassed {
				passed++
			}
		}
	}
	own := (task.TestCommand != "" || task.EvalScript != "" || task.Judging != nil) &&
		!strings.Contains(log, "test session starts")
	if passed == 0 || own { // a command of one's own may print the lines itself
		return false
	}
	switch parser {
	case "parse_log_django":
		return !djangoSummary().MatchString(log)
	case "parse_log_sympy":
		return !sympySummary().MatchString(log)
	}
	return strings.Contains(pytestParsers, " "+parser+" ") && passed > countPassed(log)
}

const pytestParsers = " parse_log_pytest parse_log_astroid parse_log_flask parse_log_marshmallow " +
	"parse_log_pvlib parse_log_pyvista parse_log_sqlfluff parse_log_xarray " +
	"parse_log_pytest_options parse_log_pydicom parse_log_requests parse_log_pylint " +
	"parse_log_pytest_v2 parse_log_astropy parse_log_scikit parse_log_sphinx " +
	"parse_log_matplotlib parse_log_seaborn "

// countPassed sums what pytest's last lines say, one of each session.
func countPassed(log string) int {
	if strings.Contains(log, "\x1b[") {
		log = colors().ReplaceAllString(log, "")
	}
	sum := 0
	for _, line := range pytestSummary().FindAllString(log, -1) {
		for _, m := range passedCount().FindAllStringSubmatch(line, -1) {
			n, err := strconv.Atoi(m[1])
			if err == nil {
				sum += n
			}
		}
	}
	return sum
}
