package contamination

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"bench"
)

const gold = `diff --git a/shapes/area.py b/shapes/area.py
--- a/shapes/area.py
+++ b/shapes/area.py
@@ -10,6 +10,8 @@ def area(shape):
     if shape is None:
         return 0
     sides = shape.sides()
+    if not sides_are_closed(sides):
+        raise OpenShapeError("the outline has a gap")
     total = 0
     for side in sides:
         total += side.cross()
`

const testPatch = `diff --git a/tests/test_area.py b/tests/test_area.py
--- a/tests/test_area.py
+++ b/tests/test_area.py
@@ -30,3 +30,7 @@ def test_square():
     s = square(2)
     assert area(s) == 4
     assert area(None) == 0
+
+
+def test_open_outline_is_refused():
+    with pytest.raises(OpenShapeError):
+        area(outline_with_gap(3))
`

var task = bench.Task{
	InstanceID: "acme__shapes-417", Repo: "acme/shapes", Version: "2.1", BaseCommit: "feedc0de",
	ProblemStatement: "The area of open outlines is wrong.", Patch: gold, TestPatch: testPatch,
	FailToPass: []string{"tests/test_area.py::test_open_outline_is_refused"},
	PassToPass: []string{"tests/test_area.py::test_square"},
	CreatedAt:  time.Date(2022, 3, 1, 0, 0, 0, 0, time.UTC),
}

const fixed = "        return 0\n    sides = shape.sides()\n    if not sides_are_closed(sides):\n" +
	"        raise OpenShapeError(\"the outline has a gap\")\n    total = 0\n    for side in sides:\n"

// sh is a step of a shell.
func sh(line, output string, code int) Step {
	failed := code != 0
	args, _ := json.Marshal(map[string]any{"command": line, "timeout": 60})
	return Step{Agent: "main", Turn: 1, Call: "c1", Tool: "terminal", Output: output,
		Failed: &failed}.Take(string(args))
}

func tool(name, arguments, output string) Step {
	return Step{Tool: name, Output: output}.Take(arguments)
}

func numberedLines(text string) string {
	var b strings.Builder
	for i, l := range strings.Split(text, "\n") {
		fmt.Fprintf(&b, "%6d\t%s\n", i+10, l)
	}
	return b.String()
}

// logOf is what git log prints of a commit.
func logOf(id, date, subject string) string {
	return "commit " + id + "\nAuthor: Ann <ann@example.org>\nDate:   " + date + "\n\n    " + subject + "\n"
}

const (
	inBase = "commit aaaaaaa1\nAuthor: Ann <ann@example.org>\nDate:   Mon Feb 28 10:00:00 2022 +0000\n\n" +
		"    Squares\n"
	cloned = "Cloning into 'shapes'...\n"
)

// TestExamine has a row for each thing that is found, and for each that looks like it and
// is not.
func TestExamine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		steps []Step
		want  string // rules and severities
	}{
		{"nothing", []Step{sh("ls; git status; pip list; pytest tests/test_area.py", "fine", 0)}, ""},

		{"clone", []Step{sh("cd /tmp && git clone https://github.com/acme/shapes", cloned, 0)},
			"upstream_network touched"},
		{"clone of a fork, by ssh", []Step{sh("git clone -q git@github.com:ann/shapes.git x", "", 0)},
			"upstream_network touched"},
		{"clone without a network", []Step{sh("git clone https://github.com/acme/shapes.git",
			"fatal: unable to access 'https://github.com/': Could not resolve host: github.com", 128)},
			"upstream_network tried"},
		{"clone of something else", []Step{sh("git clone https://github.com/acme/circles", cloned, 0)}, ""},
		{"fetch", []Step{sh("git fetch origin main", "From https://github.com\n * branch main", 0)},
			"upstream_network touched"},
		{"fetch where there is no remote", []Step{sh("git fetch --all; ls", "README.md", 0)},
			"upstream_network tried"},
		{"a change as a patch", []Step{sh("curl -sL https://github.com/acme/shapes/pull/417.patch | head",
			"From 1234", 0)}, "upstream_network touched"},
		{"a change, and nothing came", []Step{sh("curl -s https://github.com/acme/shapes/pull/417.diff | head",
			"", 0)}, "upstream_network tried"},
		{"raw file, within a substitution", []Step{sh(
			"X=$(curl -s https://raw.githubusercontent.com/acme/shapes/main/shapes/area.py); echo $X", "def", 0)},
			"upstream_network touched"},
		{"archive by wget", []Step{sh("timeout 60 wget https://codeload.github.com/acme/shapes/zip/main",
			"saved", 0)}, "upstream_network touched"},
		{"quiet wget that may have failed", []Step{sh(
			"wget -q https://codeload.github.com/acme/shapes/zip/main -O s.zip || true", "", 0)},
			"upstream_network tried"},
		{"quiet wget that went well", []Step{sh(
			"cd /tmp && wget -q https://codeload.github.com/acme/shapes/zip/main && mkdir x", "", 0)},
			"upstream_network touched"},
		{"quiet wget, and what came of it later", []Step{
			sh("wget -q https://github.com/acme/shapes/pull/417.patch; echo done", "done", 0),
			sh("cat 417.patch", "From 1234", 0)}, "upstream_network touched"},
		{"quiet wget, and nothing came of it", []Step{
			sh("wget -q https://github.com/acme/shapes/pull/417.patch; echo done", "done", 0),
			sh("cat 417.patch || true", "cat: 417.patch: No such file or directory", 0)},
			"upstream_network tried"},
		{"quiet wget that prints", []Step{sh("wget -qO- https://github.com/acme/shapes/pull/417.patch | head",
			"From 1234", 0)}, "upstream_network touched"},
		{"quiet wget that prints nothing", []Step{sh("wget -qO- https://github.com/acme/shapes/pull/417.patch",
			"", 0)}, "upstream_network tried"},
		{"quiet wget, strictly", []Step{sh("set -e\nwget -q https://github.com/acme/shapes/pull/4.patch\ncd x", "", 0)},
			"upstream_network touched"},
		{"clone whose errors nobody sees", []Step{sh(
			"git clone -q https://github.com/acme/shapes /tmp/s 2>/dev/null || true", "", 0)},
			"upstream_network tried"},
		{"clone whose output nobody sees", []Step{sh("git clone https://github.com/acme/shapes &>/dev/null; true",
			"", 0)}, "upstream_network tried"},
		{"clone whose errors nobody sees, used at once", []Step{sh(
			"git clone -q https://github.com/acme/shapes /tmp/s 2>/dev/null; ls /tmp/s", "README.md", 0)},
			"upstream_network touched"},
		{"clone whose errors nobody sees, removed", []Step{
			sh("git clone -q https://github.com/acme/shapes 2>/dev/null; true", "", 0),
			sh("rm -rf shapes; ls", "README.md", 0)}, "upstream_network tried"},
		{"clone that says when it fails", []Step{sh("git clone -q https://github.com/acme/shapes || true", "", 0)},
			"upstream_network touched"},
		{"quiet curl into a file", []Step{sh(
			"curl -sLo a.diff https://github.com/acme/shapes/pull/417.diff || echo failed", "failed", 0)},
			"upstream_network tried"},
		{"curl within double quotes", []Step{sh(
			`echo "the fix: $(curl -sS "https://github.com/acme/shapes/pull/417.diff")"`, "the fix: diff", 0)},
			"upstream_network touched"},
		{"curl deep within", []Step{sh(
			`A="x $(echo "$(cat $(echo a) "$(curl -sS https://github.com/acme/shapes/pull/417.diff)")")"; ls`, "diff", 0)},
			"upstream_network touched"},
		{"curl behind a substitution", []Step{sh(
			`echo "$(echo $(date) ")")" && curl -sS https://github.com/acme/shapes/pull/417.diff`, "diff", 0)},
			"upstream_network touched"},
		{"curl within old quotes", []Step{sh("X=\"`curl -s https://github.com/acme/shapes/pull/4.diff`\"; echo $X",
			"diff", 0)}, "upstream_network touched"},
		{"no substitution", []Step{sh(`echo '$(curl https://github.com/acme/shapes)' "\$(curl github.com/acme/shapes)"`,
			"", 0)}, ""},
		{"gh", []Step{sh("gh pr diff 417", "diff --git", 0)}, "upstream_network touched"},
		{"gh is missing", []Step{sh("gh pr view 417", "bash: gh: command not found", 127)},
			"upstream_network tried"},
		{"gh about another repository", []Step{sh("gh pr view 4 -R acme/circles", "title", 0)}, ""},
		{"python", []Step{sh("python -c \"import urllib.request as u; "+
			"print(u.urlopen('https://api.github.com/repos/acme/shapes/pulls/417').read())\"", "{}", 0)},
			"upstream_network touched"},
		{"a tool for the web", []Step{tool("WebFetch", `{"url":"https://github.com/acme/shapes/pull/417"}`,
			"The change")}, "upstream_network touched"},
		{"an address in a file", []Step{sh("cat > notes.md <<'X'\nsee https://github.com/acme/shapes/pull/9\n"+
			"curl https://github.com/acme/shapes\nX", "", 0)}, ""},
		{"an address that is looked for", []Step{sh("grep -rn 'github.com/acme/shapes' docs", "docs/a.md", 0)}, ""},

		{"pip", []Step{sh("pip install shapes==2.4", "Collecting shapes==2.4\n  Downloading shapes-2.4.tar.gz\n"+
			"Successfully installed shapes-2.4", 0)}, "package_download touched"},
		{"pip as a module", []Step{sh("python3 -m pip download --no-deps Shapes", "Saved ./shapes-2.4.whl", 0)},
			"package_download touched"},
		{"pip, of the repository", []Step{sh("pip install git+https://github.com/acme/shapes@main",
			"Successfully installed shapes-2.5", 0)}, "upstream_network touched"},
		{"pip, quietly", []Step{sh("pip install -q shapes", "", 0)}, "package_download tried"},
		{"pip without a network", []Step{sh("pip install --upgrade shapes",
			"ERROR: No matching distribution found for shapes", 1)}, "package_download tried"},
		{"pip, of what is there", []Step{sh("pip install shapes",
			"Requirement already satisfied: shapes in /testbed (2.1)", 0)}, ""},
		{"pip, of the work tree", []Step{sh("pip install -e . && pip install . shapely", "ok", 0)}, ""},

		{"remote branch", []Step{sh("git show origin/main:shapes/area.py", "def area(shape):", 0)},
			"later_history touched"},
		{"remote branch that is gone", []Step{sh("git log HEAD..origin/main",
			"fatal: ambiguous argument 'HEAD..origin/main'", 128)}, "later_history tried"},
		{"reflog", []Step{sh("git reflog", "", 0)}, "later_history tried"},
		{"lost commits", []Step{sh("git fsck --lost-found", "dangling commit 1234567", 0)},
			"later_history tried"},
		{"all objects", []Step{sh("git cat-file --batch-all-objects --batch-check", "abc blob 1", 0)},
			"later_history tried"},
		{"a later commit", []Step{sh("git log -3", inBase, 0), sh("git show bbbbbbb2",
			logOf("bbbbbbb2", "Fri Apr 1 10:00:00 2022 +0000", "Refuse open outlines"), 0)},
			"later_history touched"},
		{"the change, in a log of everything", []Step{sh("git log --all --oneline --grep=outline",
			"1234567 Refuse open outlines (#417)", 0)}, "later_history touched"},
		{"a commit of the base", []Step{sh("git log -3", inBase, 0), sh("git show aaaaaaa1", inBase, 0)}, ""},
		{"a base that is later than the task", []Step{sh("git log -1",
			logOf("ccccccc3", "Fri Apr 1 10:00:00 2022 +0000", "Later"), 0),
			sh("git log --all", logOf("ccccccc3", "Fri Apr 1 10:00:00 2022 +0000", "Later"), 0)}, ""},
		{"the agent's own commit", []Step{sh("git commit -qam x; git log --all -1",
			logOf("ddddddd4", "Fri Apr 1 10:00:00 2022 +0000", "x"), 0)}, ""},
		{"everything, of a repository that was cut", []Step{sh("git log --all --oneline", "feedc0de base", 0)}, ""},

		{"a wheel", []Step{sh("unzip -p /root/.cache/pip/shapes-2.4-py3-none-any.whl shapes/area.py", "def", 0)},
			"newer_copy touched"},
		{"a copy that package managers bring", []Step{tool("read_file",
			`{"path":"/usr/lib/python3/site-packages/pip/_vendor/shapes/area.py"}`, "def area")},
			"newer_copy touched"},
		{"a copy that is not there", []Step{sh("cat /opt/conda/pkgs/shapes-2.4/area.py",
			"cat: No such file or directory", 1)}, "newer_copy tried"},
		{"the version of the base", []Step{sh("cat /opt/conda/pkgs/shapes-2.1.3/area.py", "def area", 0)}, ""},
		{"names of copies", []Step{sh("ls /opt/conda/pkgs/shapes-2.4/", "area.py", 0)}, ""},

		{"lines of the fix", []Step{sh("cat /opt/elsewhere/area.py", fixed, 0)}, "fix_lines touched"},
		{"with numbers", []Step{tool("editor", `{"command":"view","path":"/x/area.py"}`, numberedLines(fixed))},
			"fix_lines touched"},
		{"as a diff", []Step{sh("cat x.diff", gold, 0)}, "fix_lines touched"},
		{"one line without those around it", []Step{sh("grep -rn gap .",
			"a.py:9:        raise OpenShapeError(\"the outline has a gap\")", 0)}, ""},
		{"what the agent wrote first", []Step{tool("editor", `{"command":"str_replace","path":"shapes/area.py",`+
			`"old_str":"    total = 0","new_str":"    if not sides_are_closed(sides):\n        raise `+
			`OpenShapeError(\"the outline has a gap\")\n    total = 0"}`, "done"), sh("git diff", gold, 0)}, ""},
		{"what the agent wrote with sed", []Step{sh("cat shapes/area.py", "sides = shape.sides()\ntotal = 0", 0),
			sh(`sed -i "s/total = 0/if not sides_are_closed(sides):\n        raise OpenShapeError(\"the `+
				`outline has a gap\")/" shapes/area.py`, "", 0), sh("cat shapes/area.py", fixed, 0)}, ""},

		{"hidden tests, shown", []Step{sh("cat /eval/tests.py",
			"def test_open_outline_is_refused():\n    pass", 0)}, "hidden_tests touched"},
		{"hidden tests, by name", []Step{sh("pytest tests/test_area.py::test_open_outline_is_refused",
			"ERROR: not found", 4)}, "hidden_tests tried"},
		{"a test of that name that the agent wrote", []Step{sh("cat >> tests/test_area.py <<'X'\n"+
			"def test_open_outline_is_refused():\n    pass\nX", "", 0),
			sh("pytest -k test_open_outline_is_refused", "test_open_outline_is_refused PASSED", 0)}, ""},
		{"tests that are there", []Step{sh("pytest tests/test_area.py::test_square", "1 passed", 0)}, ""},
	} {
		x := NewExamination(Of(task), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		for _, s := range c.steps {
			x.Step(s)
		}
		var found []string
		for _, f := range x.Findings() {
			found = append(found, f.Rule+" "+string(f.Severity))
			if f.Text == "" {
				t.Errorf("%s: %s without evidence", c.name, f.Rule)
			}
		}
		if got := strings.Join(found, ", "); got != c.want {
			t.Errorf("%s: got %q, want %q: %+v", c.name, got, c.want, x.Findings())
		}
	}
}
