// Package examples_test holds the examples to what they promise.
package examples_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bench/config"
	"bench/datasets"
	"bench/llm/pricing"
	"bench/llm/scripted"
)

const tasks = "quickstart/tasks"

func taskNames(t *testing.T) []string {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(tasks, "*", "task.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(dirs))
	for i, d := range dirs {
		names[i] = filepath.Base(filepath.Dir(d))
	}
	if len(names) < 6 {
		t.Fatalf("%d tasks, want at least 6", len(names))
	}
	return names
}

func TestConfigurationsLoad(t *testing.T) {
	t.Parallel()
	env := map[string]string{"LLM_API_KEY": "key"}
	options := config.Options{
		Prices:  pricing.Lookup,
		Sources: []string{"swe-bench-verified"},
		Cached:  func(string) error { return nil },
		Env: func(name string) (string, bool) {
			v, ok := env[name]
			return v, ok
		},
	}
	for path, want := range map[string]int{
		"quickstart/bench.yaml": 3, "matrix/bench.yaml": 13, "swebench-verified.yaml": 3, "task-folder/bench.yaml": 1,
		"first-key/bench.yaml": 3, "nightly/bench.yaml": 2, "program/bench.yaml": 3, "router/bench.yaml": 3,
	} {
		c, err := config.Load(path, options)
		if err != nil {
			t.Errorf("%s:\n%v", path, err)
			continue
		}
		if len(c.Configurations) != want {
			t.Errorf("%s: %d configurations, want %d", path, len(c.Configurations), want)
		}
	}
}

// TestReadmeCountsDatasets: the README says how many datasets have a name.
func TestReadmeCountsDatasets(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("%d datasets by name", len(datasets.Names())); !strings.Contains(string(text), want) {
		t.Errorf("the README does not say %q", want)
	}
}

// TestTaskFolderHasEveryKey reads the commented folder.
func TestTaskFolderHasEveryKey(t *testing.T) {
	t.Parallel()
	set, err := datasets.Load(t.Context(), datasets.Options{Path: "task-folder"})
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Tasks) != 1 {
		t.Fatalf("%d tasks, want one", len(set.Tasks))
	}
	task := set.Tasks[0]
	for name, value := range map[string]string{
		"repository": task.Source.Repository, "base_commit": task.BaseCommit, "repo": task.Repo,
		"version": task.Version, "base_image": task.Source.BaseImage,
		"setup": strings.Join(task.Source.Setup, "\n"), "workdir": task.Source.Workdir,
		"test_command": task.TestCommand, "log_parser": task.LogParser,
		"eval_type": task.EvalType, "gold.patch": task.Patch, "test.patch": task.TestPatch,
	} {
		if value == "" {
			t.Errorf("the folder does not show %s", name)
		}
	}
}

// TestScriptNamesTasks finds rules that can never speak because their task
// does not exist, and tasks that nobody speaks about.
func TestScriptNamesTasks(t *testing.T) {
	t.Parallel()
	const path = "quickstart/script.yaml"
	if _, err := scripted.Load(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, m := range regexp.MustCompile(`when: \{task: ([^,}]+)`).FindAllSubmatch(text, -1) {
		named["quickstart__"+string(m[1])] = true
	}
	if got := slices.Sorted(maps.Keys(named)); !slices.Equal(got, taskNames(t)) {
		t.Errorf("the script speaks about %v, the tasks are %v", got, taskNames(t))
	}
}

// TestTasks runs the tests of every task without and with the gold patch.
func TestTasks(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("compiles seven modules, three times each")
	}
	for _, name := range taskNames(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkTask(t, filepath.Join(tasks, name))
		})
	}
}

func checkTask(t *testing.T, dir string) {
	t.Helper()
	var tests struct {
		FailToPass []string `json:"FAIL_TO_PASS"`
		PassToPass []string `json:"PASS_TO_PASS"`
	}
	text, err := os.ReadFile(filepath.Join(dir, "tests.json"))
	if err == nil {
		err = json.Unmarshal(text, &tests)
	}
	if err != nil {
		t.Fatal(err)
	}
	work := t.TempDir()
	if err := os.CopyFS(work, os.DirFS(filepath.Join(dir, "repo"))); err != nil {
		t.Fatal(err)
	}
	run(t, work, "git", "init", "-q")

	asFound := outcomes(t, work)
	if failed := names(asFound, "FAIL"); len(failed) > 0 || len(asFound) == 0 {
		t.Errorf("%d tests as found, of which fail: %v", len(asFound), failed)
	}
	apply(t, work, dir, "test.patch")
	before := outcomes(t, work)
	if failed := names(before, "FAIL"); !slices.Equal(failed, tests.FailToPass) {
		t.Errorf("without the gold patch fail %v, want %v", failed, tests.FailToPass)
	}
	if passed := names(before, "PASS"); !slices.Equal(passed, tests.PassToPass) {
		t.Errorf("without the gold patch pass %v, want %v", passed, tests.PassToPass)
	}
	apply(t, work, dir, "gold.patch")
	after := outcomes(t, work)
	want := slices.Sorted(slices.Values(slices.Concat(tests.FailToPass, tests.PassToPass)))
	if passed := names(after, "PASS"); !slices.Equal(passed, want) {
		t.Errorf("with the gold patch pass %v, want %v", passed, want)
	}
}

func apply(t *testing.T, work, dir, patch string) {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(dir, patch))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := run(t, work, "git", "apply", path); err != nil {
		t.Fatalf("apply %s: %v\n%s", patch, err, out)
	}
}

var verdict = regexp.MustCompile(`(?m)^\s*--- (PASS|FAIL|SKIP): (.+) \(.+\)$`)

// outcomes runs all tests in a directory.
func outcomes(t *testing.T, work string) map[string]string {
	t.Helper()
	out, err := run(t, work, "go", "test", "-v", "./...")
	found := map[string]string{}
	for _, m := range verdict.FindAllStringSubmatch(out, -1) {
		if _, twice := found[m[2]]; twice {
			t.Errorf("two tests are called %s", m[2])
		}
		found[m[2]] = m[1]
	}
	if err != nil && len(names(found, "FAIL")) == 0 {
		t.Fatalf("go test: %v\n%s", err, out)
	}
	return found
}

func run(t *testing.T, dir, name string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return strings.ReplaceAll(string(out), "\r\n", "\n"), err
}

func names(found map[string]string, outcome string) []string {
	var list []string
	for name, o := range found {
		if o == outcome {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}
