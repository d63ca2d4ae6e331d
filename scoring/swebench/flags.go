package swebench

import (
	"path"
	"slices"
	"strings"

	"bench"
)

// The doubts a grade may carry. None changes a verdict.
const (
	// FlagExitStatus: the tests' exit status says success and the log failure,
	// or the other way round.
	FlagExitStatus = "exit_status_contradicts_log"
	// FlagForgedMarkers: the harness's own lines occur more often than the
	// script prints them, so the tests printed some.
	FlagForgedMarkers = "forged_markers"
	// FlagUnreported: a listed test has no status in the log.
	FlagUnreported = "listed_test_not_reported"
	// FlagConftest: the patch touches a conftest.py, which can turn failures
	// into passes.
	FlagConftest = "conftest_touched"
	// FlagInfrastructure: the patch touches what runs the tests.
	FlagInfrastructure = "test_infrastructure_touched"
)

// logFlags are the doubts that a log raises.
func logFlags(task bench.Task, m StatusMap, marks marks, rules Rules, evalType string) []string {
	var flags []string
	if m.Len() > 0 && marks.exit != "" && marks.failed() != m.hasFailure() {
		flags = append(flags, FlagExitStatus)
	}
	if marks.starts > 1 || marks.ends > 1 || marks.earlyExit {
		flags = append(flags, FlagForgedMarkers)
	}
	if m.Len() > 0 && evalType == evalPassAndFail {
		missing := func(test string) bool { return !reported(test, m, rules) }
		if slices.ContainsFunc(task.FailToPass, missing) ||
			slices.ContainsFunc(task.PassToPass, missing) {
			flags = append(flags, FlagUnreported)
		}
	}
	return flags
}

// reported reports whether a test, or one its cut-off id may mean, has a status.
func reported(test string, m StatusMap, rules Rules) bool {
	if _, ok := m.Get(test); ok || rules == V4 || !truncated(test) {
		return ok
	}
	return slices.ContainsFunc(m.tests, func(t bench.TestStatus) bool {
		return strings.HasPrefix(t.Test, test)
	})
}

// PatchFlags are the doubts that a patch raises by the files it touches:
// FlagConftest and FlagInfrastructure.
func PatchFlags(patch string) []string {
	var conftest, infra bool
	for _, f := range patchFiles(patch) {
		for _, name := range []string{f.source, f.target} {
			conftest = conftest || path.Base(name) == "conftest.py"
			infra = infra || isTestInfrastructure(name)
		}
	}
	var flags []string
	if conftest {
		flags = append(flags, FlagConftest)
	}
	if infra {
		flags = append(flags, FlagInfrastructure)
	}
	return flags
}

// isTestInfrastructure reports whether a file, named with its "a/" or "b/",
// configures or is a test runner.
func isTestInfrastructure(name string) bool {
	switch base := path.Base(name); base {
	case "pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg", "noxfile.py", "runtests.py",
		"sitecustomize.py", "usercustomize.py", "Makefile", "package.json":
		return true
	default:
		if strings.HasSuffix(base, ".pth") ||
			strings.Contains(base, ".config.") && !strings.HasSuffix(base, ".md") {
			return true // jest.config.js, vitest.config.ts, karma.config.js
		}
	}
	_, inside, _ := strings.Cut(name, "/")
	return inside == "bin/test" || inside == "pyproject.toml"
}
