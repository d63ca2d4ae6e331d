package datasets_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"bench"
	"bench/datasets"
)

// judgingOf is what a set's rows need beside themselves.
func judgingOf(t *testing.T, dir string) string {
	t.Helper()
	for _, name := range []string{"facts.yaml", "facts.json", "run_scripts"} {
		if path := filepath.Join(dir, name); exists(path) {
			return path
		}
	}
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// TestSets: rows in the form of each dataset become the same tasks whether the
// dataset is named or told by its fields.
func TestSets(t *testing.T) {
	dirs, err := filepath.Glob("testdata/sets/*")
	if err != nil || len(dirs) != 13 {
		t.Fatalf("%d sets, %v", len(dirs), err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			o := datasets.Options{Path: filepath.Join(dir, "rows.jsonl"), Judging: judgingOf(t, dir)}
			told := mustLoad(t, o).Tasks
			o.Source = filepath.Base(dir)
			named := mustLoad(t, o).Tasks
			if diff := cmp.Diff(named, told); diff != "" {
				t.Errorf("told by fields (-named +told):\n%s", diff)
			}
			b, err := json.MarshalIndent(named, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join(dir, "want.json"), string(b)+"\n")
		})
	}
}

// TestLacks: without what their rows lack, tasks load and say what it is.
func TestLacks(t *testing.T) {
	t.Parallel()
	for set, want := range map[string]string{
		"swe-bench-pro": "run_scripts", "swe-rebench-v2": "parse_log_own", "swe-gym": "getmoto/moto",
		"swe-bench-extra": "acme/rocket 1.2", "swe-smith": "profile", "multi-swe-bench": "log parsers",
		"swe-bench-live-windows": "Windows",
	} {
		o := datasets.Options{Path: filepath.Join("testdata/sets", set, "rows.jsonl")}
		task := mustLoad(t, o).Tasks[0]
		if task.Judging == nil || !strings.Contains(task.Judging.Lacks, want) {
			t.Errorf("%s: %+v, want it to lack %q", set, task.Judging, want)
		}
	}
}

// TestSourceNames: a fact of a wrong kind is a mistake with its place.
func TestFacts(t *testing.T) {
	t.Parallel()
	path := write(t, filepath.Join(t.TempDir(), "facts.yaml"),
		[]byte("repos:\n  - repo: a/b\n    test_command: x\n"))
	rows := "testdata/sets/swe-gym/rows.jsonl"
	_, err := datasets.Load(t.Context(), datasets.Options{Path: rows, Judging: path})
	for _, want := range []string{
		`facts.yaml:3:5: unknown key "test_command"`, `missing key "log_parser"`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	_, err = datasets.Load(t.Context(), datasets.Options{Path: rows, Judging: path + "x"})
	if err == nil || !strings.Contains(err.Error(), "read facts for judging") {
		t.Errorf("missing file: %v", err)
	}
}

// TestBadRows: what is wrong with a row of another dataset is named by its field.
func TestBadRows(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct{ set, old, new string }{
		"fail_to_pass: expected a list of texts as Python writes it": {
			"swe-bench-pro", `['tests/test_orbit.py::test_period', `, `[f'x', `,
		},
		"selected_test_files_to_run: the field is missing": {
			"swe-bench-pro", `"selected_test_files_to_run"`, `"x"`,
		},
		"dockerhub_tag: a tag has at most 128": {
			"swe-bench-pro", `"dockerhub_tag": "`, `"dockerhub_tag": "` + strings.Repeat("x", 99),
		},
		"number: expected a whole number": {"multi-swe-bench", `"number": 18`, `"number": "18"`},
		"base.sha: expected 40 or 64":     {"multi-swe-bench", `"sha": "0`, `"sha": "x`},
		"fixed_tests: no test judges":     {"multi-swe-bench", `"fixed_tests"`, `"x"`},
		"test_cmds: expected a text or a list": {
			"swe-bench-live", `"test_cmds": ["pytest -rA"]`, `"test_cmds": 5`,
		},
		"patch: it has a binary file": {
			"swe-smith", `--- a/orbit.py`, `GIT binary patch`,
		},
		"image_assets: expected an object": {
			"swe-bench-multimodal", `"image_assets": "{`, `"image_assets": "`,
		},
	} {
		b, err := os.ReadFile(filepath.Join("testdata/sets", want.set, "rows.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		path := write(t, filepath.Join(t.TempDir(), "rows.jsonl"),
			[]byte(strings.Replace(string(b), want.old, want.new, 1)))
		_, err = datasets.Load(t.Context(), datasets.Options{Path: path})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// nestedRow is a row of SWE-rebench as its parquet files have it.
type nestedRow struct {
	InstanceID string   `parquet:"instance_id"`
	Repo       string   `parquet:"repo"`
	Commit     string   `parquet:"base_commit"`
	Problem    string   `parquet:"problem_statement"`
	TestPatch  string   `parquet:"test_patch"`
	Version    string   `parquet:"version"`
	FailToPass []string `parquet:"FAIL_TO_PASS,list"`
	PassToPass []string `parquet:"PASS_TO_PASS,list"`
	Config     *struct {
		Install string   `parquet:"install,optional"`
		TestCmd string   `parquet:"test_cmd"`
		Parser  string   `parquet:"log_parser"`
		Pip     []string `parquet:"pip_packages,list"`
	} `parquet:"install_config,optional"`
	CreatedAt int64 `parquet:"created_at"`
}

// TestNested: fields of a struct in a parquet file are found by their path.
func TestNested(t *testing.T) {
	t.Parallel()
	row := nestedRow{
		InstanceID: "a__b-1", Repo: "a/b", Commit: commit, Problem: "p", TestPatch: "t", Version: "1",
		FailToPass: []string{"x"}, CreatedAt: 1609298073000,
	}
	bare := row
	bare.InstanceID = "a__b-2"
	row.Config = &struct {
		Install string   `parquet:"install,optional"`
		TestCmd string   `parquet:"test_cmd"`
		Parser  string   `parquet:"log_parser"`
		Pip     []string `parquet:"pip_packages,list"`
	}{"make", "pytest -rA", "parse_log_pytest", []string{"pytest"}}
	path := filepath.Join(t.TempDir(), "rows.parquet")
	if err := parquet.WriteFile(path, []nestedRow{row, bare}); err != nil {
		t.Fatal(err)
	}
	tasks := mustLoad(t, datasets.Options{Path: path, Source: "swe-rebench"}).Tasks
	want := &bench.Judging{
		Set: "swe-rebench", Version: "v4", Install: "LANG=C.UTF-8 LC_ALL=C.UTF-8 make",
		TestCmd: "LANG=C.UTF-8 LC_ALL=C.UTF-8 pytest -rA",
	}
	if diff := cmp.Diff(want, tasks[0].Judging); diff != "" || tasks[0].LogParser != "parse_log_pytest" {
		t.Errorf("%s\n%+v", diff, tasks[0])
	}
	if tasks[0].CreatedAt.Year() != 2020 {
		t.Errorf("created at %s", tasks[0].CreatedAt)
	}
	if tasks[1].Judging.Lacks == "" {
		t.Error("a row without install_config can be judged")
	}
}

// TestImages: images that lie below dataset.judging come along and are put in
// place before the tests; if one that a row names is not there, the row is
// refused.
func TestImages(t *testing.T) {
	t.Parallel()
	rows, err := os.ReadFile("testdata/sets/swe-bench-multimodal/rows.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	const old, assets = `{"test_patch": [{"path": "b.png", `, `{"%": [{"path": "a b/c.png"}, {"path": "b.png", `
	for name, c := range map[string]struct{ in, script, lacks string }{
		"of the test patch": {"test_patch", ": '>>>>> Start Test Output'\\nnpm test", ""},
		"of the gold patch": {"patch", ": '>>>>> Start Test Output'\\nnpm test", ""},
		"no script":         {"patch", "npm test", "an eval_script"},
		"not there":         {"patch", ": '>>>>> Start Test Output'", "test_assets"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			text := strings.Replace(string(rows), old, strings.Replace(assets, "%", c.in, 1), 1)
			text = strings.ReplaceAll(text, "npm test", c.script)
			o := datasets.Options{Path: write(t, filepath.Join(dir, "rows.jsonl"), []byte(text)), Judging: dir}
			images := filepath.Join(dir, "acme__rocket-6", "test_assets")
			write(t, filepath.Join(images, "b.png"), []byte("\x89PNG"))
			if name != "not there" {
				write(t, filepath.Join(images, "a b", "c.png"), []byte("C"))
			}
			task := mustLoad(t, o).Tasks[3]
			if c.lacks != "" {
				if !strings.Contains(task.Judging.Lacks, c.lacks) {
					t.Errorf("lacks %q, want %q", task.Judging.Lacks, c.lacks)
				}
				return
			}
			files := map[string]string{"/image_assets/b.png": "\x89PNG", "/image_assets/a b__c.png": "C"}
			if diff := cmp.Diff(files, task.Judging.Files); diff != "" || task.Judging.Lacks != "" {
				t.Errorf("%s\n%s", diff, task.Judging.Lacks)
			}
			want := "#!/bin/bash\nmkdir -p 'a b' && cp '/image_assets/a b__c.png' 'a b/c.png'\n" +
				"mkdir -p '.' && cp '/image_assets/b.png' 'b.png'\n: '>>>>> Start Test Output'\nnpm test\n"
			if diff := cmp.Diff(want, task.EvalScript); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// asset is an image as version 5 of SWE-bench Multimodal lists it.
type asset struct {
	Path string `parquet:"path"`
	URL  string `parquet:"url"`
}

// imageRow is a row of SWE-bench Multimodal as its parquet files have it.
type imageRow struct {
	InstanceID string   `parquet:"instance_id"`
	Repo       string   `parquet:"repo"`
	Commit     string   `parquet:"base_commit"`
	Problem    string   `parquet:"problem_statement"`
	Script     string   `parquet:"eval_script"`
	FailToPass []string `parquet:"FAIL_TO_PASS,list"`
	PassToPass string   `parquet:"PASS_TO_PASS"`
	Assets     struct {
		Problem   []asset `parquet:"problem_statement,list"`
		TestPatch []asset `parquet:"test_patch,list"`
	} `parquet:"image_assets"`
}

// TestNestedImages: images of the test patch are seen in a parquet file too.
func TestNestedImages(t *testing.T) {
	t.Parallel()
	row := imageRow{
		InstanceID: "a__b-1", Repo: "a/b", Commit: commit, Problem: "p", Script: "s",
		FailToPass: []string{"x"}, PassToPass: "[]",
	}
	row.Assets.Problem = []asset{{"a.png", "https://example.com/a.png"}}
	with := row
	with.InstanceID = "a__b-2"
	with.Assets.TestPatch = []asset{{"b.png", "u"}, {"c.png", "u"}}
	path := filepath.Join(t.TempDir(), "rows.parquet")
	if err := parquet.WriteFile(path, []imageRow{row, with}); err != nil {
		t.Fatal(err)
	}
	tasks := mustLoad(t, datasets.Options{Path: path}).Tasks
	if tasks[0].Judging != nil || tasks[1].Judging == nil || tasks[1].Judging.Lacks == "" {
		t.Errorf("%+v", tasks)
	}
}

// TestGoldOfSmith: applying the turned patch undoes the patch, whatever it does.
func TestGoldOfSmith(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	git := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-c", "user.name=t", "-c", "user.email=t@t"}, args...)...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	before := map[string]string{
		"a.py": "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\n", "gone.py": "x\ny\n",
		"end.py": "no newline", "mode.sh": "#!/bin/sh\n", "from.py": strings.Repeat("line\n", 30),
		"dashes.sql": "a\n-- b\nc\n",
	}
	for name, content := range before {
		write(t, filepath.Join(dir, name), []byte(content))
	}
	git("init", "-q")
	git("add", ".")
	git("commit", "-qm", "base")
	for name, content := range map[string]string{
		"a.py":       "one\nTWO\nTWO AND A HALF\nthree\nfour\nfive\nsix\nseven\neight\nten\neleven",
		"end.py":     "a newline\n",
		"new.py":     "new\n",
		"dashes.sql": "a\n++ b\nc\n-- d\n",
	} {
		write(t, filepath.Join(dir, name), []byte(content))
	}
	git("rm", "-q", "gone.py")
	git("mv", "from.py", "to.py")
	if err := os.Chmod(filepath.Join(dir, "mode.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	git("add", ".")
	bug := git("diff", "--cached", "-M", "HEAD")
	git("commit", "-qm", "bug")
	row := map[string]any{
		"instance_id": "a__b.1.x", "repo": "swesmith/a__b.1", "patch": bug, "image_name": "i",
		"problem_statement": "p", "FAIL_TO_PASS": []string{"x"}, "PASS_TO_PASS": []string{},
	}
	rows := write(t, filepath.Join(t.TempDir(), "rows.jsonl"), marshal(t, row))
	gold := mustLoad(t, datasets.Options{Path: rows, Source: "swe-smith"}).Tasks[0].Patch
	patch := write(t, filepath.Join(t.TempDir(), "gold.patch"), []byte(gold))
	git("apply", "--index", patch)
	if out := git("diff", "--cached", "HEAD~1"); out != "" {
		t.Errorf("the turned patch leaves:\n%s\npatch:\n%s", out, gold)
	}
}

// TestNames: every dataset has a home and every set of rows is one of them.
func TestNames(t *testing.T) {
	t.Parallel()
	for _, name := range datasets.Names() {
		known, revision, ok := datasets.Lookup(name + "@abc")
		if !ok || revision != "abc" || known.Name != name || strings.Count(known.Repo, "/") != 1 {
			t.Errorf("%s: %+v at %s, %v", name, known, revision, ok)
		}
	}
	if len(datasets.Names()) != 15 || !slices.Contains(datasets.Names(), "swe-bench-verified") {
		t.Errorf("names %v", datasets.Names())
	}
}
