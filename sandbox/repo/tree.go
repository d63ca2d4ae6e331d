package repo

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// identity makes a commit depend on its tree alone.
var identity = []string{
	"GIT_AUTHOR_NAME=bench", "GIT_AUTHOR_EMAIL=bench@localhost",
	"GIT_AUTHOR_DATE=2000-01-01T00:00:00Z",
	"GIT_COMMITTER_NAME=bench", "GIT_COMMITTER_EMAIL=bench@localhost",
	"GIT_COMMITTER_DATE=2000-01-01T00:00:00Z",
}

// fromTree commits a copy of the directory src. Ignored files are committed
// too: all of the tree is the task.
func fromTree(ctx context.Context, src, base, dir string) (string, error) {
	commit, err := commitTree(ctx, src, dir)
	if err != nil {
		return "", err
	}
	if base != "" && base != commit {
		return "", &TreeError{Tree: src, Want: base, Got: commit}
	}
	return commit, git{dir: dir, env: identity}.settle(ctx, commit)
}

// TreeError reports a tree that is not what it was, or what a task says it is.
type TreeError struct{ Tree, Want, Got string } // the ids are those of commits

func (e *TreeError) Error() string {
	return fmt.Sprintf("the tree %s has changed: its commit should be %s and is %s", e.Tree, e.Want,
		e.Got)
}

// TreeCommit returns the id that Checkout gives the base commit of a tree.
func TreeCommit(ctx context.Context, tree string) (string, error) {
	dir, err := os.MkdirTemp("", "bench-tree-")
	if err != nil {
		return "", fmt.Errorf("%w: name a directory that can be written to in TMPDIR", err)
	}
	defer os.RemoveAll(dir)
	return commitTree(ctx, tree, dir)
}

// commitTree commits a copy of the directory src in dir, which it makes.
func commitTree(ctx context.Context, src, dir string) (string, error) {
	if err := makeEmpty(dir); err != nil {
		return "", err
	}
	if err := copyTree(ctx, src, dir); err != nil {
		return "", err
	}
	g := git{dir: dir, env: identity}
	steps := [][]string{
		{"init", "-q", "--template=", "--initial-branch=main", "--object-format=sha1"},
		{"add", "--all", "--force", "."},
	}
	for _, args := range steps {
		if _, err := g.run(ctx, args...); err != nil {
			return "", err
		}
	}
	tree, err := g.run(ctx, "write-tree")
	if err != nil {
		return "", err
	}
	return g.run(ctx, "commit-tree", "-m", "Base", tree)
}

// copyTree copies the directory src to the existing directory dst: files,
// executable bits, symbolic links as they are. Repositories within it and
// anything that is no file are refused.
func copyTree(ctx context.Context, src, dst string) error {
	root, err := filepath.EvalSymlinks(src) // WalkDir does not follow the root
	if err != nil {
		return fmt.Errorf("no tree: %w", err)
	}
	if info, err := os.Stat(root); err != nil || !info.IsDir() {
		return fmt.Errorf("no tree: %s is no directory", src)
	}
	if err := outside(root, dst); err != nil {
		return err
	}
	return filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if e.Name() == ".git" && rel != "." {
			return fmt.Errorf("%s: a tree holds no repositories: give it as a repository", path)
		}
		return copyEntry(path, filepath.Join(dst, rel), e)
	})
}

// outside refuses a copy into the copied directory, which would never end.
func outside(root, dst string) error {
	dst, err := filepath.EvalSymlinks(dst)
	if err != nil {
		return err
	}
	if dst, err = filepath.Abs(dst); err != nil {
		return err
	}
	if root, err = filepath.Abs(root); err != nil {
		return err
	}
	if rel, err := filepath.Rel(root, dst); err == nil && filepath.IsLocal(rel) {
		return fmt.Errorf("%s lies in the tree %s", dst, root)
	}
	return nil
}

func copyEntry(from, to string, e fs.DirEntry) error {
	switch e.Type() {
	case fs.ModeDir:
		return os.MkdirAll(to, 0o755)
	case fs.ModeSymlink:
		target, err := os.Readlink(from)
		if err != nil {
			return err
		}
		return os.Symlink(target, to)
	case 0:
		return copyFile(from, to)
	default:
		return fmt.Errorf("%s is no file, directory or symbolic link", from)
	}
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if info.Mode()&0o100 != 0 {
		mode = 0o755
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	if _, err = io.Copy(out, in); err == nil {
		err = out.Chmod(mode) // whatever the umask
	}
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	return err
}
