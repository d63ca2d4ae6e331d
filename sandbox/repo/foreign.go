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

	"bench/internal/plainfile"
)

// foreign is a repository on this machine that somebody else made. Git is never
// started in it, since git would obey it: it is read through a git directory of our
// own that has its objects.
type foreign struct {
	top    string // the work tree's top directory; "" of a bare repository
	gitDir string // with HEAD and index
	common string // with objects; not gitDir of linked work trees only
	sha256 bool
}

var errForeign = errors.New("no git repository")

// mostOfGit is what a file of git's may have that is read here. The index of a million files
// has a hundred bytes of each.
const mostOfGit = 512 << 20

// openForeign returns the repository whose work tree or git directory path is.
func openForeign(path string) (foreign, error) {
	link := filepath.Join(path, ".git")
	info, err := os.Stat(link)
	switch {
	case err != nil:
		return asGitDir("", path)
	case info.IsDir():
		return asGitDir(path, link)
	}
	to, err := pointer(link, "gitdir: ")
	if err != nil {
		return foreign{}, fmt.Errorf("%w: %w", errForeign, err)
	}
	return asGitDir(path, to)
}

// aboveForeign returns the repository in whose work tree a directory is.
func aboveForeign(dir string) (foreign, error) {
	for {
		f, err := openForeign(dir)
		if err == nil && f.top != "" {
			return f, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return foreign{}, errForeign
		}
		dir = up
	}
}

var sha256Config = regexp.MustCompile(`(?mi)^\s*objectformat\s*=\s*sha256\s*$`)

// asGitDir takes dir for a git directory: of a repository, or of a linked work tree,
// whose objects lie with the repository's.
func asGitDir(top, dir string) (foreign, error) {
	f := foreign{top: top, gitDir: dir, common: dir}
	if to, err := pointer(filepath.Join(dir, "commondir"), ""); err == nil {
		f.common = to
	}
	for _, name := range []string{
		filepath.Join(dir, "HEAD"), filepath.Join(f.common, "refs"), f.objects(),
	} {
		if _, err := os.Lstat(name); err != nil {
			return foreign{}, fmt.Errorf("%w: %w", errForeign, err)
		}
	}
	config, err := plainfile.Read(filepath.Join(f.common, "config"), mostOfGit)
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // mirrors may have none
		return foreign{}, fmt.Errorf("%w: %w", errForeign, err)
	}
	f.sha256 = sha256Config.Match(config)
	return f, nil
}

func (f foreign) objects() string { return filepath.Join(f.common, "objects") }

// pointer reads a file that names a path, relative to its own directory.
func pointer(file, prefix string) (string, error) {
	b, err := plainfile.Read(file, mostOfGit)
	if err != nil {
		return "", err
	}
	path, ok := strings.CutPrefix(strings.TrimRight(string(b), "\r\n"), prefix)
	if !ok || path == "" {
		return "", fmt.Errorf("%s: want %sPATH", file, prefix)
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(file), path)
	}
	return path, nil
}

// view makes dir a git directory of our own that has the repository's objects, and
// where its history was cut short. What the repository says of itself, in
// configuration, hooks, attributes or refs, is not there.
func (f foreign) view(dir string) error {
	if err := makeGitDir(dir, f.sha256); err != nil {
		return err
	}
	if err := f.lend(dir); err != nil {
		return err
	}
	return copyIfThere(filepath.Join(f.common, "shallow"), filepath.Join(dir, "shallow"))
}

// lend lets the git directory dir read the repository's objects, but none that it
// borrows itself.
func (f foreign) lend(dir string) error {
	borrowed := filepath.Join(f.objects(), "info", "alternates")
	if info, err := os.Stat(borrowed); err == nil && info.Size() > 0 {
		return fmt.Errorf("%s names other repositories for objects, which are not read: "+
			"run `git repack -a -d` there and delete the file", borrowed)
	}
	objects, err := filepath.Abs(f.objects())
	if err != nil {
		return err
	}
	if strings.Contains(objects, "\n") {
		return fmt.Errorf("%q: a line feed in the path of a repository", objects)
	}
	return os.WriteFile(filepath.Join(dir, "objects/info/alternates"), []byte(objects+"\n"), 0o600)
}

// names returns what somebody works on below src, relative to it: tracked files, and
// untracked ones that are not ignored.
func (f foreign) names(ctx context.Context, src string) (names []string, err error) {
	err = scratch(func(dir string) error {
		if err := f.copyIndex(dir); err != nil {
			return err
		}
		// What is ignored may be the user's to say.
		g := git{dir: src, gitDir: dir, workTree: f.top, userConfig: true}
		out, err := g.run(ctx, "ls-files", "-z", "--cached", "--others", "--exclude-standard",
			"--deduplicate")
		names = strings.Split(strings.TrimSuffix(out, "\x00"), "\x00")
		return err
	})
	return names, err
}

// copyIndex makes dir a git directory that tracks and ignores what this one does.
func (f foreign) copyIndex(dir string) error {
	if err := makeGitDir(dir, f.sha256); err != nil {
		return err
	}
	from := map[string]string{
		filepath.Join(f.gitDir, "index"):        filepath.Join(dir, "index"),
		filepath.Join(f.common, "info/exclude"): filepath.Join(dir, "info/exclude"),
	}
	shared, err := filepath.Glob(filepath.Join(escaped(f.gitDir), "sharedindex.*"))
	if err != nil {
		return err
	}
	for _, name := range shared {
		from[name] = filepath.Join(dir, filepath.Base(name))
	}
	for name, to := range from {
		if err := copyIfThere(name, to); err != nil {
			return err
		}
	}
	_ = f.lend(dir) // only an index without files has git look for objects
	return nil
}

var special = regexp.MustCompile(`[*?\[\\]`)

// escaped is a pattern that matches the path alone.
func escaped(path string) string { return special.ReplaceAllString(path, `\$0`) }

// makeGitDir makes dir an empty git directory. Its attributes outrank those in a
// work tree, so that files are taken byte for byte, but for the encodings in which
// git itself reads and writes patches.
func makeGitDir(dir string, sha256 bool) error {
	for _, d := range []string{"objects/info", "refs", "info"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			return err
		}
	}
	config := "[core]\n\trepositoryFormatVersion = 0\n"
	if sha256 {
		config = "[core]\n\trepositoryFormatVersion = 1\n[extensions]\n\tobjectFormat = sha256\n"
	}
	for name, text := range map[string]string{
		"HEAD": "ref: refs/heads/none\n", "config": config,
		"info/attributes": "* -text !eol !diff -filter\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func copyIfThere(from, to string) error {
	b, err := plainfile.Read(from, mostOfGit)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o600)
}

// scratch lets f use the name of a directory that is gone afterwards.
func scratch(f func(dir string) error) error {
	dir, err := os.MkdirTemp("", "bench-git-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	return f(dir)
}
