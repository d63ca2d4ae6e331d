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
	g, local, err := origin(source)
	if err != nil {
		return "", err
	}
	if err := g.knows(ctx, local, base); err != nil {
		return "", err
	}
	g.dir = dir
	if err := g.create(ctx, len(base) == 64); err != nil {
		return "", err
	}
	if err := g.fetch(ctx, source, base); err != nil {
		return "", err
	}
	return base, g.settle(ctx, base)
}

// remote matches what git takes for a URL or host:path rather than a path.
var remote = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*://|[^/:]+:)`)

// origin tells a path from a URL, and returns a git that may read it. Only for
// a URL is the user's own configuration read, where credentials and proxies
// are; git's protocols that run commands are not accepted.
func origin(source string) (g git, local string, err error) {
	if strings.HasPrefix(source, "-") || strings.Contains(source, "::") {
		return git{}, "", fmt.Errorf("no repository address: %q", source)
	}
	if path, ok := strings.CutPrefix(source, "file://"); ok {
		source = path
	} else if _, err := os.Stat(source); err != nil && remote.MatchString(source) {
		return git{userConfig: true}, "", nil
	}
	if source, err = filepath.Abs(source); err != nil {
		return git{}, "", err
	}
	if _, err := os.Stat(source); err != nil {
		return git{}, "", fmt.Errorf("no repository: %w", err)
	}
	return git{}, source, nil
}

// knows checks base against what can be known before anything is made.
func (g git) knows(ctx context.Context, local, base string) error {
	if local == "" {
		if !objectID.MatchString(base) {
			return fmt.Errorf("base commit %q is no full object id", base)
		}
		return nil
	}
	g.dir = local
	if _, err := g.run(ctx, "rev-parse", "--git-dir"); err != nil {
		return fmt.Errorf("no git repository: %w", err)
	}
	full, err := g.run(ctx, "rev-parse", "-q", "--verify", "--end-of-options", base+"^{commit}")
	switch {
	case err != nil || base == "":
		return fmt.Errorf("no commit %q in %s", base, local)
	case full != base:
		return fmt.Errorf("base commit %q is no full object id: write %s", base, full)
	}
	return nil
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

// fetch brings exactly the base commit and its ancestors. Whoever serves a
// local repository is told to serve any commit, and any owner's.
func (g git) fetch(ctx context.Context, source, base string) error {
	args := []string{"fetch", "-q", "--no-tags", "--no-write-fetch-head", "--update-shallow",
		"--no-recurse-submodules", "--no-auto-maintenance"}
	if !g.userConfig {
		abs, err := filepath.Abs(strings.TrimPrefix(source, "file://"))
		if err != nil {
			return err
		}
		source = abs
		args = append(args, "--upload-pack="+
			"git -c uploadpack.allowAnySHA1InWant=true -c safe.directory='*' upload-pack")
	}
	if _, err := g.run(ctx, append(args, "--", source, base)...); err != nil {
		return fmt.Errorf("fetch %s from %s: %w", base, source, err)
	}
	return nil
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
