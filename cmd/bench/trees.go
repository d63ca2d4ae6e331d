package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"bench"
	"bench/datasets"
	"bench/sandbox/repo"
)

// trees are the commits of the trees of tasks, each computed once.
type trees map[string]string

func (t trees) commit(ctx context.Context, tree string) (string, error) {
	if c, ok := t[tree]; ok {
		return c, nil
	}
	c, err := repo.TreeCommit(ctx, tree)
	if err == nil {
		t[tree] = c
	}
	return c, err
}

// pinTrees records in tasks the commit of their trees, which whoever makes a
// sandbox compares: a tree that is edited while its run goes on, or before it is
// resumed, would give the trials different tasks.
func pinTrees(ctx context.Context, tasks []bench.Task) error {
	known := trees{}
	for i := range tasks {
		t := &tasks[i]
		if t.Source.Tree == "" || t.BaseCommit != "" {
			continue
		}
		c, err := known.commit(ctx, t.Source.Tree)
		if err != nil {
			return fmt.Errorf("read the tree of %s: %w", t.InstanceID, err)
		}
		t.BaseCommit = c
	}
	return nil
}

// unchanged refuses to resume a run of which a tree has changed. One that is
// gone may be in an image: that is found out when a sandbox is made.
func unchanged(ctx context.Context, plan []bench.Trial) error {
	known := trees{}
	for _, t := range plan {
		if err := sameFolder(t.Task); err != nil {
			return err
		}
		tree, want := t.Task.Source.Tree, t.Task.BaseCommit
		if tree == "" || want == "" {
			continue
		}
		got, err := known.commit(ctx, tree)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return fmt.Errorf("read the tree of %s: %w", t.Task.InstanceID, err)
		case got != want:
			return bench.Usagef("%s: %w\n"+
				"  put it back as it was when the run was started, or start a new run",
				t.Task.InstanceID, &repo.TreeError{Tree: tree, Want: want, Got: got})
		}
	}
	return nil
}

// sameFolder refuses a task whose folder, which its verifier is read from, is another one
// than when the run was started.
func sameFolder(t bench.Task) error {
	v := t.Verifier()
	if v == nil {
		return nil
	}
	got, err := datasets.ContentOf(v.Folder)
	if err != nil {
		return fmt.Errorf("read the folder of %s: %w", t.InstanceID, err)
	}
	if got != v.Content {
		return bench.Usagef("%s: the files of %s have changed\n"+
			"  put them back as they were when the run was started, or start a new run",
			t.InstanceID, v.Folder)
	}
	return nil
}
