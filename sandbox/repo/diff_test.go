package repo_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"bench/internal/require"
	"bench/sandbox/repo"
)

// project makes a small repository with one of each kind of file.
func project(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	sh(t, dir, `git init -q -b main .
		seq 100 >text; printf 'no newline' >bare; printf 'a\r\nb\r\nc\r\n' >crlf; printf '\0\1\2' >binary
		echo '#!/bin/sh' >run; chmod 755 run; ln -s text link; mkdir -p d/e; seq 9 >d/e/f; seq 8 >d/g
		printf '*.log\nbuild/\n' >.gitignore; echo kept >forced.log; : >empty
		printf '%s\n' '*.txt text eol=lf' '*.lock -diff' '*.f filter=f' '*.d diff=d' >.gitattributes
		printf 'x\r\ny\n' >mixed.txt; seq 5 >y.lock; seq 6 >z.f; seq 7 >q.d
		git add -f .; git commit -qm base`)
	return dir
}

// files is a listing of the work tree without .git directories and what is
// ignored: path, kind, executable bit and content.
func files(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.Name() == ".git" {
			if e.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		rel, _ := filepath.Rel(dir, path)
		switch {
		case e.Type() == os.ModeSymlink:
			target, err := os.Readlink(path)
			all[rel] = "-> " + target
			return err
		case e.Type() == 0:
			b, err := os.ReadFile(path)
			info, _ := e.Info()
			all[rel] = fmt.Sprintf("%v %s", info.Mode()&0o100 != 0, b)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// trip takes a baseline of dir, edits it, and holds the patch against a copy
// that was made before: patched, it must be equal to the edited one.
func trip(t testing.TB, dir, edit string) repo.Patch {
	t.Helper()
	b := box{dir: dir}
	base, err := repo.TakeBaseline(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	fresh := filepath.Join(t.TempDir(), "fresh")
	sh(t, dir, "cp -a . "+fresh)
	sh(t, dir, edit)
	p, err := repo.Diff(t.Context(), b, base)
	if err != nil {
		t.Fatal(err)
	}
	if !utf8.ValidString(p.Text) {
		t.Errorf("the patch is not UTF-8: %q", p.Text)
	}
	if err := repo.Apply(t.Context(), box{dir: fresh}, p.Text); err != nil {
		t.Fatalf("apply: %v\n%s", err, p.Text)
	}
	same(t, fresh, dir)
	return p
}

func same(t testing.TB, got, want string) {
	t.Helper()
	a, b := files(t, got), files(t, want)
	for _, name := range union(a, b) {
		if a[name] != b[name] {
			t.Errorf("%q is %.80q, want %.80q", name, a[name], b[name])
		}
	}
}

func union(a, b map[string]string) []string {
	var names []string
	for n := range a {
		names = append(names, n)
	}
	for n := range b {
		if _, ok := a[n]; !ok {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return names
}

func TestDiff(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit  string
		files []string
		has   []string // of the patch
	}{
		"nothing":      {edit: "touch text", files: nil},
		"edit":         {edit: "sed -i 50s/50/fifty/ text", files: []string{"text"}, has: []string{"-50\n+fifty\n"}},
		"new":          {edit: "mkdir n; echo 1 >n/x", files: []string{"n/x"}, has: []string{"new file mode 100644"}},
		"new empty":    {edit: ": >n", files: []string{"n"}},
		"delete":       {edit: "rm text; rm -r d", files: []string{"d/e/f", "d/g", "text"}, has: []string{"deleted file"}},
		"delete empty": {edit: "rm empty", files: []string{"empty"}},
		"rename":       {edit: "mv text moved", files: []string{"moved", "text"}, has: []string{"deleted file", "new file"}},
		"no newline":   {edit: "printf more >>bare", files: []string{"bare"}, has: []string{"\\ No newline"}},
		"newline":      {edit: "echo >>bare", files: []string{"bare"}, has: []string{"\\ No newline"}},
		"binary":       {edit: `head -c 3000 /dev/urandom >binary; printf 'a\0b' >b2`, files: []string{"b2", "binary"}, has: []string{"GIT binary patch"}},
		"crlf":         {edit: `sed -i 's/b/B/' crlf; sed -i s/y/z/ mixed.txt; printf 'n\r\n' >n.txt`, files: []string{"crlf", "mixed.txt", "n.txt"}, has: []string{"-b\r\n+B\r\n"}},
		"to lf":        {edit: `sed -i 's/\r//' crlf`, files: []string{"crlf"}},
		"mode":         {edit: "chmod -x run; chmod +x text", files: []string{"run", "text"}, has: []string{"old mode 100755\nnew mode 100644"}},
		"link":         {edit: "ln -sf run link; ln -s nowhere l2", files: []string{"l2", "link"}, has: []string{"120000"}},
		"file to link": {edit: "rm text; ln -s run text", files: []string{"text"}},
		"link to file": {edit: "rm link; echo x >link", files: []string{"link"}},
		"file to dir":  {edit: "rm text; mkdir text; echo x >text/a", files: []string{"text", "text/a"}},
		"dir to file":  {edit: "rm -r d; echo x >d", files: []string{"d", "d/e/f", "d/g"}},
		"dir to link":  {edit: "mv d d2; ln -s d2 d", files: []string{"d", "d/e/f", "d/g", "d2/e/f", "d2/g"}},
		"to fifo":      {edit: "rm text bare; mkfifo text pipe", files: []string{"bare", "text"}},
		"ignored":      {edit: "echo x >>forced.log", files: []string{"forced.log"}},
		"unignored":    {edit: "echo >.gitignore; echo n >n.log", files: []string{".gitignore", "n.log"}},
		"attributes":   {edit: "echo 7 >>y.lock; echo 7 >>z.f; echo 8 >>q.d", files: []string{"q.d", "y.lock", "z.f"}, has: []string{"+7\n", "+8\n"}},
		"new attributes": {
			edit: "echo '* text=auto working-tree-encoding=UTF-16' >.gitattributes; echo x >>crlf", files: []string{".gitattributes", "crlf"},
		},
		"odd names": {
			edit: `n=$'new\nline'; echo x >"$n"; echo x >'quo"te'; echo x >' lead'; echo x >$'caf\xe9'; echo x >'tab	x'
				echo x >'-n'; echo x >'back\slash'; mkdir 'a b'; echo x >'a b/c'; echo x >'"q'; rm 'bare'; echo x >é`,
			files: []string{" lead", "\"q", "-n", "a b/c", "back\\slash", "bare", "caf\xe9", "new\nline", "quo\"te", "tab\tx", "é"},
		},
		"committed": {edit: "echo x >>text; git commit -qam x; echo y >>text; git add .", files: []string{"text"}},
		"staged then deleted": {
			edit:  "echo x >new; git add new; rm new; git rm -q --cached bare; git update-index --assume-unchanged d/g; echo x >d/g",
			files: []string{"d/g"},
		},
		"history rewritten": {
			edit: `git checkout -q --orphan o; git commit -qm o; git branch -D main; git reflog expire --expire=all --all
				git gc -q --prune=now; echo x >>text`,
			files: []string{"text"},
		},
		"odd bytes": {
			edit:  `printf 'caf\351\n' >latin; printf '\377\n' >$'o\n"dd \351'; sed -i 's/3/\xe9/' text; echo é >utf8`,
			files: []string{"latin", "o\n\"dd \xe9", "text", "utf8"}, has: []string{"GIT binary patch", "+é"},
		},
		"staged by force": {
			edit: `mkdir build; echo 1 >build/x; echo 2 >new.log; echo 3 >$'o\n"dd.log'
				git add -f build/x new.log $'o\n"dd.log'; rm -rf build; ln -s d build`,
			files: []string{"build", "new.log", "o\n\"dd.log"},
		},
		"committed by force": {
			edit:  `mkdir build; echo 1 >build/x; echo 2 >new.log; git add -f .; git commit -qm x; git rm -rq --cached build new.log`,
			files: []string{"build/x", "new.log"},
		},
		"large": {edit: "head -c 6000000 /dev/urandom >big; yes 0123456789 | head -c 20000000 >big2", files: []string{"big", "big2"}},
		"many":  {edit: "mkdir m; for i in $(seq 500); do echo $i >m/$i; done; rm m/1", files: many(2, 500)},
		"settings": {
			edit: `git config diff.noprefix true; git config core.fsmonitor 'touch ran'; git config diff.external 'touch ran'
				git config diff.d.textconv 'touch ran; cat'; git config filter.f.clean 'touch ran; tr 0-9 x'; git config core.quotePath false
				git config core.fileMode false; git config core.excludesFile /dev/null; echo '*' >.git/info/exclude; git config diff.context 0
				echo '* -diff' >.git/info/attributes; echo 1 >>z.f; echo 1 >>q.d; chmod +x z.f; git config color.ui always
				git config core.worktree /nowhere; git config core.bare true; echo 1 >new`,
			files: []string{"new", "q.d", "z.f"}, has: []string{"--- a/q.d\n+++ b/q.d\n"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := trip(t, project(t), c.edit)
			if !slices.Equal(p.Files, c.files) {
				t.Errorf("files %q, want %q", p.Files, c.files)
			}
			if (p.Text == "") != (len(c.files) == 0) {
				t.Errorf("files %q, patch %q", p.Files, p.Text)
			}
			for _, want := range c.has {
				if !strings.Contains(p.Text, want) {
					t.Errorf("patch has no %q:\n%s", want, p.Text)
				}
			}
		})
	}
}

// Repositories that were made since the baseline are left out and named; those
// that were there are plain files.
func TestNested(t *testing.T) {
	t.Parallel()
	dir := project(t)
	b := box{dir: dir}
	sh(t, dir, `git init -q sub; echo s >sub/f; (cd sub; git add .; git commit -qm s); git add sub 2>/dev/null
		git init -q there; echo 1 >there/x`)
	base, err := repo.TakeBaseline(t.Context(), b)
	must(t, err)
	sh(t, dir, `git clone -q . in; git clone -q in in/deep; git worktree add -q w; rm text; git clone -q in text
		git init -q build; git init -q $'o\n"dd '; echo x >$'o\n"dd /x'; git init -q hollow
		git add in; git commit -qm in; echo t >>sub/f; git init -q sub/new; echo 2 >>there/x`)
	p, err := repo.Diff(t.Context(), b, base)
	must(t, err)
	if want := []string{"sub/f", "text", "there/x"}; !slices.Equal(p.Files, want) {
		t.Errorf("files %q, want %q", p.Files, want)
	}
	if want := []string{"hollow", "in", `"o\n\"dd "`, "sub/new", "text", "w"}; !slices.Equal(p.Left, want) {
		t.Errorf("left %q, want %q", p.Left, want)
	}
}

// Git converts files with the attribute working-tree-encoding before it applies
// a patch, as a grader does: https://git-scm.com/docs/gitattributes
func TestEncodings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	sh(t, dir, `git init -q -b main .; echo '*.rc working-tree-encoding=UTF-16LE' >.gitattributes; mkdir d
		printf 'one\ntwo\n' | iconv -t UTF-16LE >d/a.rc; cp d/a.rc b.rc; cp d/a.rc c.rc; git add .; git commit -qm base`)
	fresh := filepath.Join(t.TempDir(), "fresh")
	sh(t, dir, "cp -a . "+fresh)
	edit := `printf 'one\nTWO\n' | iconv -t UTF-16LE >d/a.rc; printf 'new\n' | iconv -t UTF-16LE >n.rc; rm b.rc`
	p := trip(t, dir, edit)
	if !strings.Contains(p.Text, "+TWO\n") {
		t.Errorf("not in UTF-8:\n%s", p.Text)
	}
	patch := filepath.Join(t.TempDir(), "patch")
	must(t, os.WriteFile(patch, []byte(p.Text), 0o644))
	sh(t, fresh, "git apply "+patch)
	same(t, fresh, dir)
	// Git cannot store a file that is not in its encoding; the others must not suffer.
	b := box{dir: dir}
	base, err := repo.TakeBaseline(t.Context(), b)
	must(t, err)
	sh(t, dir, "printf x >c.rc; echo new >n")
	p, err = repo.Diff(t.Context(), b, base)
	must(t, err)
	must(t, os.WriteFile(patch, []byte(p.Text), 0o644))
	sh(t, fresh, "git apply "+patch+"; cmp n "+dir+"/n")
}

// many is the sorted list of m/from to m/to.
func many(from, to int) []string {
	var list []string
	for i := from; i <= to; i++ {
		list = append(list, fmt.Sprintf("m/%d", i))
	}
	slices.Sort(list)
	return list
}

// TestDiffLeavesOutDirt: what an image left modified is no part of a patch, and
// the patch applies where the same is left.
func TestDiffLeavesOutDirt(t *testing.T) {
	t.Parallel()
	dir := project(t)
	sh(t, dir, `sed -i 1s/1/dirt/ text; echo dirt >untracked; rm run; echo s >staged; git add staged
		git init -q sub; echo s >sub/f; (cd sub; git add .; git commit -qm s); git add sub 2>&1; rm -r d`)
	p := trip(t, dir, "sed -i 90s/90/ninety/ text; echo more >>untracked; echo t >>sub/f; rm staged")
	if want := []string{"staged", "sub/f", "text", "untracked"}; !slices.Equal(p.Files, want) {
		t.Errorf("files %q, want %q", p.Files, want)
	}
	if strings.Contains(p.Text, "+dirt") {
		t.Errorf("dirt in the patch:\n%s", p.Text)
	}
}

func TestDiffConflictedAndSplitIndex(t *testing.T) {
	t.Parallel()
	dir := project(t)
	sh(t, dir, `git checkout -qb o; echo o >bare; git commit -qam o; git checkout -q main; echo m >bare
		git commit -qam m; git merge o >/dev/null 2>&1 || true`)
	trip(t, dir, "echo x >>text; rm bare")
	dir = project(t)
	sh(t, dir, "git update-index --split-index; echo x >>d/g; git add d/g")
	if p := trip(t, dir, "echo x >>text; echo x >>forced.log"); len(p.Files) != 2 {
		t.Errorf("files %q", p.Files)
	}
}

// TestBusybox: a machine with busybox instead of the usual tools will do.
func TestBusybox(t *testing.T) {
	t.Parallel()
	busybox := require.Program(t, "busybox")
	bin := t.TempDir()
	sh(t, bin, "ln -s $(command -v git) git; for a in $("+busybox+" --list); do ln -sf "+busybox+" $a; done")
	dir, base := origin(t)
	sh(t, dir, "git init -q in; echo 1 >in/f; git remote add o https://example.com/x; git branch -m 'm;x'")
	b := box{dir: dir, env: []string{"PATH=" + bin}, shell: []string{busybox, "sh"}}
	must(t, repo.CutHistory(t.Context(), b, base))
	taken, err := repo.TakeBaseline(t.Context(), b)
	must(t, err)
	fresh := filepath.Join(t.TempDir(), "fresh")
	sh(t, dir, "cp -a . "+fresh+`; echo 2 >in/f; rm d/x; mkfifo d/x; echo n >$'o\n"dd'; git init -q $'n\nn'`)
	p, err := repo.Diff(t.Context(), b, taken)
	must(t, err)
	if want := []string{"d/x", "in/f", "o\n\"dd"}; !slices.Equal(p.Files, want) {
		t.Errorf("files %q, want %q", p.Files, want)
	}
	must(t, repo.Apply(t.Context(), box{dir: fresh, env: b.env, shell: b.shell}, p.Text))
	same(t, fresh, dir)
	if commits(t, dir) != "2" {
		t.Error("more than the base and its parent are stored")
	}
}

func TestSHA256(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	sh(t, dir, "git init -q --object-format=sha256 .; seq 9 >a; git add .; git commit -qm 1; seq 8 >a; git commit -qam 2")
	base := strings.TrimSpace(sh(t, dir, "git rev-parse HEAD~1"))
	if err := repo.CutHistory(t.Context(), box{dir: dir}, base); err != nil {
		t.Fatal(err)
	}
	if p := trip(t, dir, "seq 7 >a; echo x >n"); !slices.Equal(p.Files, []string{"a", "n"}) {
		t.Errorf("files %q", p.Files)
	}
}

func TestDiffErrors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit string
		is   error
	}{
		"deleted":         {"rm -rf .git", repo.ErrNoRepository},
		"made anew":       {"rm -rf .git; git init -q .", repo.ErrNoRepository},
		"objects deleted": {"rm -rf .git/objects; echo x >>text", repo.ErrNoRepository},
		"everything gone": {"rm -rf .git *; rm .git*", repo.ErrNoRepository},
		"too large":       {"head -c 10000 /dev/urandom >big", repo.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			b := box{dir: project(t)}
			base, err := repo.TakeBaseline(t.Context(), b)
			if err != nil {
				t.Fatal(err)
			}
			sh(t, b.dir, c.edit)
			var wrecked *repo.WreckedError
			_, err = repo.DiffLimit(t.Context(), b, base, 10000, time.Minute)
			if !errors.Is(err, c.is) || !errors.As(err, &wrecked) {
				t.Errorf("error %v, want %v", err, c.is)
			}
		})
	}
	if _, err := repo.TakeBaseline(t.Context(), box{dir: t.TempDir()}); !noRepository(err) {
		t.Errorf("baseline without repository: %v", err)
	}
}

func TestApply(t *testing.T) {
	t.Parallel()
	dir := t.TempDir() // no repository at all
	sh(t, dir, "seq 5 >a; seq 5 >b")
	patch := func(f, old string) string {
		return fmt.Sprintf("diff --git a/%[1]s b/%[1]s\n--- a/%[1]s\n+++ b/%[1]s\n@@ -1,2 +1,2 @@\n-%[2]s\n+x \n 2\n", f, old)
	}
	b := box{dir: dir}
	if err := repo.Apply(t.Context(), b, ""); err != nil {
		t.Errorf("empty: %v", err)
	}
	err := repo.Apply(t.Context(), b, patch("a", "1")+patch("b", "7"))
	var refused *repo.PatchError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "b: patch does not apply") {
		t.Errorf("error %v", err)
	}
	if got := sh(t, dir, "head -n1 a b"); !strings.Contains(got, "a <==\n1\n") {
		t.Errorf("half applied: %s", got)
	}
	if err := repo.Apply(t.Context(), b, patch("a", "1")); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"no patch", patch("a", "x ")[:50], "diff --git a/../e b/../e\nnew file mode 100644\n--- /dev/null\n+++ b/../e\n@@ -0,0 +1 @@\n+x\n"} {
		if err := repo.Apply(t.Context(), b, bad); !errors.As(err, &refused) {
			t.Errorf("%q: error %v", bad, err)
		}
	}
	if got := sh(t, dir, "ls -a; cat a"); got != ".\n..\na\nb\nx \n2\n3\n4\n5\n" {
		t.Errorf("after all: %q", got)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A file that changes within the second in which the baseline was taken, and
// keeps its size, looks to git as if it had not changed.
func TestQuickEdit(t *testing.T) {
	t.Parallel()
	for range 10 {
		time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second)))
		begin := time.Now().Unix()
		dir := t.TempDir()
		sh(t, dir, `git init -q . && echo 1 >a && git add a && git commit -qm base`)
		b := box{dir: dir}
		base, err := repo.TakeBaseline(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		sh(t, dir, `echo 2 >a`)
		if time.Now().Unix() != begin {
			continue // too slow this time
		}
		time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second)))
		p, err := repo.Diff(t.Context(), b, base)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(p.Files, []string{"a"}) {
			t.Errorf("changed files %q, patch:\n%s", p.Files, p.Text)
		}
		return
	}
	t.Skip("this machine is too slow to edit a file within a second")
}
