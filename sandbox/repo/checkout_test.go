package repo_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bench"
	"bench/sandbox/repo"
)

// origin makes a repository whose main branch has the commits "one", "two",
// "three", tags and a side branch, and returns it with the id of "two".
func origin(t testing.TB) (dir, base string) {
	t.Helper()
	dir = t.TempDir()
	sh(t, dir, `git init -q -b main .
		echo one >a; mkdir d; echo x >d/x; git add .; git commit -qm one; git tag v1
		git checkout -qb side; echo side >side; git add .; git commit -qm side; git checkout -q main
		echo two >a; git commit -qam two; git tag -a -m second v2
		echo 'the secret fix' >a; git commit -qam three; git tag v3; git tag -a -m third v3a`)
	return dir, strings.TrimSpace(sh(t, dir, "git rev-parse main~1"))
}

func task(source bench.Source, base string) bench.Task {
	return bench.Task{InstanceID: "o__r-1", BaseCommit: base, Source: source}
}

func TestCheckoutRepository(t *testing.T) {
	t.Parallel()
	src, base := origin(t)
	bare := filepath.Join(t.TempDir(), "bare.git")
	sh(t, src, "git clone -q --bare . "+bare)
	headless := filepath.Join(t.TempDir(), "mirror") // as crawlers keep them: no config file
	sh(t, src, "git clone -q --mirror . "+headless+"; rm "+headless+"/config")
	for name, from := range map[string]string{
		"work tree": src, "bare": bare, "no config": headless, "file url": "file://" + bare,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "new")
			got, err := repo.Checkout(t.Context(), task(bench.Source{Repository: from}, base), dir)
			if err != nil || got != base {
				t.Fatalf("commit %q, error %v", got, err)
			}
			want := "one\ntwo\n"
			if log := sh(t, dir, "git log --reverse --format=%s"); log != want {
				t.Errorf("history %q, want %q", log, want)
			}
			if s := sh(t, dir, "git status --porcelain; git for-each-ref; git remote; git reflog"); s != "" {
				t.Errorf("not clean: %s", s)
			}
			if s := sh(t, dir, "git symbolic-ref -q HEAD || echo detached"); s != "detached\n" {
				t.Errorf("HEAD is %s", s)
			}
			if s := commits(t, dir); s != "2" {
				t.Errorf("%s commits stored", s)
			}
			if b, _ := os.ReadFile(filepath.Join(dir, "a")); string(b) != "two\n" {
				t.Errorf("a is %q", b)
			}
			if err := repo.CutHistory(t.Context(), box{dir: dir}, base); err != nil {
				t.Error(err)
			}
		})
	}
}

// commits counts the commits that are stored, reachable or not.
func commits(t testing.TB, dir string) string {
	t.Helper()
	return strings.TrimSpace(sh(t, dir,
		"git cat-file --batch-all-objects --batch-check | grep -c ' commit ' || true"))
}

func TestCheckoutTree(t *testing.T) {
	t.Parallel()
	src := t.TempDir()
	sh(t, src, `mkdir -p bin sub/empty; printf 'a\r\n' >'odd "name"'; echo '#!/bin/sh' >bin/run
		chmod 755 bin/run; ln -s ../nowhere sub/link; echo '*.o' >.gitignore; echo o >x.o
		chmod 600 x.o; echo '* text=auto' >.gitattributes`)
	var ids []string
	for range 2 {
		dir := filepath.Join(t.TempDir(), "new")
		id, err := repo.Checkout(t.Context(), task(bench.Source{Tree: src}, ""), dir)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
		if s := sh(t, dir, "git status --porcelain; git for-each-ref; git reflog"); s != "" {
			t.Errorf("not clean: %s", s)
		}
		want := "100644 .gitattributes\n100644 .gitignore\n100755 bin/run\n" +
			"100644 \"odd \\\"name\\\"\"\n120000 sub/link\n100644 x.o\n"
		got := sh(t, dir, "git ls-tree -r HEAD | sed 's/ .*\t/ /'")
		if got != want {
			t.Errorf("tree\n%s\nwant\n%s", got, want)
		}
		if s := sh(t, dir, `cmp "odd \"name\"" "`+src+`/odd \"name\""; readlink sub/link; ls -d sub/empty`); s !=
			"../nowhere\nsub/empty\n" {
			t.Errorf("files differ: %s", s)
		}
	}
	const want = "2c9c48399575a3ac2204e31ccdcf7e76ce2f8f4d"
	if ids[0] != want || ids[1] != want {
		t.Errorf("commits %v, want %s", ids, want)
	}
	again, err := repo.Checkout(t.Context(), task(bench.Source{Tree: src}, want), t.TempDir())
	if err != nil || again != want {
		t.Errorf("known base: %s, %v", again, err)
	}
}

func TestCheckoutErrors(t *testing.T) {
	t.Parallel()
	src, base := origin(t)
	empty, full, self := t.TempDir(), t.TempDir(), t.TempDir()
	sh(t, full, "echo x >x")
	nested := t.TempDir()
	sh(t, nested, "mkdir -p a/b; git init -q a/b")
	missing := filepath.Join(t.TempDir(), "nowhere")
	pipe := t.TempDir()
	sh(t, pipe, "mkfifo p")
	unknown := strings.Repeat("1", 40)
	for name, c := range map[string]struct {
		source bench.Source
		base   string
		dir    string
		want   string
	}{
		"no source":      {want: "neither a repository nor a tree"},
		"two sources":    {source: bench.Source{Repository: src, Tree: full}, want: "both"},
		"no such path":   {source: bench.Source{Repository: missing}, base: base, want: "no repository: stat " + missing},
		"not a repo":     {source: bench.Source{Repository: empty}, base: base, want: "no git repository"},
		"unknown commit": {source: bench.Source{Repository: src}, base: unknown, want: "no commit \"" + unknown},
		"no commit":      {source: bench.Source{Repository: src}, want: `no commit ""`},
		"short commit":   {source: bench.Source{Repository: src}, base: base[:8], want: "write " + base},
		"option":         {source: bench.Source{Repository: "--upload-pack=x"}, base: base, want: "no repository address"},
		"command":        {source: bench.Source{Repository: "ext::sh -c x"}, base: base, want: "no repository address"},
		"branch of url":  {source: bench.Source{Repository: "https://127.0.0.1:1/x"}, base: "main", want: "no full object id"},
		"dead url":       {source: bench.Source{Repository: "https://127.0.0.1:1/x"}, base: base, want: "fetch " + base},
		"no tree":        {source: bench.Source{Tree: missing}, want: "no tree"},
		"file as tree":   {source: bench.Source{Tree: full + "/x"}, want: "is no directory"},
		"nested git":     {source: bench.Source{Tree: nested}, want: "a/b/.git: a tree holds no repositories"},
		"pipe":           {source: bench.Source{Tree: pipe}, want: "p is no file, directory or symbolic link"},
		"other base":     {source: bench.Source{Tree: full}, base: unknown, want: "has changed: its commit should be " + unknown},
		"into itself":    {source: bench.Source{Tree: self}, dir: self + "/new", want: "lies in the tree"},
		"dir not empty":  {source: bench.Source{Tree: full}, dir: full, want: "directory not empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.dir == "" {
				c.dir = t.TempDir()
			}
			_, err := repo.Checkout(t.Context(), task(c.source, c.base), c.dir)
			if err == nil || !strings.Contains(err.Error(), c.want) ||
				!strings.HasPrefix(err.Error(), "check out o__r-1: ") {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}
