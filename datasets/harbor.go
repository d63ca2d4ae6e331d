package datasets

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"bench"
	"bench/internal/plainfile"
)

// The files of a Harbor task that are read; environment, tests and solution are
// directories beside them.
const (
	harborFile    = "task.toml"
	harborProblem = "instruction.md"
)

func isHarbor(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, harborFile))
	return err == nil && info.Mode().IsRegular()
}

// harborFolders returns the Harbor tasks directly below dir, sorted by name.
func harborFolders(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("load dataset: %w", err)
	}
	var folders []string
	for _, e := range entries {
		if path := filepath.Join(dir, e.Name()); isHarbor(path) {
			folders = append(folders, path)
		}
	}
	return folders, nil
}

func readHarbor(ctx context.Context, folders []string, c *collector) error {
	for _, dir := range folders {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := c.harbor(dir); err != nil {
			return fmt.Errorf("load Harbor task %s: %w", dir, err)
		}
	}
	return nil
}

// harbor reads one Harbor task. The error is one of the machine.
func (c *collector) harbor(dir string) error {
	where := filepath.Join(dir, harborFile)
	root := rootOf(c, dir)
	b, err := plainfile.ReadBelow(root, where, mostText)
	if err != nil {
		return err
	}
	id := filepath.Base(absolute(dir))
	spoiled := func(file, format string, args ...any) error {
		c.spoiled(&Error{Where: filepath.Join(dir, file), Instance: id,
			Message: fmt.Sprintf(format, args...)})
		return nil
	}
	document, err := readTOML(string(b))
	if err != nil {
		return spoiled(harborFile, "%v", err)
	}
	if !IsID(id) {
		return spoiled(harborFile, "expected a folder name of letters, digits and . _ + @ -, found %q",
			id)
	}
	problem, err := plainfile.ReadBelow(root, filepath.Join(dir, harborProblem), mostText)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return spoiled(harborProblem, "the file is missing")
	case err != nil:
		return err
	case !utf8.Valid(problem) || strings.TrimSpace(string(problem)) == "":
		return spoiled(harborProblem, "expected UTF-8 text that is not empty")
	}
	t := bench.Task{
		InstanceID: id, Repo: "harbor/" + id, ProblemStatement: string(problem),
		FailToPass: []string{"reward"}, PassToPass: []string{},
		Judging: &bench.Judging{Set: "harbor"},
	}
	content, err := treeHash(dir)
	if err != nil {
		return err
	}
	h := harborTask{&harborFields{}, absolute(dir), content}
	if err := h.fill(h.table(document, ""), &t); err != nil {
		return err
	}
	if len(h.mistakes) > 0 {
		return spoiled(harborFile, "%s", strings.Join(h.mistakes, "; "))
	}
	if t.Judging.Lacks = strings.Join(h.lacks, "; "); t.Judging.Lacks != "" {
		t.Judging.Verifier = nil
	}
	c.task(t, where, content)
	return nil
}

// foldersOf are the tasks of a directory of either kind.
func foldersOf(dir string) (own, harbor []string, err error) {
	if isTaskFolder(dir) {
		return []string{dir}, nil, nil
	}
	if isHarbor(dir) {
		return nil, []string{dir}, nil
	}
	own, errOwn := taskFolders(dir)
	harbor, errHarbor := harborFolders(dir)
	harbor = slices.DeleteFunc(harbor, isTaskFolder)
	return own, harbor, errors.Join(errOwn, errHarbor)
}
