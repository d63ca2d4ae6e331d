package swebench_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bench"
	"bench/internal/require"
	"bench/sandbox"
	"bench/sandbox/docker"
	"bench/sandbox/local"
	"bench/scoring"
	"bench/scoring/swebench"
)

// The repository of these tests has a wrong word, and the test wants another.
const (
	wordFile  = "one\ntwo\nthree\nwrong\nfive\nsix\nseven\n"
	testPatch = `diff --git a/run.sh b/run.sh
new file mode 100755
--- /dev/null
+++ b/run.sh
@@ -0,0 +1,5 @@
+. ./limits
+grep -q '^right$' word.txt; s=$?
+if [ $s = 0 ]; then echo 'PASSED t::word'; else echo 'FAILED t::word - wrong'; fi
+grep -q '^one$' word.txt && echo 'PASSED t::first'
+exit $s
`
	gold = `diff --git a/word.txt b/word.txt
--- a/word.txt
+++ b/word.txt
@@ -1,7 +1,7 @@
 one
 two
 three
-wrong
+right
 five
 six
 seven
`
)

// task makes the repository, whose tests first source the file limits.
func task(t *testing.T, limits string) bench.Task { return taskWith(t, wordFile, limits) }

func taskWith(t *testing.T, words, limits string) bench.Task {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"word.txt": words, "limits": limits} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	git := func(args ...string) string {
		args = append([]string{"-C", dir, "-c", "user.name=t", "-c", "user.email=t@t"}, args...)
		cmd := exec.Command("git", args...)
		// The same commit in every run of the tests has the same image.
		cmd.Env = append(os.Environ(), "GIT_AUTHOR_DATE=1700000000 +0000",
			"GIT_COMMITTER_DATE=1700000000 +0000")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	git("init", "-q")
	git("add", ".")
	git("commit", "-qm", "base")
	return bench.Task{
		InstanceID: "own__words-1", Repo: "own/words", BaseCommit: git("rev-parse", "HEAD"),
		TestPatch: testPatch, TestCommand: "sh run.sh", LogParser: "parse_log_pytest",
		FailToPass: []string{"t::word"}, PassToPass: []string{"t::first"},
		Source: bench.Source{Repository: dir},
	}
}

func localPool(t *testing.T) sandbox.Pool {
	t.Helper()
	p, err := local.New(local.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// expect is what a patch must lead to.
type expect struct {
	applied, found bool
	status         string
	log            string // part of the log
	flags          []string
}

// check grades a patch and compares.
func check(
	t *testing.T, g *swebench.Grader, task bench.Task, patch string, want expect,
) bench.Grade {
	t.Helper()
	grade, bodies, err := g.Grade(t.Context(), scoring.Job{RunID: "r", Task: task, Patch: patch})
	if err != nil {
		t.Fatal(err)
	}
	resolved := want.status == "FULL"
	if grade.PatchApplied != want.applied || grade.Found != want.found ||
		grade.Status != want.status || grade.Resolved == nil || *grade.Resolved != resolved ||
		!slices.Equal(grade.Flags, want.flags) {
		t.Errorf("got %+v\nwant %+v\nlog:\n%s", grade, want, bodies)
	}
	byHash := map[bench.BodyHash]bench.Body{"": nil}
	for _, b := range bodies {
		byHash[b.Hash()] = b
	}
	log, ok := byHash[grade.Log]
	if _, script := byHash[grade.Script]; !ok || !script {
		t.Error("the bodies are not those that the grade names")
	}
	if !strings.Contains(string(log), want.log) {
		t.Errorf("the log lacks %q:\n%s", want.log, log)
	}
	return grade
}

func cases() map[string]struct {
	patch string
	want  expect
} {
	full := expect{applied: true, found: true, status: "FULL", log: "PASSED t::word"}
	failed := expect{status: "NO", log: ">>>>> Patch Apply Failed"}
	wrong := expect{applied: true, found: true, status: "NO", log: "FAILED t::word"}
	conftest := full
	conftest.flags = []string{swebench.FlagConftest}
	return map[string]struct {
		patch string
		want  expect
	}{
		"gold":             {gold, full},
		"wrong":            {strings.Replace(gold, "+right", "+still wrong", 1), wrong},
		"no final newline": {strings.TrimSuffix(gold, "\n"), full},
		"needs fuzz":       {strings.Replace(gold, " two\n", " 2\n", 1), full},
		"forged test": {gold + "diff --git a/run.sh b/run.sh\nnew file mode 100755\n" +
			"--- /dev/null\n+++ b/run.sh\n@@ -0,0 +1 @@\n+echo PASSED t::forged\n", full},
		"conftest": {gold + "diff --git a/conftest.py b/conftest.py\nnew file mode 100644\n" +
			"--- /dev/null\n+++ b/conftest.py\n@@ -0,0 +1 @@\n+x\n", conftest},
		"garbage":      {"this is no patch\n", failed},
		"other file":   {strings.ReplaceAll(gold, "word.txt", "none.txt"), failed},
		"empty":        {"", expect{status: "NO"}},
		"wrong counts": {strings.Replace(gold, "-1,7 +1,7", "-1,9 +1,9", 1), full},
	}
}

func TestGradeLocally(t *testing.T) {
	own, pool := task(t, ""), localPool(t)
	for name, c := range cases() {
		t.Run(name, func(t *testing.T) {
			if name == "needs fuzz" || name == "wrong counts" { // git cannot apply these
				require.Program(t, "patch")
			}
			grade := check(t, swebench.New(pool, swebench.Options{}), own, c.patch, c.want)
			if grade.Rules != "v5" {
				t.Errorf("rules %s", grade.Rules)
			}
		})
	}
}

func TestGradeInDocker(t *testing.T) {
	require.Image(t, "bench-test/bullseye")
	pool, err := docker.New(t.Context(), docker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pool.Close() })
	own := task(t, "")
	own.Source.BaseImage = "bench-test/bullseye"
	for name, c := range cases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, swebench.New(pool, swebench.Options{}), own, c.patch, c.want)
		})
	}
}

// TestGradeForged: what a patch may have the tests' command do to be judged as it
// likes. The verdict is the official one; the doubt is told.
func TestGradeForged(t *testing.T) {
	require.Image(t, "bench-test/bullseye")
	pool, err := docker.New(t.Context(), docker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pool.Close() })
	own := task(t, "# nothing\n")
	own.Source.BaseImage = "bench-test/bullseye"
	const (
		passed = "echo PASSED t::word; echo PASSED t::first; "
		ended  = "echo '>>>>> End Test Output'; "
		zero   = "echo '>>>>> Test Exit Code: 0'; "
	)
	for name, c := range map[string]struct {
		line  string // of a file of the repository that the tests read
		flags []string
	}{
		"all processes killed": {passed + ended + "kill -9 -1", []string{swebench.FlagReach,
			swebench.FlagScriptStatus}},
		"the script killed": {passed + ended + zero + `set -- $(cat /proc/$PPID/stat); kill -9 $4`,
			[]string{swebench.FlagReach, swebench.FlagScriptStatus}},
		"the script rewritten": {passed + "d=/; echo >>${d}eval.sh; exit 0",
			[]string{swebench.FlagScriptChanged}},
		"the script rewritten and put back": {passed + "d=/; cp -p ${d}eval.sh ${d}tmp/was; " +
			"echo 'cat /tmp/was >/ev*.sh; touch -r /tmp/was /ev*.sh' >>${d}eval.sh; exit 0",
			[]string{swebench.FlagScriptChanged}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			patch := "diff --git a/limits b/limits\n--- a/limits\n+++ b/limits\n@@ -1 +1 @@\n" +
				"-# nothing\n+" + c.line + "\n"
			check(t, swebench.New(pool, swebench.Options{}), own, patch,
				expect{applied: true, found: true, status: "FULL", flags: c.flags})
		})
	}
}

// TestGradeOtherForms: patch(1) takes what git does not.
func TestGradeOtherForms(t *testing.T) {
	require.Program(t, "patch")
	own, pool := task(t, ""), localPool(t)
	context := "*** a/word.txt\n--- b/word.txt\n***************\n*** 1,7 ****\n" +
		"  one\n  two\n  three\n! wrong\n  five\n  six\n  seven\n--- 1,7 ----\n" +
		"  one\n  two\n  three\n! right\n  five\n  six\n  seven\n"
	check(t, swebench.New(pool, swebench.Options{}), own, context, expect{
		applied: true, found: true, status: "FULL", flags: []string{swebench.FlagUnread},
	})
}

// TestGradeV4: under version 4 patch(1) takes a patch back that is there already.
func TestGradeV4(t *testing.T) {
	own, pool := task(t, ""), localPool(t)
	g := swebench.New(pool, swebench.Options{Rules: swebench.V4})
	full := expect{applied: true, found: true, status: "FULL", log: "PASSED t::word"}
	grade := check(t, g, own, gold, full)
	if grade.Rules != "v4" {
		t.Errorf("rules %s", grade.Rules)
	}
	there := taskWith(t, strings.Replace(wordFile, "wrong", "right", 1), "")
	require.Program(t, "patch")
	taken := expect{applied: true, found: true, status: "NO", log: "FAILED t::word"}
	check(t, g, there, gold, taken)
}

// TestGradeOfficialScript runs a script that a row carries, with bash. Its
// markers reach the log through the trace, its exit status by our addition.
func TestGradeOfficialScript(t *testing.T) {
	own := task(t, "")
	own.TestCommand = ""
	own.EvalScript = "#!/bin/bash\nset -uxo pipefail\n" +
		"git apply -v - <<'EOF_114329324912'\n" + testPatch + "\nEOF_114329324912\n" +
		": '>>>>> Start Test Output'\nsh run.sh\n: '>>>>> End Test Output'\n"
	grade := check(t, swebench.New(localPool(t), swebench.Options{}), own, gold,
		expect{applied: true, found: true, status: "FULL", log: "+ SWEBENCH_TEST_EXIT_CODE=0\n"})
	want := []bench.TestStatus{
		{Test: "t::word", Status: "PASSED"}, {Test: "t::first", Status: "PASSED"},
	}
	if !slices.Equal(grade.Tests, want) {
		t.Errorf("tests %v", grade.Tests)
	}
}

func TestGradeAlreadyApplied(t *testing.T) {
	own := taskWith(t, strings.Replace(wordFile, "wrong", "right", 1), "")
	check(t, swebench.New(localPool(t), swebench.Options{}), own, gold,
		expect{applied: true, found: true, status: "FULL", log: "PASSED t::word"})
}

func TestGradeTimeout(t *testing.T) {
	own := task(t, "echo begun; printf '\\377\\n'; sleep 60\n")
	g := swebench.New(localPool(t), swebench.Options{Timeout: 2 * time.Second})
	grade, bodies, err := g.Grade(t.Context(), scoring.Job{Task: own, Patch: gold})
	if err != nil {
		t.Fatal(err)
	}
	if !grade.TimedOut || grade.Resolved != nil || grade.Found || !grade.PatchApplied ||
		grade.InfraReason != "tests_timed_out" {
		t.Errorf("got %+v", grade)
	}
	log := string(bodies[0])
	if !strings.Contains(log, "begun\n\ufffd\n") ||
		!strings.HasSuffix(log, "\n\nTimeout error: 2 seconds exceeded.") {
		t.Errorf("log is %q", log)
	}
}

// Tests that write without end are killed: memory is bounded, and the patch did
// not make them pass.
func TestGradeFlood(t *testing.T) {
	own := task(t, "echo 'PASSED t::word'; yes ääääääääääääääääääääääääää\n")
	grade, bodies, err := swebench.New(localPool(t), swebench.Options{}).
		Grade(t.Context(), scoring.Job{Task: own, Patch: gold})
	if err != nil {
		t.Fatal(err)
	}
	if grade.Resolved == nil || *grade.Resolved || grade.Found || grade.TimedOut {
		t.Errorf("got %+v", grade)
	}
	log := bodies[0]
	if len(log) > sandbox.MaxOutput+1000 || !strings.HasSuffix(string(log[len(log)-100:]), "bytes exceeded.") {
		t.Errorf("log of %d bytes ends with %q", len(log), log[max(0, len(log)-100):])
	}
}

func TestGradeParserRaises(t *testing.T) {
	own := task(t, "echo FAIL:\n")
	own.LogParser = "parse_log_django"
	grade, _, err := swebench.New(localPool(t), swebench.Options{}).
		Grade(t.Context(), scoring.Job{Task: own, Patch: gold})
	if err != nil || grade.Error == "" || grade.Resolved != nil || !grade.PatchApplied ||
		grade.Log == "" {
		t.Errorf("got %+v, %v", grade, err)
	}
}

func TestGradeFaults(t *testing.T) {
	lost := errors.New("no machine")
	own := task(t, "sleep 60\n")
	job := scoring.Job{Task: own, Patch: gold}
	none := swebench.New(noPool{lost}, swebench.Options{})
	if g, _, err := none.Grade(t.Context(), job); !errors.Is(err, lost) || g.Resolved != nil {
		t.Errorf("pool fault: %+v, %v", g, err)
	}
	unknown := job
	unknown.Task.LogParser = ""
	g, _, err := none.Grade(t.Context(), unknown)
	if err == nil || errors.Is(err, lost) || g.Resolved != nil {
		t.Errorf("unknown parser: %+v, %v", g, err)
	}
	stop := errors.New("stopped by the user")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 3*time.Second, stop)
	defer cancel()
	g, _, err = swebench.New(localPool(t), swebench.Options{}).Grade(ctx, job)
	if !errors.Is(err, stop) && !errors.Is(err, context.DeadlineExceeded) || g.Resolved != nil {
		t.Errorf("cancelled: %+v, %v", g, err)
	}
}

// noPool has no sandboxes.
type noPool struct{ err error }

func (p noPool) Create(context.Context, sandbox.Spec) (sandbox.Sandbox, error) { return nil, p.err }
func (p noPool) Reap(context.Context) (int, error)                             { return 0, nil }
func (p noPool) Close() error                                                  { return nil }
