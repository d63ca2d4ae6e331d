package repo_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bench"
	"bench/sandbox/repo"
)

// commanding are all settings of a repository that name commands for git to run. %s
// is a command that leaves a file, and the rest of the line becomes its name.
const commanding = `[core]
	fsmonitor = %[1]s.fsmonitor
	hooksPath = %[2]s/hooks
	sshCommand = %[1]s.ssh
	gitProxy = %[1]s.proxy
	pager = %[1]s.pager
	editor = %[1]s.editor
	askPass = %[1]s.askpass
	alternateRefsCommand = %[1]s.alternaterefs
	attributesFile = %[2]s/attributes
[filter "x"]
	clean = %[1]s.clean
	smudge = %[1]s.smudge
	process = %[1]s.process
	required = true
[diff]
	external = %[1]s.external
[diff "x"]
	textconv = %[1]s.textconv
	command = %[1]s.diff
[merge "x"]
	driver = %[1]s.merge
[uploadpack]
	packObjectsHook = %[1]s.packobjects
[extensions]
	partialClone = origin
[remote "origin"]
	url = %[2]s/nowhere
	promisor = true
	partialCloneFilter = blob:none
	uploadpack = %[1]s.uploadpack
	receivepack = %[1]s.receivepack
[remote "ext"]
	url = ext::%[1]s.ext
	promisor = true
[protocol]
	allow = always
[credential]
	helper = !%[1]s.credential
[gpg]
	program = %[1]s.gpg
[commit]
	gpgSign = true
[log]
	showSignature = true
[alias]
	ls-files = !%[1]s.alias
[submodule "s"]
	url = ./s
	update = !%[1]s.submodule
[init]
	templateDir = %[2]s
[includeIf "gitdir:/"]
	path = %[2]s/included
`

// hostile makes the repository dir name commands wherever git would run some, and
// returns the directory in which a command that runs leaves its name.
func hostile(t *testing.T, dir string) string {
	t.Helper()
	ran, tool := t.TempDir(), t.TempDir()
	must(t, os.WriteFile(tool+"/run.sh", []byte("#!/bin/sh\necho \"$*\" >"+ran+"/${0##*/}\nexit 1\n"), 0o755))
	sh(t, tool, `sed -n 's|^.*run\.\([a-z]*\)$|\1|p' <<'E' | while read -r n; do ln -s run.sh run.$n; done
`+strings.ReplaceAll(commanding, "%[1]s", "run")+`E
		mkdir hooks; for h in post-checkout post-index-change reference-transaction pre-applypatch fsmonitor; do
			ln -s ../run.sh hooks/$h; done
		echo '* filter=x diff=x merge=x text eol=crlf' >attributes
		printf '[core]\n\tfsmonitor = `+tool+`/run.included\n' >included; ln -s run.sh run.included`)
	git := strings.TrimSpace(sh(t, dir, "git rev-parse --absolute-git-dir"))
	sh(t, git, "rm -rf hooks; cp -r "+tool+"/hooks hooks; mkdir -p info; cp "+tool+"/attributes info/attributes")
	config := fmt.Sprintf(commanding, tool+"/run", tool)
	must(t, os.WriteFile(git+"/config", []byte("[core]\n\trepositoryFormatVersion = 1\n"+config), 0o600))
	return ran
}

// unused fails if something ran.
func unused(t *testing.T, ran string) {
	t.Helper()
	entries, err := os.ReadDir(ran)
	must(t, err)
	for _, e := range entries {
		what, _ := os.ReadFile(filepath.Join(ran, e.Name()))
		t.Errorf("git on the host ran %s: %s", e.Name(), what)
	}
}

func TestForeignRepositoriesRunNothing(t *testing.T) {
	t.Parallel()
	lacking := strings.Repeat("1", 40)
	for name, f := range map[string]func(t *testing.T, src, base string) error{
		"checkout": func(t *testing.T, src, base string) error {
			_, err := repo.Checkout(t.Context(), task(bench.Source{Repository: src}, base), t.TempDir())
			return err
		},
		"commit that is lacking": func(t *testing.T, src, _ string) error {
			_, err := repo.Checkout(t.Context(), task(bench.Source{Repository: src}, lacking), t.TempDir())
			if err == nil || !strings.Contains(err.Error(), "no commit") {
				t.Errorf("error %v", err)
			}
			return nil
		},
		"file that is lacking": func(t *testing.T, src, base string) error {
			blob := strings.TrimSpace(sh(t, src, "git -c extensions.partialClone= rev-parse "+base+":a"))
			must(t, os.Remove(filepath.Join(src, ".git/objects", blob[:2], blob[2:])))
			_, err := repo.Checkout(t.Context(), task(bench.Source{Repository: src}, base), t.TempDir())
			if err == nil {
				t.Error("checked out without a file")
			}
			return nil
		},
		"copy": func(t *testing.T, src, _ string) error {
			sh(t, src, "echo new >new; echo 'the secret fix, mended' >a")
			dst := t.TempDir()
			left, err := repo.CopyWorkTree(t.Context(), src, dst)
			if got := sh(t, dst, "find . -type f | sort"); got != "./.gitattributes\n./a\n./d/x\n./new\n" {
				t.Errorf("copied %q, left %q", got, left)
			}
			return err
		},
		"copy of a part": func(t *testing.T, src, _ string) error {
			dst := t.TempDir()
			_, err := repo.CopyWorkTree(t.Context(), filepath.Join(src, "d"), dst)
			if got := sh(t, dst, "find . -type f | sort"); got != "./x\n" {
				t.Errorf("copied %q", got)
			}
			return err
		},
		"apply": func(t *testing.T, src, _ string) error {
			err := repo.ApplyToWorkTree(t.Context(), src,
				"diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-the secret fix\n+mended\n")
			if b, _ := os.ReadFile(filepath.Join(src, "a")); string(b) != "mended\n" {
				t.Errorf("a is %q", b)
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src, base := origin(t)
			sh(t, src, "echo '* filter=x diff=x merge=x eol=crlf' >.gitattributes; git add .gitattributes")
			ran := hostile(t, src)
			if err := f(t, src, base); err != nil {
				t.Error(err)
			}
			unused(t, ran)
		})
	}
}

func TestForeignRepositoryForms(t *testing.T) {
	t.Parallel()
	src, base := origin(t)
	shallow := filepath.Join(t.TempDir(), "shallow")
	sh(t, src, "git clone -q --depth 2 file://$PWD "+shallow)
	sh(t, src, "git worktree add -q --detach "+shallow+"/linked "+base)
	for name, dir := range map[string]string{"shallow": shallow, "linked work tree": shallow + "/linked"} {
		got, err := repo.Checkout(t.Context(), task(bench.Source{Repository: dir}, base), t.TempDir())
		if err != nil || got != base {
			t.Errorf("%s: commit %q, error %v", name, got, err)
		}
	}
	borrowing := filepath.Join(t.TempDir(), "borrowing")
	sh(t, src, "git clone -q --shared . "+borrowing)
	_, err := repo.Checkout(t.Context(), task(bench.Source{Repository: borrowing}, base), t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "git repack -a -d") {
		t.Errorf("objects of another repository: error %v", err)
	}
	dst := t.TempDir()
	if _, err := repo.CopyWorkTree(t.Context(), borrowing, dst); err != nil {
		t.Error(err)
	}
	sh(t, dst, "cat a d/x")
	_, err = repo.Checkout(t.Context(), task(bench.Source{Repository: "https://a.example/\nhost=b"}, base), t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "no repository address") {
		t.Errorf("address of two lines: error %v", err)
	}
}

// TestForeignRepositoryDoesNotEnd: what git reads may be a pipe that nobody writes to, or a
// device that never ends.
func TestForeignRepositoryDoesNotEnd(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]string{
		"config a pipe":         "rm .git/config; mkfifo .git/config",
		"config a device":       "ln -sf /dev/zero .git/config",
		"a pipe for .git":       "rm -r .git; mkfifo .git",
		"info/exclude a pipe":   "mkdir -p .git/info; rm -f .git/info/exclude; mkfifo .git/info/exclude",
		"index a device":        "ln -sf /dev/zero .git/index",
		"shared index a device": "ln -s /dev/zero .git/sharedindex.1",
		"shallow a pipe":        "mkfifo .git/shallow",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src, base := origin(t)
			sh(t, src, change)
			_, one := repo.CopyWorkTree(t.Context(), src, t.TempDir())
			_, other := repo.Checkout(t.Context(), task(bench.Source{Repository: src}, base), t.TempDir())
			if one == nil && other == nil {
				t.Error("nothing was wrong with it")
			}
		})
	}
}

// TestCopyStaysInside: an index may name what it likes, and a directory may have
// become a link.
func TestCopyStaysInside(t *testing.T) {
	t.Parallel()
	src, _ := origin(t)
	secret := t.TempDir()
	sh(t, secret, "echo key >x")
	sh(t, src, "rm -r d; ln -s "+secret+" d")
	dst := t.TempDir()
	if _, err := repo.CopyWorkTree(t.Context(), src, dst); err != nil {
		t.Error(err)
	}
	if got := sh(t, dst, "find . | sort"); got != ".\n./a\n./d\n" {
		t.Errorf("copied %q", got)
	}
	sh(t, src, "rm d; git rm -rqf --cached d; mkdir -p q; echo x >q/escape; git add q/escape")
	index := filepath.Join(src, ".git", "index")
	b, err := os.ReadFile(index)
	must(t, err)
	must(t, os.WriteFile(index, bytes.Replace(b, []byte("q/escape"), []byte("../scape"), 1), 0o600))
	_, err = repo.CopyWorkTree(t.Context(), src, t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "../scape: the index of the repository names") {
		t.Errorf("error %v", err)
	}
}
