package repo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"

	"bench"
)

// Checkout makes dir, which must be empty or not exist, a git repository whose
// detached HEAD is the task's base commit, and returns that commit's id.
//
// From Source.Repository come the commit and all its ancestors, and nothing
// else: no remote, branch, tag, reflog or newer object. From Source.Tree comes
// one commit of the whole directory; the same tree gives the same id, and
// Task.BaseCommit must be that id or empty.
func Checkout(ctx context.Context, task bench.Task, dir string) (commit string, err error) {
	src := task.Source
	switch {
	case src.Repository != "" && src.Tree != "":
		err = errors.New("both a repository and a tree are given")
	case src.Repository != "":
		commit, err = fromRepository(ctx, src.Repository, task.BaseCommit, dir)
	case src.Tree != "":
		commit, err = fromTree(ctx, src.Tree, task.BaseCommit, dir)
	default:
		err = errors.New("neither a repository nor a tree is given")
	}
	if err != nil {
		return "", fmt.Errorf("check out %s: %w", task.InstanceID, err)
	}
	return commit, nil
}

func fromRepository(ctx context.Context, source, base, dir string) (string, error) {
	path, err := origin(source)
	if err != nil {
		return "", err
	}
	if path == "" {
		if !objectID.MatchString(base) {
			return "", fmt.Errorf("base commit %q is no full object id", base)
		}
		return base, bring(ctx, git{dir: dir, userConfig: true}, source, base)
	}
	f, err := openForeign(path)
	if err != nil {
		return "", err
	}
	return base, scratch(func(view string) error {
		if err := f.view(view); err != nil {
			return err
		}
		if err := knows(ctx, view, base, path); err != nil {
			return err
		}
		// Whoever serves our own view of the repository is told to serve any commit.
		return bring(ctx, git{dir: dir}, view, base, "--upload-pack="+
			"git -c uploadpack.allowAnySHA1InWant=true -c core.commitGraph=false "+
			"-c core.multiPackIndex=false -c safe.directory='*' upload-pack")
	})
}

// remote matches what git takes for a URL or host:path rather than a path.
var remote = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*://|[^/:]+:)`)

// origin tells a path from a URL, for which it is empty. Only for a URL is the user's
// own configuration read, where credentials and proxies are; git's protocols that run
// commands are not accepted, nor addresses of two lines, of which helpers for
// credentials could take the second for another host.
func origin(source string) (path string, err error) {
	if strings.HasPrefix(source, "-") || strings.Contains(source, "::") ||
		strings.ContainsFunc(source, unicode.IsControl) {
		return "", fmt.Errorf("no repository address: %q", source)
	}
	path = strings.TrimPrefix(source, "file://")
	_, missing := os.Stat(path)
	switch {
	case missing == nil:
		return filepath.Abs(path)
	case path == source && remote.MatchString(source):
		return "", nil
	}
	return "", fmt.Errorf("no repository: %w", missing)
}

// knows checks base in our view of the repository at path, before anything is made.
func knows(ctx context.Context, view, base, path string) error {
	g := git{dir: view, gitDir: view}
	full, err := g.run(ctx, "rev-parse", "-q", "--verify", "--end-of-options", base+"^{commit}")
	switch {
	case err != nil && ctx.Err() != nil:
		return err
	case err != nil || base == "":
		return fmt.Errorf("no commit %q in %s: want a full object id", base, path)
	case full != base:
		return fmt.Errorf("base commit %q is no full object id: write %s", base, full)
	}
	return nil
}

// bring makes g.dir a repository of the base commit and its ancestors.
func bring(ctx context.Context, g git, source, base string, options ...string) error {
	if err := g.create(ctx, len(base) == 64); err != nil {
		return err
	}
	args := append([]string{"fetch", "-q", "--no-tags", "--no-write-fetch-head", "--update-shallow",
		"--no-recurse-submodules", "--no-auto-maintenance"}, options...)
	if _, err := g.run(ctx, append(args, "--", source, base)...); err != nil {
		return fmt.Errorf("fetch %s from %s: %w", base, source, err)
	}
	return g.settle(ctx, base)
}

// create makes an empty repository in g.dir, without template files.
func (g git) create(ctx context.Context, sha256 bool) error {
	if err := makeEmpty(g.dir); err != nil {
		return err
	}
	format := "sha1"
	if sha256 {
		format = "sha256"
	}
	_, err := g.run(ctx, "init", "-q", "--template=", "--initial-branch=main",
		"--object-format="+format)
	return err
}

func makeEmpty(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) > 0 {
		err = &fs.PathError{Op: "use", Path: dir, Err: errors.New("directory not empty")}
	}
	return err
}

// settle checks the commit out and packs everything into one pack. Its bitmap
// costs seconds once and saves CutHistory the walk through all objects.
func (g git) settle(ctx context.Context, commit string) error {
	g.userConfig = false
	if _, err := g.run(ctx, "checkout", "-q", "--detach", commit); err != nil {
		return err
	}
	_, err := g.run(ctx, "repack", "-q", "-a", "-d", "-b")
	return err
}
