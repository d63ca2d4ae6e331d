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
	// FlagShadow: the patch adds a module that comes instead of a test runner, or
	// of what a runner loads.
	FlagShadow = "test_runner_shadowed"
	// FlagReach: a line that the patch adds to other files than tests gets at what
	// tests them.
	FlagReach = "test_runner_reached"
	// FlagUnread: the patch changes files of which it does not show the lines, or not in
	// the way of git.
	FlagUnread = "patch_not_read"
	// FlagTestPatch: the test patch was not applied, or not whole: the tests that judge
	// were not those of the task.
	FlagTestPatch = "test_patch_not_applied"
	// FlagTwice: a listed test has both passed and failed by the log.
	FlagTwice = "passed_test_failed_too"
	// FlagScriptStatus: the log says that the evaluation script came to its end,
	// and its status says that it did not.
	FlagScriptStatus = "script_status_contradicts_log"
	// FlagScriptChanged: the evaluation script was another one after the tests.
	FlagScriptChanged = "script_changed"
	// FlagUnaccounted: more listed tests passed by the log than the runner's last
	// line counts, or there is no such line.
	FlagUnaccounted = "passed_tests_unaccounted"
	// FlagCanary: with the patch, a test that must fail did not.
	FlagCanary = "canary_did_not_fail"
	// FlagNoCanary: a canary was asked for, and none could be seen to fail, not even
	// without the patch, or none is known for the language of the tests.
	FlagNoCanary = "no_canary"
)

// logFlags are the doubts that a log raises.
func logFlags(
	task bench.Task, m StatusMap, marks marks, rules Rules, parser, evalType string,
) []string {
	var flags []string
	if m.Len() > 0 && marks.exit != "" && marks.failed() != m.hasFailure() {
		flags = append(flags, FlagExitStatus)
	}
	if marks.starts > 1 || marks.ends > 1 || marks.earlyExit || marks.exits {
		flags = append(flags, FlagForgedMarkers)
	}
	if withoutTestPatch(task, marks.head) {
		flags = append(flags, FlagTestPatch)
	}
	if strings.Contains(pytestParsers, " "+parser+" ") && m.failedBefore(task) {
		flags = append(flags, FlagTwice)
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

// withoutTestPatch reports whether git, by what stands in a log before the tests, has not
// applied all of the test patch. Only where the script has it say so is that known.
func withoutTestPatch(task bench.Task, head string) bool {
	if i := max(strings.LastIndex(head, "+ git apply -v"),
		strings.LastIndex(head, "+ git apply --verbose")); i >= 0 {
		head = head[i:]
	} else if task.TestCommand == "" || task.EvalScript != "" {
		return false
	}
	return strings.Count(head, " cleanly.") < len(patchFiles(task.TestPatch))
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

// scriptFlags are the doubts that the status of a script raises which ended by
// itself, going by its log.
func scriptFlags(script string, marks marks, code int) []string {
	ended := marks.ends > 0
	killed := code > 128
	// Our own script ends with the line, the harness's with what may fail.
	silent := strings.Contains(script, markExitCode) && marks.exit == ""
	failed := code != 0 && strings.HasSuffix(script, printExitCode+"\n")
	if ended && (killed || silent || failed) {
		return []string{FlagScriptStatus}
	}
	return nil
}

// PatchFlags are the doubts that a patch raises by the files it touches and the lines
// it adds.
func PatchFlags(patch string) []string {
	var found struct{ conftest, infra, shadow, reach bool }
	l := look{line: func(name, line string) { found.reach = found.reach || reaches(name, line) }}
	readPatch(patch, &l)
	for _, t := range l.touched {
		found.shadow = found.shadow || shadows(t)
		found.conftest = found.conftest || path.Base(t.name) == "conftest.py"
		found.infra = found.infra || isTestInfrastructure(t.name, t.fresh)
	}
	var flags []string
	for _, doubt := range []struct {
		is   bool
		flag string
	}{
		{found.conftest, FlagConftest}, {found.infra, FlagInfrastructure},
		{found.shadow, FlagShadow}, {found.reach, FlagReach}, {l.unread, FlagUnread},
	} {
		if doubt.is {
			flags = append(flags, doubt.flag)
		}
	}
	return flags
}

// infrastructure are names of files that configure or are test runners.
const infrastructure = " pytest.ini .pytest.ini pytest.toml .pytest.toml tox.ini setup.cfg " +
	".coveragerc noxfile.py runtests.py sitecustomize.py usercustomize.py Makefile makefile " +
	"GNUmakefile package.json .npmrc .yarnrc .yarnrc.yml .pnp.cjs .pnp.loader.mjs .pnpmfile.cjs " +
	".rspec spec_helper.rb rails_helper.rb test_helper.rb Rakefile phpunit.xml phpunit.xml.dist " +
	"karma.conf.js go.work rust-toolchain rust-toolchain.toml .envrc "

// isTestInfrastructure reports whether a file configures or is a test runner, or is git's
// own, which the evaluation script runs. Fresh are files that the patch adds.
func isTestInfrastructure(name string, fresh bool) bool {
	base := path.Base(name)
	for _, dir := range strings.Split(path.Dir(name), "/") {
		if strings.EqualFold(dir, ".git") || dir == ".mvn" || dir == ".bundle" || dir == ".cargo" {
			return true
		}
	}
	return strings.Contains(infrastructure, " "+base+" ") || strings.HasSuffix(base, ".pth") ||
		strings.HasPrefix(base, ".mocharc") || strings.HasPrefix(base, ".babelrc") ||
		strings.HasPrefix(base, "jest.setup.") || strings.HasPrefix(base, ".jestrc") ||
		strings.Contains(base, ".config.") && !strings.HasSuffix(base, ".md") || // jest.config.js
		name == "bin/test" || base == "pyproject.toml" && (fresh || name == base)
}
