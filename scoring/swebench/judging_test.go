package swebench_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bench"
	"bench/scoring"
	"bench/scoring/swebench"
)

func marked(lines string) []byte {
	return []byte("noise\n>>>>> Start Test Output\n" + lines + "\n>>>>> End Test Output\n")
}

const report = `{"tests": [{"name": "a", "status": "PASSED"}, {"name": "b", "status": "pass"},
{"name": "c", "status": "skip"}, {"name": "d", "status": "fail"}, {"name": "e (3ms)", "status": "PASSED"}]}`

// TestRules: each dataset's own rule, on the statuses that tell them apart.
func TestRules(t *testing.T) {
	t.Parallel()
	pytest := "PASSED a\nXFAIL b\nSKIPPED c\nFAILED d\nERROR e"
	smith := bench.Judging{Set: "s", Rule: bench.RuleMissingPasses}
	live := bench.Judging{Set: "s", Rule: bench.RuleNoRegression}
	all := bench.Judging{Set: "s", Rule: bench.RuleAllPassed}
	timed := bench.Judging{Set: "s", Rule: bench.RuleAllPassed, StripTimings: true}
	const unreported = swebench.FlagUnreported
	for name, c := range map[string]struct {
		judging    bench.Judging
		log        string
		f2p, p2p   string
		won, lost  string // of both lists
		status     string
		flags      []string
		isNotFound bool
	}{
		"smith, all there":       {smith, pytest, "a b", "a", "a b a", "", "FULL", nil, false},
		"smith, missing passes":  {smith, pytest, "a x", "y", "a x y", "", "FULL", nil, false},
		"smith, skipped is none": {smith, pytest, "a", "c", "a", "", "FULL", nil, false},
		"smith, error fails":     {smith, pytest, "a e", "", "a", "e", "PARTIAL", nil, false},
		"smith, regression":      {smith, pytest, "a", "d", "a", "d", "NO", nil, false},
		"smith, silence":         {smith, "", "a", "b", "a b", "", "FULL", []string{unreported}, false},
		"live, missing kept":     {live, pytest, "a", "a x c", "a a", "", "FULL", []string{unreported}, false},
		"live, missing to pass":  {live, pytest, "a x", "", "a", "x", "PARTIAL", []string{unreported}, false},
		"live, skipped to pass":  {live, pytest, "a c", "", "a", "c", "PARTIAL", nil, false},
		"live, xfail fails":      {live, pytest, "a", "b", "a", "b", "NO", nil, false},
		"live, error fails":      {live, pytest, "a", "e", "a", "e", "NO", nil, false},
		"live, python parser":    {live, report, "b", "c a", "b a", "", "FULL", nil, false},
		"live, python fails":     {live, report, "b", "d", "b", "d", "NO", nil, false},
		"live, nothing":          {live, "", "a", "b", "", "", "NO", nil, true},
		"pro, all":               {all, report, "a", "e (3ms)", "a e (3ms)", "", "FULL", nil, false},
		"pro, other words":       {all, report, "a b", "", "a", "b", "PARTIAL", nil, false},
		"pro, missing":           {all, report, "a", "x", "a", "x", "NO", []string{unreported}, false},
		"pro, xfail":             {all, pytest, "a", "b", "a", "b", "NO", nil, false},
		"v2, timings":            {timed, report, "a [12 ms]", "e (70ms)", "a [12 ms] e (70ms)", "", "FULL", nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fields := func(s string) []string {
				s = strings.NewReplacer(" (", "_(", " [", "_[", " ms", "_ms").Replace(s)
				list := strings.Fields(s)
				for i := range list {
					list[i] = strings.ReplaceAll(list[i], "_", " ")
				}
				return list
			}
			task := bench.Task{
				InstanceID: "i", FailToPass: fields(c.f2p), PassToPass: fields(c.p2p),
				LogParser: "parse_log_pytest", Judging: &c.judging,
			}
			if strings.HasPrefix(c.log, "{") {
				task.LogParser = "parse_log_tests_json"
			}
			for _, rules := range []swebench.Rules{swebench.V4, swebench.V5} {
				g, err := swebench.Judge(task, rules, marked(c.log))
				if err != nil {
					t.Fatal(err)
				}
				won := slices.Concat(g.FailToPass.Success, g.PassToPass.Success)
				lost := slices.Concat(g.FailToPass.Failure, g.PassToPass.Failure)
				if !slices.Equal(won, fields(c.won)) || !slices.Equal(lost, fields(c.lost)) ||
					g.Status != c.status || *g.Resolved != (c.status == "FULL") ||
					g.Found == c.isNotFound || !slices.Equal(g.Flags, c.flags) {
					t.Errorf("got %+v\nwant %+v", g, c)
				}
			}
		})
	}
}

// TestRuleWithoutMarks: a script that did not come to its end decides nothing
// in favour of a patch, and a report that is none is no verdict.
func TestRuleWithoutMarks(t *testing.T) {
	t.Parallel()
	for _, rule := range []bench.Rule{
		bench.RuleMissingPasses, bench.RuleNoRegression, bench.RuleAllPassed,
	} {
		task := bench.Task{
			InstanceID: "i", FailToPass: []string{"a"}, LogParser: "parse_log_pytest",
			Judging: &bench.Judging{Rule: rule},
		}
		g, err := swebench.Judge(task, swebench.V5, []byte("PASSED a\n>>>>> Start Test Output\nPASSED a\n"))
		if err != nil || g.Found || g.Resolved == nil || *g.Resolved {
			t.Errorf("%s: %+v, %v", rule, g, err)
		}
		task.LogParser = "parse_log_tests_json"
		if g, err := swebench.Judge(task, swebench.V5, marked("Traceback")); err == nil || g.Resolved != nil {
			t.Errorf("%s: a broken report: %+v", rule, g)
		}
	}
}

// TestForkedRules: a task of a fork is judged by the fork's version of the rules.
func TestForkedRules(t *testing.T) {
	t.Parallel()
	task := bench.Task{
		InstanceID: "i", Repo: "a/b", BaseCommit: "c0", TestPatch: testPatch,
		FailToPass: []string{"a"}, PassToPass: []string{"c"}, LogParser: "parse_log_pytest",
		Judging: &bench.Judging{Set: "s", Version: "v4", TestCmds: []string{"make", "make check"}},
	}
	g, err := swebench.Judge(task, swebench.V5, marked("PASSED a\nSKIPPED c"))
	if err != nil || g.Rules != "v4" || len(g.PassToPass.Success) != 0 || g.Status != "FULL" {
		t.Errorf("%+v, %v", g, err)
	}
	script, err := swebench.EvalScript(task, swebench.V5)
	want := "\n: '>>>>> Start Test Output'\nmake\nmake check\n: '>>>>> End Test Output'\n" +
		"echo \"No test files to reset\"\n"
	if err != nil || !strings.HasSuffix(script, want) || !strings.Contains(script, "--reject - <<") {
		t.Errorf("%s\n%v", script, err)
	}
}

// TestLacks: what cannot be judged is refused before any sandbox is made.
func TestLacks(t *testing.T) {
	t.Parallel()
	task := bench.Task{InstanceID: "i", Judging: &bench.Judging{Set: "far-away", Lacks: "a bridge"}}
	g := swebench.New(nil, swebench.Options{})
	_, _, err := g.Grade(t.Context(), scoring.Job{Task: task, Patch: "p"})
	if err == nil || err.Error() != "task i of far-away cannot be judged: it lacks a bridge" {
		t.Error(err)
	}
	for want, task := range map[string]bench.Task{
		"task i of far-away cannot be judged": task,
		`repository "a/b" is unknown`:         {InstanceID: "i", Repo: "a/b"},
		"task i: no log parser given":         {InstanceID: "i", Repo: "a/b", EvalScript: "x"},
		`task i: log parser "parse_x"`:        {InstanceID: "i", TestCommand: "x", LogParser: "parse_x"},
		"<nil>":                               {TestCommand: "x", LogParser: "parse_log_pytest"},
	} {
		err := swebench.Judgeable(task, swebench.V5)
		if got := fmt.Sprint(err); !strings.Contains(got, want) {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestOwnProcedure: files and commands before the patch, ways to apply it, a
// script and a limit of the dataset's own.
func TestOwnProcedure(t *testing.T) {
	t.Parallel()
	g := swebench.New(localPool(t), swebench.Options{Rules: swebench.V5})
	own := func(t *testing.T) bench.Task {
		t.Helper()
		own := task(t, "")
		diff := filepath.Join(t.TempDir(), "files", "test.diff")
		own.TestCommand = ""
		own.EvalScript = "#!/bin/bash\necho '>>>>> Start Test Output'\nsh run.sh\n" +
			"echo '>>>>> End Test Output'\nexit 3\n"
		own.Judging = &bench.Judging{
			Set: "own", Rule: bench.RuleAllPassed, Files: map[string]string{diff: testPatch},
			Before: "git apply " + diff + "\n", Apply: []string{"false", "git apply"},
		}
		return own
	}
	t.Run("gold", func(t *testing.T) {
		t.Parallel()
		grade := check(t, g, own(t), gold, expect{applied: true, found: true, status: "FULL"})
		if grade.ExitCode != 3 {
			t.Errorf("exit status %d", grade.ExitCode)
		}
	})
	t.Run("touches the tests", func(t *testing.T) {
		t.Parallel() // the test patch is there before the patch, which then does not fit
		check(t, g, own(t), testPatch, expect{status: "NO", log: ">>>>> Patch Apply Failed"})
	})
	t.Run("binary", func(t *testing.T) {
		t.Parallel()
		binary := "diff --git a/x.bin b/x.bin\nindex 1..2 100644\nBinary files a/x.bin and b/x.bin differ\n"
		with := own(t)
		check(t, g, with, binary+gold, expect{status: "NO", log: ">>>>> Patch Apply Failed"})
		with.Judging.StripBinary = true
		check(t, g, with, binary+gold, expect{applied: true, found: true, status: "FULL"})
	})
	t.Run("limit", func(t *testing.T) {
		t.Parallel()
		slow := own(t)
		slow.EvalScript, slow.Judging.Timeout = "sleep 60\n", time.Second
		grade, _, err := g.Grade(t.Context(), scoring.Job{Task: slow, Patch: gold})
		if err != nil || !grade.TimedOut {
			t.Errorf("%+v, %v", grade, err)
		}
	})
	t.Run("before fails", func(t *testing.T) {
		t.Parallel()
		broken := own(t)
		broken.Judging.Before = "echo no bridge >&2; exit 4"
		_, _, err := g.Grade(t.Context(), scoring.Job{Task: broken, Patch: gold})
		if err == nil || !strings.Contains(err.Error(), "prepare for the patch: exit status 4: no bridge") {
			t.Error(err)
		}
	})
}

// TestOwnCommands: commands that a row brings along make the script that
// SWE-bench would make of its own.
func TestOwnCommands(t *testing.T) {
	t.Parallel()
	task := bench.Task{
		InstanceID: "i", Repo: "a/b", BaseCommit: "c0", TestPatch: testPatch, LogParser: "parse_log_pytest",
		Judging: &bench.Judging{Set: "s", Install: "make deps", TestCmd: "pytest -rA"},
	}
	got, err := swebench.EvalScript(task, swebench.V4)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"conda activate testbed\nmake deps\ngit checkout c0 \n", "\npytest -rA run.sh\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the script lacks %q:\n%s", want, got)
		}
	}
}
