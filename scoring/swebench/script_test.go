package swebench

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bench"
)

const mixedPatch = `diff --git a/tests/test_a.py b/tests/test_a.py
index 1..2 100644
--- a/tests/test_a.py
+++ b/tests/test_a.py
@@ -1,2 +1,2 @@
--- old line that looks like a header
+++ new line that looks like one
 kept
diff --git a/tests/new.py b/tests/new.py
new file mode 100644
index 0..2
--- /dev/null
+++ b/tests/new.py
@@ -0,0 +1 @@
+x
diff --git a/tests/gone.py b/tests/gone.py
deleted file mode 100644
--- a/tests/gone.py
+++ /dev/null
@@ -1 +0,0 @@
-x
diff --git a/tests/from.py b/tests/to.py
similarity index 100%
rename from tests/from.py
rename to tests/to.py
diff --git a/tests/data.csv b/tests/data.csv
old mode 100644
new mode 100755
`

func TestTestFiles(t *testing.T) {
	t.Parallel()
	modified, added := testFiles(mixedPatch)
	want := []string{"tests/test_a.py", "tests/gone.py", "tests/from.py", "tests/data.csv"}
	if !slices.Equal(modified, want) || !slices.Equal(added, []string{"tests/new.py"}) {
		t.Errorf("modified %q, added %q", modified, added)
	}
	if got := directives("x/y", mixedPatch); !slices.Equal(got,
		[]string{"tests/test_a.py", "tests/new.py", "tests/gone.py", "tests/to.py"}) {
		t.Errorf("directives %q", got)
	}
	if got := directives("django/django", mixedPatch); got[0] != "test_a" {
		t.Errorf("django's directives %q", got)
	}
	modified, added = testFiles("--- a/x.py\t2020\n+++ b/x.py\t2021\n@@ -1 +1 @@\n-a\n+b\n")
	if !slices.Equal(modified, []string{"x.py"}) || added != nil {
		t.Errorf("without git header: %q, %q", modified, added)
	}
}

func TestEvalScriptRefuses(t *testing.T) {
	t.Parallel()
	for _, task := range []bench.Task{
		{InstanceID: "x__y-1", Repo: "x/y"},
		{InstanceID: "django__django-1", Repo: "django/django", Version: "99"},
		{InstanceID: "prettier__prettier-1", Repo: "prettier/prettier", Version: "3"},
		{InstanceID: "babel__babel-1", Repo: "babel/babel", Version: "14532"},
	} {
		if s, err := EvalScript(task, V5); err == nil {
			t.Errorf("%s: %q", task.Repo, s)
		}
	}
}

func TestEvalScriptOtherLanguages(t *testing.T) {
	t.Parallel()
	task := bench.Task{
		Repo: "redis/redis", Version: "13115", BaseCommit: "abc",
		TestPatch: "diff --git a/t.tcl b/t.tcl\n--- a/t.tcl\n+++ b/t.tcl\n@@ -1 +1 @@\n-a\n+b\n",
	}
	got, err := EvalScript(task, V5)
	if err != nil {
		t.Fatal(err)
	}
	want := `#!/bin/bash
set -uxo pipefail
cd /testbed
git config --global --add safe.directory /testbed
cd /testbed
git checkout abc t.tcl
git apply --verbose --reject - <<'EOF_114329324912'
` + task.TestPatch + `
EOF_114329324912
make distclean
make
: '>>>>> Start Test Output'
TERM=dumb ./runtest --durable --single unit/scripting
SWEBENCH_TEST_EXIT_CODE=$?
: '>>>>> End Test Output'
echo ">>>>> Test Exit Code: $SWEBENCH_TEST_EXIT_CODE"
git checkout abc t.tcl
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestImageName(t *testing.T) {
	t.Parallel()
	task := bench.Task{InstanceID: "Owner__Name-1"}
	for namespace, want := range map[string]string{
		"":         "sweb.eval.x86_64.owner__name-1:latest",
		"swebench": "swebench/sweb.eval.x86_64.owner_1776_name-1:latest",
	} {
		if got := ImageName(task, namespace); got != want {
			t.Errorf("namespace %q: %s, want %s", namespace, got, want)
		}
	}
	task.Image = "own/image:1"
	if got := ImageName(task, "swebench"); got != "own/image:1" {
		t.Errorf("the row's own image became %s", got)
	}
}

// TestTestScript runs the script of a task folder with a real shell and git, in
// a directory whose name needs quotes.
func TestTestScript(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "it's a repo")
	git := func(args ...string) {
		args = append([]string{"-C", dir, "-c", "user.name=t", "-c", "user.email=t@t"}, args...)
		cmd := exec.Command("git", args...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	git("init", "-q")
	write("old test.sh", "echo FAILED old\n")
	git("add", ".")
	git("commit", "-qm", "base")
	write("old test.sh", "echo PASSED forged\n") // what a patch must not do
	write("new.sh", "echo PASSED forged\n")
	task := bench.Task{
		TestCommand: "sh 'old test.sh'\nsh new.sh\nexit 3",
		TestPatch: "diff --git a/old test.sh b/old test.sh\n" +
			"--- a/old test.sh\t\n+++ b/old test.sh\t\n" +
			"@@ -1 +1 @@\n-echo FAILED old\n+echo PASSED changed\n" +
			"diff --git a/new.sh b/new.sh\nnew file mode 100644\n--- /dev/null\n+++ b/new.sh\n" +
			"@@ -0,0 +1,2 @@\n+echo PASSED new\n+# EOF_114329324912\n",
	}
	cmd := exec.Command("/bin/sh")
	cmd.Stdin = strings.NewReader(TestScript(task, dir))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	m := findMarks(decode(out))
	if m.slice != "\nPASSED changed\nPASSED new\n" || m.exit != "3" ||
		m.starts != 1 || m.ends != 1 {
		t.Errorf("%+v in:\n%s", m, out)
	}
}
