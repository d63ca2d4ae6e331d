package datasets

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"bench"
	"bench/internal/plainfile"
	"bench/internal/strictyaml"
)

// The files of a task folder. Only the first two must be there.
const (
	taskFile    = "task.yaml"
	problemFile = "problem_statement.md"
	testsFile   = "tests.json" // {"FAIL_TO_PASS": […], "PASS_TO_PASS": […]}
	hintsFile   = "hints.md"
	goldFile    = "gold.patch"
	testFile    = "test.patch"
	evalFile    = "eval.sh"
)

// folderTask is a task.yaml.
type folderTask struct {
	InstanceID  string   `json:"instance_id"`
	Repo        string   `json:"repo"`
	Repository  string   `json:"repository"`
	BaseCommit  string   `json:"base_commit"`
	Tree        string   `json:"tree"`
	BaseImage   string   `json:"base_image"`
	Image       string   `json:"image"`
	Setup       []string `json:"setup"`
	Workdir     string   `json:"workdir" jsonschema:"pattern=^/,example=/testbed"`
	TestCommand string   `json:"test_command"`
	LogParser   string   `json:"log_parser"`
	EvalType    string   `json:"eval_type" jsonschema:"enum=pass_and_fail,enum=fail_only"`
	Version     string   `json:"version"`
	FailToPass  []string `json:"fail_to_pass"`
	PassToPass  []string `json:"pass_to_pass"`
}

func isTaskFolder(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, taskFile))
	return err == nil && info.Mode().IsRegular()
}

// taskFolders returns the task folders directly below dir, sorted by name.
func taskFolders(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("load dataset: %w", err)
	}
	var folders []string
	for _, e := range entries {
		if path := filepath.Join(dir, e.Name()); isTaskFolder(path) {
			folders = append(folders, path)
		}
	}
	return folders, nil
}

func readFolders(ctx context.Context, folders []string, c *collector) error {
	for _, dir := range folders {
		if err := ctx.Err(); err != nil {
			return err
		}
		f := &folder{root: rootOf(c, dir), dir: dir, into: c}
		if err := f.read(); err != nil {
			return fmt.Errorf("load task folder %s: %w", dir, err)
		}
	}
	return nil
}

// folder is one task folder being read.
type folder struct {
	root string // what its files lie below
	dir  string
	yaml strictyaml.Decoder
	file folderTask
	into *collector
	errs strictyaml.Errors
}

func (f *folder) path(name string) string { return filepath.Join(f.dir, name) }

// open reads a file of the folder.
func (f *folder) open(name string) ([]byte, error) {
	return plainfile.ReadBelow(f.root, f.path(name), mostText)
}

// mostText is what a file of a task folder may have.
const mostText = 128 << 20

// rootOf is the directory out of which no file of a folder may lead: the dataset's, of which
// folders may share files, or the folder that the user has linked to there.
func rootOf(c *collector, dir string) string {
	if info, err := os.Lstat(dir); c.dir == "" || err != nil || info.Mode()&fs.ModeSymlink != 0 {
		return dir
	}
	return c.dir
}

// fail reports a mistake in the folder itself or in a file other than
// task.yaml.
func (f *folder) fail(name, format string, args ...any) {
	f.errs = append(f.errs, &strictyaml.Error{
		Message: f.path(name) + ": " + fmt.Sprintf(format, args...),
	})
}

// read reads the folder; the error is one of the machine, not of the folder.
func (f *folder) read() error {
	text, err := f.open(taskFile)
	if err != nil {
		return err
	}
	tree, errs := strictyaml.Parse(strictyaml.NewSource(f.path(taskFile), text), text)
	f.errs = errs
	var t bench.Task
	if tree != nil {
		f.yaml.Decode(tree, &f.file)
		t = f.task()
		f.errs = append(f.errs, f.yaml.Errors...)
	}
	if len(f.errs) > 0 {
		errs := new(Errors)
		errs.Add(f.errs.Sorted())
		f.into.add(bench.Task{InstanceID: t.InstanceID}, f.path(taskFile), "", errs)
		return nil
	}
	content, err := f.content(t)
	if err != nil {
		return err
	}
	f.into.task(t, f.path(taskFile), content)
	return nil
}

// task puts the task together and checks it.
func (f *folder) task() bench.Task {
	y := f.file
	t := bench.Task{
		InstanceID: cmp.Or(y.InstanceID, filepath.Base(absolute(f.dir))), Version: y.Version,
		BaseCommit: y.BaseCommit, Image: y.Image, TestCommand: y.TestCommand,
		LogParser: y.LogParser, EvalType: y.EvalType,
		ProblemStatement: f.text(problemFile, true), Hints: f.text(hintsFile, false),
		Patch: f.text(goldFile, false), TestPatch: f.text(testFile, false),
		EvalScript: f.text(evalFile, false),
		Source:     bench.Source{BaseImage: y.BaseImage, Setup: y.Setup, Workdir: y.Workdir},
	}
	if !IsID(t.InstanceID) {
		f.yaml.Fail(f.yaml.Value("instance_id"), "", "instance_id: expected letters, digits and "+
			". _ + @ -, found %q", t.InstanceID)
	}
	t.Repo = cmp.Or(y.Repo, "local/"+t.InstanceID)
	if y.Repo != "" && !repoRE.MatchString(y.Repo) {
		f.yaml.Fail(f.yaml.Value("repo"), "", "repo: expected owner/name, found %q", t.Repo)
	}
	f.source(&t)
	f.tests(&t)
	if t.TestCommand == "" && t.EvalScript == "" {
		f.yaml.Fail(f.yaml.Key(""), "test_command: the shell command that runs the tests, such as "+
			"go test -v ./...", "missing key \"test_command\", and there is no %s either", evalFile)
	}
	if t.LogParser == "" {
		f.yaml.Fail(f.yaml.Key(""), "log_parser: how the output of the tests is read, such as "+
			"parse_log_pytest", "missing key \"log_parser\"")
	}
	return t
}

var gitURLRE = regexp.MustCompile(`^[a-z][a-z0-9+.-]*://|^[^/\\]+@[^/\\:]+:`)

// source checks where the repository comes from.
func (f *folder) source(t *bench.Task) {
	y, d := f.file, &f.yaml
	switch {
	case y.Repository != "" && y.Tree != "":
		d.Fail(d.Key("tree"), "give one of them", "tree and repository are two sources")
	case y.Repository == "" && y.Tree == "" && y.Image == "":
		d.Fail(d.Key(""), "tree: a directory of this folder; or repository: and base_commit:; or "+
			"image: with the repository in it", "the task has no source")
	case y.Tree != "":
		t.Source.Tree = f.directory("tree", y.Tree)
		if y.BaseCommit != "" {
			d.Fail(d.Key("base_commit"), "remove it", "base_commit: a tree has no commits")
		}
	case y.Repository != "":
		t.Source.Repository = y.Repository
		if !gitURLRE.MatchString(y.Repository) {
			t.Source.Repository = f.directory("repository", y.Repository)
		}
	}
	if y.Tree == "" && !commitRE.MatchString(y.BaseCommit) && (y.Repository != "" || y.Image != "") {
		if y.BaseCommit == "" {
			d.Fail(d.Key(""), "", "missing key \"base_commit\": the commit that the task begins at")
			return
		}
		d.Fail(d.Value("base_commit"), "", "base_commit: expected 40 or 64 hexadecimal digits, found %q",
			y.BaseCommit)
	}
}

// directory returns the absolute path of a directory named in task.yaml.
func (f *folder) directory(key strictyaml.Path, rel string) string {
	path := absolute(rel)
	if !filepath.IsAbs(rel) {
		path = absolute(f.path(rel))
	}
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		f.yaml.Fail(f.yaml.Value(key), "", "%s: there is no directory %q in the task folder", key, rel)
	}
	return path
}

// absolute makes a path absolute, so that the task can be used anywhere.
func absolute(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil { // the working directory is gone: relative is all there is
		return filepath.Clean(path)
	}
	return abs
}

// tests reads the lists of tests, from task.yaml or from tests.json.
func (f *folder) tests(t *bench.Task) {
	inYAML := f.yaml.Has("fail_to_pass") || f.yaml.Has("pass_to_pass")
	text, err := f.open(testsFile)
	switch {
	case err == nil && inYAML:
		f.fail(testsFile, "the tests are in %s already: give them once", taskFile)
		return
	case err == nil:
		f.testsJSON(t, text)
	case inYAML:
		t.FailToPass, t.PassToPass = f.file.FailToPass, append([]string{}, f.file.PassToPass...)
	default:
		f.fail("", "no tests: %s with FAIL_TO_PASS and PASS_TO_PASS is missing, and so are "+
			"fail_to_pass and pass_to_pass in %s", testsFile, taskFile)
		return
	}
	if t.FailToPass != nil && len(t.FailToPass) == 0 {
		f.fail("", "no test judges the patch: FAIL_TO_PASS is empty")
	}
	if slices.Contains(t.FailToPass, "") || slices.Contains(t.PassToPass, "") {
		f.fail("", "a test has no name")
	}
}

func (f *folder) testsJSON(t *bench.Task, text []byte) {
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields()
	var tests struct {
		FailToPass *[]string `json:"FAIL_TO_PASS"`
		PassToPass *[]string `json:"PASS_TO_PASS"`
	}
	if err := d.Decode(&tests); err != nil {
		f.fail(testsFile, "%v", noEOF(err))
		return
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		f.fail(testsFile, "more follows the object")
	}
	if tests.FailToPass == nil || tests.PassToPass == nil {
		f.fail(testsFile, "expected {\"FAIL_TO_PASS\": […], \"PASS_TO_PASS\": […]}")
		return
	}
	t.FailToPass, t.PassToPass = *tests.FailToPass, *tests.PassToPass
}

// text reads a file of the folder; a missing one is empty.
func (f *folder) text(name string, required bool) string {
	b, err := f.open(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !required:
	case errors.Is(err, fs.ErrNotExist):
		f.fail(name, "the file is missing")
	case err != nil:
		f.fail(name, "%v", err)
	case !utf8.Valid(b):
		f.fail(name, "not UTF-8 text")
	case required && strings.TrimSpace(string(b)) == "":
		f.fail(name, "the file is empty")
	}
	return string(b)
}

// content is the hash of what the repository is made from, where the task
// itself does not say: a tree's files. A commit names its content by itself.
func (f *folder) content(t bench.Task) (string, error) {
	if t.Source.Tree == "" {
		return "", nil
	}
	return treeHash(t.Source.Tree)
}

// ContentOf is a hash of the files below a directory, as a bench.Verifier names that of
// its folder.
func ContentOf(dir string) (string, error) { return treeHash(dir) }

// treeHash is "tree:" and a hash of the files below a directory.
func treeHash(dir string) (string, error) {
	h := sha256.New()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		sum, mode, err := fileHash(path, e)
		fmt.Fprintf(h, "%s %s %s\x00", sum, mode, filepath.ToSlash(rel))
		return err
	})
	return "tree:" + hex.EncodeToString(h.Sum(nil)), err
}

// fileHash hashes a file as git sees it: its content, whether it is executable,
// or where a link leads to.
func fileHash(path string, e fs.DirEntry) (sum, mode string, err error) {
	h := sha256.New()
	if e.Type()&fs.ModeSymlink != 0 {
		target, err := os.Readlink(path)
		io.WriteString(h, target)
		return hex.EncodeToString(h.Sum(nil)), "link", err
	}
	if !e.Type().IsRegular() {
		return "", "other", nil
	}
	file, err := os.Open(path)
	if err != nil {
		return "", "", err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", "", err
	}
	mode = "file"
	if info.Mode()&0o111 != 0 {
		mode = "executable"
	}
	_, err = io.Copy(h, file)
	return hex.EncodeToString(h.Sum(nil)), mode, err
}
