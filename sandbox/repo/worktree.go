package repo

import (
	"bytes"
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
	g := git{dir: src, userConfig: true} // what is ignored may be the user's to say
	names, err := g.run(ctx, "ls-files", "-z", "--cached", "--others", "--exclude-standard",
		"--deduplicate")
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, err
	case err != nil: // no work tree
		return nil, copyTree(ctx, src, dst)
	}
	for name := range strings.SplitSeq(names, "\x00") {
		if name == "" {
			continue
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

// ApplyToWorkTree applies a patch to the files in a directory of this machine,
// all of it or, with a *PatchError that carries git's message, nothing. Index
// and commits of a repository there stay as they are.
func ApplyToWorkTree(ctx context.Context, dir, patch string) error {
	dir, err := filepath.EvalSymlinks(dir) // git sees through links, and so must its ceiling
	if err == nil {
		dir, err = filepath.Abs(dir)
	}
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "git", append(append([]string{}, settings...),
		"apply", "--whitespace=nowarn", "-")...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(patch)
	// Names in the patch are those in dir, also where dir is a part of a repository.
	cmd.Env = append(git{}.environment(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) && ctx.Err() == nil {
			return &PatchError{strings.TrimSpace(said.String())}
		}
		return fmt.Errorf("git apply: %w", err)
	}
	return nil
}
