package repo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// CopyWorkTree copies what somebody works on from the directory src of this
// machine to the existing directory dst: of a git work tree, or a part of one,
// all tracked files as they are, changes included, and the untracked ones that
// are not ignored; of another directory, everything. Nothing of src is touched.
//
// Submodules and repositories within are left out; their names are returned.
func CopyWorkTree(ctx context.Context, src, dst string) (left []string, err error) {
	if src, err = resolved(src); err != nil {
		return nil, err
	}
	f, err := aboveForeign(src)
	if errors.Is(err, errForeign) { // no work tree
		return nil, copyTree(ctx, src, dst)
	}
	if err != nil {
		return nil, err
	}
	names, err := f.names(ctx, src)
	if err != nil {
		return nil, err
	}
	inside := parents{"": true, ".": true}
	for _, name := range names {
		if name == "" {
			continue
		}
		if !filepath.IsLocal(name) {
			return left, fmt.Errorf("%s: the index of the repository names a file outside", name)
		}
		if err := ctx.Err(); err != nil {
			return left, err
		}
		info, err := os.Lstat(filepath.Join(src, name))
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
			continue // deleted, and not yet committed
		case err != nil:
			return left, err
		case !inside.has(src, filepath.Dir(name)):
			continue // beyond a link, which git takes for deleted, too
		case info.IsDir():
			left = append(left, strings.TrimSuffix(name, "/"))
			continue
		}
		to := filepath.Join(dst, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return left, err
		}
		if err := copyEntry(filepath.Join(src, name), to, fs.FileInfoToDirEntry(info)); err != nil {
			return left, err
		}
	}
	return left, nil
}

// parents are directories of a tree, and whether they are reached without a link.
type parents map[string]bool

func (p parents) has(root, dir string) bool {
	known, seen := p[dir]
	if !seen {
		info, err := os.Lstat(filepath.Join(root, dir))
		known = err == nil && info.IsDir() && p.has(root, filepath.Dir(dir))
		p[dir] = known
	}
	return known
}

// ApplyToWorkTree applies a patch to the files in a directory of this machine,
// all of it or, with a *PatchError that carries git's message, nothing. Index
// and commits of a repository there stay as they are.
func ApplyToWorkTree(ctx context.Context, dir, patch string) error {
	dir, err := resolved(dir)
	if err != nil {
		return err
	}
	return scratch(func(own string) error {
		if err := makeGitDir(own, false); err != nil {
			return err
		}
		g := git{dir: dir, gitDir: own, workTree: dir, stdin: strings.NewReader(patch)}
		said, err := g.command(ctx, "apply", "--whitespace=nowarn", "-").CombinedOutput()
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && ctx.Err() == nil {
			return &PatchError{strings.TrimSpace(string(said))}
		}
		if err != nil {
			return fmt.Errorf("git apply: %w", err)
		}
		return nil
	})
}

// resolved is a path as git sees it, which looks through links.
func resolved(path string) (string, error) {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}
