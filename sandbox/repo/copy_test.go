package repo_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bench"
	"bench/internal/require"
	"bench/sandbox"
	"bench/sandbox/docker"
	"bench/sandbox/local"
	"bench/sandbox/repo"
)

func TestCopyLocal(t *testing.T) {
	t.Parallel()
	pool, err := local.New(local.Options{Dir: t.TempDir()})
	must(t, err)
	copied(t, pool, bench.Source{}, "")
}

func TestCopyDocker(t *testing.T) {
	t.Parallel()
	require.Image(t, "bench-test/bullseye")
	pool, err := docker.New(t.Context(), docker.Options{})
	must(t, err)
	copied(t, pool, bench.Source{BaseImage: "bench-test/bullseye"}, "; echo lib >/usr/local/lib/x; echo home >~/.rc"+
		"; rm -r /usr/share/doc /etc/motd; mkdir -p /opt/empty/dir")
}

// copied holds a copy against its original: ignored files, those that were added
// by force, old ones that were unpacked, what lies outside, and what was deleted.
func copied(t *testing.T, pool sandbox.Pool, source bench.Source, outside string) {
	t.Helper()
	src, base := origin(t)
	source.Repository = src
	source.Setup = []string{`printf 'old/\nkept/\n' >>.git/info/exclude; mkdir old kept
		touch old/a old/b kept/gone kept/.gone kept/..gone kept/.stays 'kept/a b' 'kept/*'; ln -s nowhere kept/l`}
	create := func() sandbox.Sandbox {
		box, err := pool.Create(t.Context(), sandbox.Spec{
			RunID: "repo-copy", Purpose: sandbox.ForAgent, Task: task(source, base),
			Trial: bench.TrialKey{Configuration: "c", InstanceID: "o__r-1", Attempt: 1},
		})
		must(t, err)
		t.Cleanup(func() { must(t, box.Close(context.WithoutCancel(t.Context()))) })
		return box
	}
	t.Cleanup(func() { must(t, pool.Close()) })
	box, other := create(), create()
	in := func(box sandbox.Sandbox, script string) string {
		res, err := sandbox.Run(t.Context(), box, sandbox.Shell(script), nil)
		if err != nil || res.Code != 0 {
			t.Fatalf("%s: %v, exit %d\n%s", script, err, res.Code, res.Output)
		}
		return string(res.Output)
	}
	taken, err := repo.TakeBaseline(t.Context(), box)
	must(t, err)
	in(box, `echo 'build/' >.gitignore; mkdir -p build/deep; echo so >build/deep/x.so; ln -s x.so build/deep/l
		touch -d 2001-01-01 build/deep/x.so; echo forced >build/f; git add -f build/f; chmod 755 build/f
		echo new >'a b'; rm d/x; rm -r old; rm kept/gone kept/.gone kept/..gone 'kept/*' kept/l
		mkdir -p 'kept/new dir/deep'`+outside)
	begin := time.Now()
	c, err := repo.TakeChanges(t.Context(), box, taken)
	must(t, err)
	took := time.Since(begin)
	must(t, c.Make(t.Context(), other))
	t.Logf("%d bytes: taken in %v, made in %v", c.Bytes(), took, time.Since(begin)-took)
	list := `find . -path ./.git -prune -o -type f -exec ls -l {} + | sed 's/ .* / /'; find . -path ./.git -prune -o -type f -exec cksum {} + | sort
		find . -path ./.git -prune -o -print | sort; readlink build/deep/l; cat /usr/local/lib/x ~/.rc 2>/dev/null || true`
	if outside != "" {
		list += "; find / -xdev -path $PWD/.git -prune -o -print | sort"
	}
	if got, want := in(other, list), in(box, list); got != want {
		t.Errorf("copy (-) and original (+):\n%s", cmp.Diff(got, want))
	}
	start, err := c.Baseline(t.Context(), other)
	must(t, err)
	in(other, "echo more >>build/f; echo not >>build/g")
	patch, err := repo.Diff(t.Context(), other, start)
	must(t, err)
	if want := []string{"build/f"}; !slices.Equal(patch.Files, want) {
		t.Errorf("files %q, want %q", patch.Files, want)
	}
	must(t, repo.Apply(t.Context(), box, patch.Text))
}
