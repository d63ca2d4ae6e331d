package repo_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"bench"
	"bench/internal/require"
	"bench/sandbox"
	"bench/sandbox/docker"
	"bench/sandbox/local"
	"bench/sandbox/repo"
)

// TestLocal and TestDocker do with real sandboxes what the other tests do with
// directories: cut, take the baseline, work, diff, apply elsewhere.

func TestLocal(t *testing.T) {
	t.Parallel()
	pool, err := local.New(local.Options{})
	must(t, err)
	cycle(t, pool, bench.Source{})
}

func TestDocker(t *testing.T) {
	t.Parallel()
	require.Image(t, "bench-test/bullseye")
	pool, err := docker.New(t.Context(), docker.Options{})
	must(t, err)
	cycle(t, pool, bench.Source{BaseImage: "bench-test/bullseye"})
}

func cycle(t *testing.T, pool sandbox.Pool, source bench.Source) {
	t.Helper()
	src, base := origin(t)
	source.Repository = src
	create := func() sandbox.Sandbox {
		box, err := pool.Create(t.Context(), sandbox.Spec{
			RunID: "repo-test", Purpose: sandbox.ForAgent, Task: task(source, base),
			Trial: bench.TrialKey{Configuration: "c", InstanceID: "o__r-1", Attempt: 1},
		})
		must(t, err)
		t.Cleanup(func() { must(t, box.Close(context.WithoutCancel(t.Context()))) })
		return box
	}
	t.Cleanup(func() { must(t, pool.Close()) })
	box, other := create(), create()
	in := func(box sandbox.Sandbox, script string) string {
		cmd := sandbox.Shell(script)
		cmd.Timeout = time.Minute
		res, err := sandbox.Run(t.Context(), box, cmd, nil)
		if err != nil || res.Code != 0 {
			t.Fatalf("%s: %v, exit %d\n%s", script, err, res.Code, res.Output)
		}
		return string(res.Output)
	}
	in(box, `export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
		git tag before; echo secret >a; git commit -qam secret; git tag after; git reset -q --hard before
		echo dirt >dirt`)
	must(t, repo.CutHistory(t.Context(), box, base))
	if got := in(box, "git log --all --format=%s; git reflog; git tag; cat dirt"); got != "two\none\nbefore\ndirt\n" {
		t.Errorf("after the cut: %q", got)
	}
	taken, err := repo.TakeBaseline(t.Context(), box)
	must(t, err)
	in(box, `printf 'x\r\n' >'odd "name"'; rm d/x; head -c 300000 /dev/urandom >binary; printf two >a`)
	patch, err := repo.Diff(t.Context(), box, taken)
	must(t, err)
	if want := []string{"a", "binary", "d/x", "odd \"name\""}; !slices.Equal(patch.Files, want) {
		t.Errorf("files %q, want %q", patch.Files, want)
	}
	must(t, repo.Apply(t.Context(), other, patch.Text))
	sum := `git ls-files -co --exclude-standard | sort | while read -r f; do [ ! -f "$f" ] || cksum "$f"; done; cksum o*`
	want := in(box, "rm dirt; "+sum)
	if got := in(other, sum); got != want {
		t.Errorf("applied:\n%s\nwant:\n%s", got, want)
	}
	if err := repo.Apply(t.Context(), other, patch.Text); err == nil ||
		!strings.Contains(err.Error(), "does not") {
		t.Errorf("a second time: %v", err)
	}
}
