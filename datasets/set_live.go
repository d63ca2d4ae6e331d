package datasets

import (
	"slices"
	"strings"
	"time"

	"bench"
)

// MultiLang is judged as evaluation/evaluation.py of its repository does: test
// patch, then solution, each with git apply --reject; rebuild, test and print
// commands joined by " ; " in one shell; the parser reads what the print
// commands printed.
const (
	liveApply    = "git apply --reject --whitespace=nowarn"
	liveTimeout  = 150 * time.Minute
	liveTestDiff = "/tmp/bench-live/test.diff"
	liveParser   = "/tmp/bench-live/parser.py"
	liveRead     = "/tmp/bench-live/read.py"
	liveLog      = "/tmp/bench-live/log"

	startMarker = ">>>>> Start Test Output"

	startMark = "echo '" + startMarker + "'"
	endMark   = "echo '>>>>> End Test Output'"

	// parserTestsJSON is the log parser of scripts that print the statuses
	// themselves.
	parserTestsJSON = "parse_log_tests_json"
)

// readPy runs a row's parser and prints what it returns. Colours and carriage
// returns never reach the parser in the official harness either.
const readPy = `import json, re, sys
space = {}
exec(compile(open(sys.argv[1], encoding="utf-8").read(), "parser", "exec"), space)
log = open(sys.argv[2], encoding="utf-8", errors="ignore", newline="").read()
log = re.sub(r"\x1B(?:[@-Z\\-_]|\[[0-?]*[ -/]*[@-~])", "", log).replace("\r", "")
tests = [{"name": str(k), "status": str(v)} for k, v in space["parser"](log).items()]
print(json.dumps({"tests": tests}))
`

// isLive: rows of SWE-bench-Live carry test commands of their own.
func isLive(r *rowReader) bool { return r.has("test_cmds") }

func isLiveMultilang(r *rowReader) bool {
	return isLive(r) && (r.has("rebuild_cmds") || r.has("print_cmds") || isPython(r.liveParser()))
}

func isLiveWindows(r *rowReader) bool {
	return isLive(r) && (strings.Contains(r.peek("docker_image"), "sweb.eval.win") ||
		strings.HasSuffix(r.peek("docker_image"), "_windows"))
}

// isPython reports whether a parser is its own source rather than a name.
func isPython(parser string) bool { return strings.Contains(parser, "def parser") }

func (r *rowReader) liveParser() string {
	if s := r.peek("log_parser"); s != "" {
		return s
	}
	return r.peek("parser")
}

// readLive reads rows of the Python set, judged by the fork of SWE-bench's
// harness in the branch python-only: the script is that of languages other than
// Python, whatever the language.
func readLive(r *rowReader) bench.Task {
	t := r.liveTask()
	t.Judging = &bench.Judging{
		Set: "swe-bench-live", Version: "v4", TestCmds: r.liveTests(),
	}
	t.LogParser = "parse_log_pytest"
	if parser := r.liveParser(); parser != "" && !strings.EqualFold(parser, "pytest") {
		t.LogParser = ""
		t.Judging.Lacks = "a log parser: the row's is not pytest, the only one of its harness"
	}
	return t
}

// liveTask reads what all sets of SWE-bench-Live have.
func (r *rowReader) liveTask() bench.Task {
	t := r.common(need{commit: true})
	t.TestPatch = r.text("test_patch", !r.forLogs)
	if t.Image == "" {
		t.Image = "starryzhang/sweb.eval.x86_64." +
			strings.ToLower(strings.ReplaceAll(t.InstanceID, "__", "_1776_")) + ":latest"
	}
	return t
}

func (r *rowReader) liveTests() []string {
	test := r.commands("test_cmds")
	if len(test) == 0 && !r.forLogs {
		r.fail("test_cmds", "the command that runs the tests is missing")
	}
	return test
}

func readLiveMultilang(r *rowReader) bench.Task { return r.live("swe-bench-live-multilang") }

// readLiveWindows reads rows whose images are of Windows containers.
func readLiveWindows(r *rowReader) bench.Task {
	t := r.live("swe-bench-live-windows")
	t.EvalScript, t.LogParser = "", ""
	t.Judging = &bench.Judging{
		Set: t.Judging.Set, Lacks: "an engine for Windows containers: sandboxes are Linux ones",
	}
	return t
}

func (r *rowReader) live(set string) bench.Task {
	t := r.liveTask()
	test, rebuild, print := r.liveTests(), r.commands("rebuild_cmds"), r.commands("print_cmds")
	j := &bench.Judging{
		Set: set, Rule: bench.RuleNoRegression, Timeout: liveTimeout,
		Apply:  []string{liveApply, ":"}, // what does not apply is left out
		Files:  map[string]string{liveTestDiff: t.TestPatch},
		Before: liveApply + " " + liveTestDiff + " || true\n",
	}
	t.Judging, t.LogParser = j, parserTestsJSON
	show := "cat " + liveLog
	switch parser := r.liveParser(); {
	case strings.EqualFold(strings.TrimSpace(parser), "pytest"):
		t.LogParser = "parse_log_pytest"
	case isPython(parser):
		j.Files[liveParser], j.Files[liveRead] = parser, readPy
		j.Before += "command -v python3 || { echo 'the image has no python3 for the log parser' >&2; " +
			"exit 1; }\n"
		show = "python3 " + liveRead + " " + liveParser + " " + liveLog
	default:
		j.Lacks = "a log parser: the row's is neither pytest nor Python source"
	}
	t.EvalScript = liveScript(rebuild, test, print, show)
	return t
}

// liveScript is what the official harness types into its shell. Without print
// commands, as in the Python set, the tests' output goes through a file.
func liveScript(rebuild, test, print []string, show string) string {
	tests, shown := strings.Join(test, " ; "), strings.Join(print, " ; ")
	lines := []string{"#!/bin/bash"}
	if s := strings.Join(rebuild, " ; "); strings.TrimSpace(s) != "" {
		lines = append(lines, s)
	}
	if strings.TrimSpace(shown) == "" {
		lines = append(lines, "cat > run_test.sh <<'CC_PROMPT'", tests, "CC_PROMPT")
		tests, shown = "bash run_test.sh > testlog.out 2>&1", "cat testlog.out"
	}
	lines = append(lines, tests, "{", shown, "} > "+liveLog+" 2>&1", startMark, show, endMark)
	return strings.Join(slices.Clip(lines), "\n") + "\n"
}
