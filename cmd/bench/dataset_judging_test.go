package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bench"
	"bench/datasets"
	"bench/internal/require"
	"bench/sandbox/docker"
	"bench/scoring"
	"bench/scoring/swebench"
)

// rocket is a repository with a bug, and what rows of every dataset say of it.
type rocket struct {
	t                      *testing.T
	dir, base              string
	gold, clumsy, testDiff string
}

func newRocket(t *testing.T) *rocket {
	t.Helper()
	r := &rocket{t: t, dir: t.TempDir()}
	const code = "def period():\n    return 1\n\n\ndef mass():\n    return 3\n"
	const test = "import orbit\n\n\ndef test_mass():\n    assert orbit.mass() == 3\n"
	r.write("orbit.py", code)
	r.write("tests/test_orbit.py", test)
	r.git("init", "-q", "-b", "main")
	r.git("add", ".")
	r.git("commit", "-qm", "base")
	r.base = r.git("rev-parse", "HEAD")
	diff := func(name, content, before string) string {
		r.write(name, content)
		defer r.write(name, before)
		return r.git("diff") + "\n"
	}
	r.gold = diff("orbit.py", strings.Replace(code, "1", "2", 1), code)
	r.clumsy = diff("orbit.py", strings.NewReplacer("1", "2", "3", "4").Replace(code), code)
	r.testDiff = diff("tests/test_orbit.py",
		test+"\n\ndef test_period():\n    assert orbit.period() == 2\n", test)
	return r
}

func (r *rocket) write(name, content string) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rocket) git(args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=t", "-c", "user.email=t@t"}, args...)...)
	cmd.Dir = r.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimRight(string(out), "\n")
}

// row is what the rows of most datasets have in common, and more.
func (r *rocket) row(more map[string]any) map[string]any {
	row := map[string]any{
		"instance_id": "acme__rocket-1", "repo": "acme/rocket", "base_commit": r.base,
		"problem_statement": "The period is wrong.", "patch": r.gold, "test_patch": r.testDiff,
		"FAIL_TO_PASS": []string{"tests/test_orbit.py::test_period"},
		"PASS_TO_PASS": []string{"tests/test_orbit.py::test_mass"},
	}
	for k, v := range more {
		row[k] = v
	}
	return row
}

// The repository has no package: its root must be found by the tests.
const pytest = "PYTHONPATH=. python3 -m pytest -rA"

// liveParser is a parser as rows of SWE-bench-Live carry them.
const liveParser = `def parser(log: str) -> dict[str, str]:
    import re
    word = {"PASSED": "pass", "FAILED": "fail"}
    return {m[2]: word[m[1]] for m in re.finditer(r"^(PASSED|FAILED) (\S+)", log, re.M)}
`

// proParser is a parser as the repository of SWE-bench Pro has one per instance.
const proParser = `import json, re, sys
log = open(sys.argv[1]).read()
tests = [{"name": m[2], "status": m[1]} for m in re.finditer(r"^(PASSED|FAILED) (\S+)", log, re.M)]
json.dump({"tests": tests}, open(sys.argv[3], "w"))
`

// rows are one of each dataset that can be judged, with what it lacks.
func (r *rocket) rows() map[string]struct {
	row  map[string]any
	file map[string]string // below the path of dataset.judging
} {
	type entry = struct {
		row  map[string]any
		file map[string]string
	}
	facts := func(repo string) map[string]string {
		return map[string]string{"": `{"repos": [{"repo": "` + repo + `", "test_cmd": "` + pytest +
			`", "log_parser": "parse_log_pytest"}]}`}
	}
	names := `['tests/test_orbit.py::test_period']`
	pro := r.row(map[string]any{
		"dockerhub_tag": "x", "selected_test_files_to_run": `['tests/test_orbit.py']`,
		"fail_to_pass": names, "pass_to_pass": `["tests/test_orbit.py::test_mass"]`,
		"before_repo_set_cmd": "exit 1\ngit apply /workspace/test.diff",
	})
	return map[string]entry{
		"swe-bench-live": {r.row(map[string]any{
			"test_cmds": []string{"export X=1", pytest}, "log_parser": "pytest",
		}), nil},
		"swe-bench-live-multilang": {r.row(map[string]any{
			"test_cmds": []string{pytest + " > out.log"}, "print_cmds": []string{"cat out.log"},
			"rebuild_cmds": []string{"python3 -m compileall -q ."}, "log_parser": liveParser,
			"docker_image": "x",
			"PASS_TO_PASS": []string{"tests/test_orbit.py::test_mass", "tests/gone.py::test_x"},
		}), nil},
		"swe-rebench": {r.row(map[string]any{"install_config": map[string]any{
			"install": "true", "test_cmd": pytest, "log_parser": "parse_log_pytest",
		}}), nil},
		"swe-rebench-v2": {r.row(map[string]any{
			"image_name": "docker.io/swerebenchv2/x:1",
			"install_config": map[string]any{
				"test_cmd": []string{"true", pytest}, "log_parser": "parse_log_own",
			},
			"PASS_TO_PASS": []string{"tests/test_orbit.py::test_mass (3ms)"},
		}), map[string]string{"": `parsers: [{name: parse_log_own, log_parser: parse_log_pytest}]`}},
		"swe-gym": {r.row(map[string]any{"repo": "getmoto/moto"}), facts("getmoto/moto")},
		"swe-smith": {map[string]any{
			"instance_id": "acme__rocket.1.bug", "repo": "swesmith/acme__rocket.1", "image_name": "x",
			"problem_statement": "The period is wrong.", "patch": r.bug(),
			"FAIL_TO_PASS": []string{"tests/test_orbit.py::test_period"},
			"PASS_TO_PASS": []string{"tests/test_orbit.py::test_mass", "tests/gone.py::test_x"},
		}, facts("swesmith/acme__rocket.1")},
		"swe-bench-pro": {pro, map[string]string{
			"acme__rocket-1/run_script.sh": "cat > /workspace/test.diff.used < /workspace/test.diff\n" +
				"for f in ${1//,/ }; do " + pytest + " \"$f\"; done\n",
			"acme__rocket-1/parser.py": proParser,
		}},
	}
}

// bug is the gold patch turned round, which SWE-smith calls the patch.
func (r *rocket) bug() string {
	swap := strings.NewReplacer("-    return 1\n+    return 2", "-    return 2\n+    return 1")
	return swap.Replace(r.gold)
}

// task loads the row and puts the repository where its image would have it.
func (r *rocket) task(t *testing.T, set string) bench.Task {
	t.Helper()
	entry := r.rows()[set]
	dir := t.TempDir()
	put := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	b, err := json.Marshal(entry.row)
	if err != nil {
		t.Fatal(err)
	}
	o := datasets.Options{Path: put("rows.jsonl", string(b)), Source: set}
	for name, content := range entry.file {
		if o.Judging = put("facts.yaml", content); name != "" {
			put(filepath.Join("scripts", name), content)
			o.Judging = filepath.Join(dir, "scripts")
		}
	}
	loaded, err := datasets.Load(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	task := loaded.Tasks[0]
	if _, reasons := unjudged(loaded.Tasks, swebench.V5); len(reasons) > 0 {
		t.Fatal(reasons)
	}
	task.BaseCommit = r.base
	task.Source.Repository, task.Source.BaseImage = r.dir, "bench-test/bullseye"
	switch set {
	case "swe-smith": // its image has a branch with the bug, where main has none
		fix := "sed -i s/1/2/ orbit.py && printf '%s' '\n\ndef test_period():\n    assert orbit.period() == 2\n'" +
			" >> tests/test_orbit.py && git -c user.name=t -c user.email=t@t commit -qam good"
		task.Source.Setup = []string{fix, "git checkout -q -b " + task.InstanceID +
			" && sed -i s/2/1/ orbit.py && git -c user.name=t -c user.email=t@t commit -qam bug && " +
			"git checkout -q --detach HEAD~1"}
	case "swe-bench-pro": // its image has a commit with the tests; here a file stands for it
		task.Judging.Files["/workspace/test.diff"] = r.testDiff
	}
	return task
}

// TestDatasetsInDocker: a row of each dataset that can be judged, in containers:
// its gold patch resolves it, and one that breaks something else does not.
func TestDatasetsInDocker(t *testing.T) {
	t.Parallel()
	require.Image(t, "bench-test/bullseye")
	r := newRocket(t)
	pool, err := docker.New(t.Context(), docker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
	})
	grader := swebench.New(pool, swebench.Options{})
	for set := range r.rows() {
		t.Run(set, func(t *testing.T) {
			t.Parallel()
			task := r.task(t, set)
			for name, c := range map[string]struct {
				patch    string
				resolved bool
			}{"gold": {task.Patch, true}, "clumsy": {r.clumsy, false}} {
				grade, bodies, err := grader.Grade(t.Context(), scoring.Job{
					RunID: "datasets", Task: task, Patch: c.patch,
				})
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if grade.Resolved == nil || *grade.Resolved != c.resolved || !grade.Found {
					t.Errorf("%s: %+v\n%s", name, grade, bodies)
				}
			}
		})
	}
}
