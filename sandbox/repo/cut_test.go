package repo_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bench/sandbox/repo"
)

// readable lists every way in which something newer than the base can be read.
const readable = `
	git for-each-ref; git remote; git reflog --all; git stash list; git worktree list | tail -n +2
	grep -e remote -e branch .git/config || true
	base=$(git rev-parse HEAD)
	git cat-file --batch-all-objects --batch-check='%(objectname)' | sort >.git/all.test
	git rev-list --objects $base --tags | cut -d' ' -f1 | sort >.git/reach.test
	comm -23 .git/all.test .git/reach.test
	rm .git/*.test
	grep -rl -e secret -e 'git bundle' .git || true
	ls -A .git | grep -v -x -e HEAD -e config -e hooks -e index -e info -e objects -e refs \
		-e packed-refs -e description -e bisect -e shallow -e modules -e lfs || true`

func TestCutHistory(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]string{
		"ahead":            `true`,
		"nothing":          `git checkout -q --detach $base; git branch -D main side; git tag -d v3 v3a; git gc -q --prune=now`,
		"detached at base": `git checkout -q --detach $base`,
		"one above":        `git reset -q --hard $base; git commit -q --allow-empty -m SWE-bench`,
		"remote": `git remote add origin https://example.com/x; git update-ref refs/remotes/origin/main main
			git symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/main
			git config branch.main.remote origin; git reset -q --hard $base`,
		"packed":      `git gc -q; git reset -q --hard $base; git gc -q`,
		"reflog only": `git reset -q --hard $base; git branch -D side; git tag -d v3 v3a`,
		"kept pack":   `git repack -adq; touch $(ls .git/objects/pack/*.pack | sed s/pack$/keep/); git reset -q --hard $base`,
		"stash":       `git reset -q --hard $base; echo secret >a; git stash -q`,
		"worktree":    `git worktree add -q ../w-$$ main~0; git reset -q --hard $base`,
		"merge heads": `git reset -q --hard $base; git rev-parse v3 >.git/FETCH_HEAD; git rev-parse v3 >.git/MERGE_HEAD
			echo secret >.git/COMMIT_EDITMSG`,
		"replace": `git reset -q --hard $base; git replace $base v3`,
		"notes":   `git reset -q --hard $base; git notes add -m secret`,
		"alternate": `git reset -q --hard $base; git clone -q --bare . .git/other; git -C .git/other fetch -q .. +refs/tags/*:refs/tags/*
			git repack -adq; git tag -d v3 v3a; git reflog expire --expire=all --all; git branch -D side; git prune
			mv .git/other ../other-$$; echo $PWD/../other-$$/objects >.git/objects/info/alternates`,
		"commit graph": `git commit-graph write --reachable; git reset -q --hard $base`,
		"dangling":     `git reset -q --hard $base; git tag -d v3 v3a; echo secret | git hash-object -w --stdin`,
		"staged":       `git reset -q --hard $base; echo secret >new; git add new; rm new`,
		"bundle": `git reset -q --hard $base; git bundle create -q .git/future.bundle v3; cp .git/future.bundle .git/objects/pack/
			cp .git/future.bundle .git/objects/pack/pack-1.bundle
			cp .git/future.bundle .git/objects/info/; cp .git/future.bundle .git/objects/x; cp .git/future.bundle .git/info/refs.old
			mkdir .git/objects/aa .git/.hidden .git/cut.old; cp .git/future.bundle .git/objects/aa/b; cp .git/future.bundle .git/.hidden
			cp .git/future.bundle .git/refs/heads/; cp .git/future.bundle .git/cut.old/`,
		"pack without index": `git reset -q --hard $base; git repack -adq; cd .git/objects/pack
			for f in pack-*.pack; do cp $f pack-1111111111111111111111111111111111111111.pack; done; cp pack-*.idx pack-2222222222222222222222222222222222222222.idx`,
		"lfs":        `git reset -q --hard $base; mkdir -p .git/lfs/objects/aa; echo secret >.git/lfs/objects/aa/aabb`,
		"ref file":   `git reset -q --hard $base; echo secret >.git/refs/heads/broken; echo secret >.git/refs/tags/v1.old`,
		"no modules": `git reset -q --hard $base; git clone -q --bare . .git/modules/sub; echo secret >.git/modules/notes`,
		"bitmap":     `git repack -adbq; git reset -q --hard $base`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "r")
			src, base := origin(t)
			if err := os.Rename(src, dir); err != nil {
				t.Fatal(err)
			}
			sh(t, dir, "base="+base+"\n"+leave)
			files := sh(t, dir, "ls; cat a")
			if err := repo.CutHistory(t.Context(), box{dir: dir}, base); err != nil {
				t.Fatal(err)
			}
			left := strings.Split(strings.TrimSpace(sh(t, dir, readable)), "\n")
			for _, line := range left {
				if line != base+" commit\trefs/heads/main" && !strings.HasSuffix(line, " commit\trefs/tags/v1") &&
					!strings.HasSuffix(line, " tag\trefs/tags/v2") && line != "" {
					t.Errorf("readable: %s", line)
				}
			}
			if head := strings.TrimSpace(sh(t, dir, "git rev-parse HEAD; git fsck --no-dangling 2>&1")); head != base {
				t.Errorf("HEAD, fsck: %s", head)
			}
			if now := sh(t, dir, "ls; cat a"); now != files {
				t.Errorf("files were\n%s\nand are\n%s", files, now)
			}
		})
	}
}

// Submodules keep their repositories, which end where the base says. So do those within
// them; work trees that were linked go.
func TestCutSubmodules(t *testing.T) {
	t.Parallel()
	inner, first := origin(t)
	sub, _ := origin(t)
	dir, _ := origin(t)
	linked := filepath.Join(t.TempDir(), "w")
	sh(t, sub, `git config user.name a; git config user.email a@b; export GIT_ALLOW_PROTOCOL=file
		git checkout -q main~1; git checkout -qB main; git submodule -q add `+inner+` in
		git -C in checkout -q `+first+`; git add in; git commit -qm 'with one'`)
	sh(t, dir, `git config user.name a; git config user.email a@b; export GIT_ALLOW_PROTOCOL=file
		git submodule -q add `+sub+` libs/sub; git submodule -q update --init --recursive; git commit -qm base
		git rev-parse HEAD >../base.txt; cd libs/sub; echo secret >s; git add s; git commit -qm 'future of sub'
		cd ../..; git commit -qam future; git worktree add -q --detach `+linked)
	base := strings.TrimSpace(sh(t, dir, "cat ../base.txt; rm ../base.txt; git reset -q --hard HEAD~1"))
	sh(t, dir, "GIT_ALLOW_PROTOCOL=file git submodule -q update --recursive")
	if err := repo.CutHistory(t.Context(), box{dir: dir}, base); err != nil {
		t.Fatal(err)
	}
	for name, script := range map[string]string{
		"stored and not reached": `for d in .git .git/modules/libs/sub .git/modules/libs/sub/modules/in; do
			git --git-dir=$d cat-file --batch-all-objects --batch-check='%(objectname)' | sort >../all
			git --git-dir=$d rev-list --objects HEAD --tags | cut -d' ' -f1 | sort >../reach
			comm -23 ../all ../reach; done`,
		"changes":        "git status --porcelain --ignore-submodules=none; git -C libs/sub status --porcelain",
		"linked":         "ls " + linked + " 2>/dev/null || true",
		"not as it says": "git submodule status --recursive | grep -v '^ ' || true",
	} {
		if out := sh(t, dir, script); strings.TrimSpace(out) != "" {
			t.Errorf("%s: %s", name, out)
		}
	}
	if n := strings.Count(sh(t, dir, "git submodule status --recursive"), "\n"); n != 2 {
		t.Errorf("%d submodules are left", n)
	}
}

// TestCutHistoryUnusual: settings and owners of the repository do not matter.
func TestCutHistoryUnusual(t *testing.T) {
	t.Parallel()
	dir, base := origin(t)
	sh(t, dir, `git config core.fsmonitor 'touch ran; false'; git config filter.f.clean 'touch ran; cat'
		git config core.hooksPath .git/h; mkdir .git/h; printf '#!/bin/sh\ntouch ran\n' >.git/h/reference-transaction
		chmod 755 .git/h/*; echo '* filter=f' >.git/info/attributes; echo edited >d/x; echo new >new
		mkdir inner; git init -q inner
		chown -R 4711 .git || true`)
	b := box{dir: dir, env: []string{"GIT_DIR=/nowhere", "HOME=/nowhere"}}
	if err := repo.CutHistory(t.Context(), b, base); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "ran")); err == nil {
		t.Error("a program named by the repository ran")
	}
	want := " M a\n M d/x\n?? new\n"
	if s := sh(t, dir, "git -c safe.directory=* -c core.fsmonitor=false -c filter.f.clean=cat status --porcelain -uall | grep -v inner"); s != want {
		t.Errorf("status\n%swant\n%s", s, want)
	}
}

func TestCutHistoryErrors(t *testing.T) {
	t.Parallel()
	src, base := origin(t)
	bad := t.TempDir()
	sh(t, bad, "mkdir .git")
	linked := filepath.Join(t.TempDir(), "w")
	sh(t, src, "git worktree add -q "+linked+" v1")
	inRepo := filepath.Join(src, "d")
	var history *repo.HistoryError
	for name, c := range map[string]struct {
		b    box
		base string
		as   func(error) bool
		want string
	}{
		"no repository": {box{dir: t.TempDir()}, base, noRepository, "no .git in"},
		"broken":        {box{dir: bad}, base, noRepository, "not a git repository"},
		"parent's":      {box{dir: inRepo}, base, noRepository, "no .git in"},
		"work tree":     {box{dir: linked}, base, noRepository, "linked work tree"},
		"unknown base": {box{dir: src}, strings.Repeat("1", 40),
			func(err error) bool { return errors.As(err, &history) }, "no commit 1111"},
		"short base": {box{dir: src}, base[:9],
			func(err error) bool { return errors.As(err, &history) }, "no full object id"},
	} {
		t.Run(name, func(t *testing.T) {
			err := repo.CutHistory(t.Context(), c.b, c.base)
			if err == nil || !c.as(err) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func noRepository(err error) bool { return errors.Is(err, repo.ErrNoRepository) }
