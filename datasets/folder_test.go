package datasets_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bench"
	"bench/datasets"
)

// folder writes a task folder.
func folder(t *testing.T, dir string, files map[string]string) string {
	t.Helper()
	for name, content := range files {
		write(t, filepath.Join(dir, name), []byte(content))
	}
	return dir
}

func treeTask(tree string) map[string]string {
	return map[string]string{
		"task.yaml": "tree: " + tree + "\ntest_command: go test -v ./...\n" +
			"log_parser: parse_log_gotest\n",
		"problem_statement.md": "It breaks.\n",
		"tests.json":           `{"FAIL_TO_PASS": ["TestA"], "PASS_TO_PASS": ["TestB"]}`,
		tree + "/main.go":      "package main\n",
	}
}

// TestFolderStaysInside: a folder from somebody else reads no file of the machine, and waits
// for none. Folders of a dataset may share one.
func TestFolderStaysInside(t *testing.T) {
	t.Parallel()
	all := t.TempDir()
	write(t, filepath.Join(all, "set/shared.md"), []byte("It is broken.\n"))
	write(t, filepath.Join(all, "secret"), []byte("key\n"))
	for name, to := range map[string]string{
		"relative": "../../secret", "absolute": filepath.Join(all, "secret"), "device": "/dev/zero",
		"pipe": "", "shared": "../shared.md",
	} {
		dir := folder(t, filepath.Join(all, "set", name), treeTask("repo"))
		problem := filepath.Join(dir, "problem_statement.md")
		err := os.Remove(problem)
		if err == nil && to == "" {
			err = syscall.Mkfifo(problem, 0o600)
		} else if err == nil {
			err = os.Symlink(to, problem)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := datasets.Load(t.Context(), datasets.Options{Path: filepath.Join(all, "set")})
	for _, want := range []string{"relative", "absolute", "device", "pipe"} {
		if err == nil || !strings.Contains(err.Error(), filepath.Join("set", want, "problem_statement.md")) {
			t.Errorf("%s: %v", want, err)
		}
	}
	set, err := datasets.Load(t.Context(), datasets.Options{
		Path: filepath.Join(all, "set"), Selection: datasets.Selection{IDs: []string{"shared"}},
	})
	if err != nil || len(set.Tasks) != 1 || set.Tasks[0].ProblemStatement != "It is broken.\n" {
		t.Errorf("shared: %v, %v", set, err)
	}
}

// TestFolder: everything a folder can say.
func TestFolder(t *testing.T) {
	t.Parallel()
	dir := folder(t, filepath.Join(t.TempDir(), "acme__rocket-1"), map[string]string{
		"task.yaml": `# a comment
repo: acme/rocket
repository: ../clone
base_commit: ` + commit + `
base_image: "golang:1.26"
image: acme/rocket:1
setup: [go mod download, "make tools"]
workdir: /src
test_command: go test -v ./...
log_parser: parse_log_gotest
eval_type: fail_only
version: "1.2"
fail_to_pass: [TestA]
`,
		"problem_statement.md": "It breaks.\n", "hints.md": "Look there.\n",
		"gold.patch": "gold", "test.patch": "tests", "eval.sh": "#!/bin/sh\n",
		"../clone/.git/HEAD": "",
	})
	want := bench.Task{
		InstanceID: "acme__rocket-1", Repo: "acme/rocket", BaseCommit: commit, Version: "1.2",
		ProblemStatement: "It breaks.\n", Hints: "Look there.\n", Patch: "gold",
		TestPatch: "tests", FailToPass: []string{"TestA"}, PassToPass: []string{},
		Image: "acme/rocket:1", EvalScript: "#!/bin/sh\n", LogParser: "parse_log_gotest",
		EvalType: "fail_only", TestCommand: "go test -v ./...",
		Source: bench.Source{
			Repository: filepath.Join(filepath.Dir(dir), "clone"), BaseImage: "golang:1.26",
			Setup: []string{"go mod download", "make tools"}, Workdir: "/src",
		},
	}
	for _, path := range []string{dir, filepath.Dir(dir)} { // the folder, and the folder of folders
		set := mustLoad(t, datasets.Options{Path: path})
		if diff := cmp.Diff([]bench.Task{want}, set.Tasks); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

// TestFolderSources: URLs stay as they are, trees become absolute, a
// repository is owned by nobody in particular.
func TestFolderSources(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	folder(t, "tasks/b", treeTask("code"))
	remote := treeTask("unused")
	remote["task.yaml"] = "repository: git@example.com:acme/rocket.git\nbase_commit: " + commit +
		"\ntest_command: make test\nlog_parser: parse_log_pytest\n"
	folder(t, "tasks/a", remote)
	set := mustLoad(t, datasets.Options{Path: "tasks"})
	if diff := cmp.Diff([]string{"a", "b"}, ids(set.Tasks)); diff != "" {
		t.Fatal(diff)
	}
	if got := set.Tasks[0].Source.Repository; got != "git@example.com:acme/rocket.git" {
		t.Errorf("repository %q", got)
	}
	tree, err := filepath.EvalSymlinks(set.Tasks[1].Source.Tree)
	if err != nil {
		t.Fatal(err)
	}
	if real, _ := filepath.EvalSymlinks(dir); tree != filepath.Join(real, "tasks/b/code") {
		t.Errorf("tree %q", tree)
	}
	if got := set.Tasks[1].Repo; got != "local/b" {
		t.Errorf("repo %q", got)
	}
}

// TestFolderFingerprint: it follows the content, not the place.
func TestFolderFingerprint(t *testing.T) {
	t.Parallel()
	load := func(change func(map[string]string), after func(dir string) error) string {
		files := treeTask("repo")
		files["repo/run.sh"] = "#!/bin/sh\n"
		change(files)
		dir := folder(t, filepath.Join(t.TempDir(), "acme-1"), files)
		if err := after(dir); err != nil {
			t.Fatal(err)
		}
		return mustLoad(t, datasets.Options{Path: dir}).Fingerprint
	}
	same := func(map[string]string) {}
	nothing := func(string) error { return nil }
	first := load(same, nothing)
	if first != load(same, nothing) {
		t.Error("the same folder at another place has another fingerprint")
	}
	for name, other := range map[string]string{
		"changed file": load(func(f map[string]string) { f["repo/main.go"] += "//\n" }, nothing),
		"added file":   load(func(f map[string]string) { f["repo/x.go"] = "" }, nothing),
		"moved file": load(func(f map[string]string) {
			f["repo/sub/main.go"] = f["repo/main.go"]
			delete(f, "repo/main.go")
		}, nothing),
		"gold patch": load(func(f map[string]string) { f["gold.patch"] = "x" }, nothing),
		"executable": load(same, func(dir string) error {
			return os.Chmod(filepath.Join(dir, "repo/run.sh"), 0o755)
		}),
		"link": load(same, func(dir string) error {
			return os.Symlink("main.go", filepath.Join(dir, "repo/link.go"))
		}),
	} {
		if other == first {
			t.Errorf("%s: the fingerprint stays the same", name)
		}
	}
}

// TestExamples: the folders that come with the project load.
func TestExamples(t *testing.T) {
	t.Parallel()
	set := mustLoad(t, datasets.Options{Path: "../examples/quickstart/tasks"})
	if len(set.Tasks) < 6 {
		t.Errorf("%d tasks, want at least 6", len(set.Tasks))
	}
	for _, task := range set.Tasks {
		if task.Source.Tree == "" || task.Patch == "" || task.TestPatch == "" ||
			!strings.HasPrefix(task.InstanceID, "quickstart__") {
			t.Errorf("%s lacks something", task.InstanceID)
		}
	}
}
