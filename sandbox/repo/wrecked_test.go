package repo_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"bench"
	"bench/sandbox"
	"bench/sandbox/local"
	"bench/sandbox/repo"
)

// Whatever an agent does to what a difference is made with, the difference
// fails in bounded time and memory, and it is the agent's doing. Its git is the
// file in $GIT; bench's own has done nothing but take the baseline.
func TestWrecked(t *testing.T) {
	git, err := exec.LookPath("git")
	must(t, err)
	bin := t.TempDir()
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	pool, err := local.New(local.Options{Dir: t.TempDir()})
	must(t, err)
	t.Cleanup(func() { must(t, pool.Close()) })
	src, base := origin(t)
	for name, c := range map[string]struct {
		edit string
		is   error // nil: any
	}{
		"work directory removed": {`rm -rf "$PWD"`, nil},
		"work directory moved":   {`mv "$PWD" "$PWD.away"`, nil},
		"a file in its place":    {`d=$PWD; rm -rf "$d"; echo x >"$d"`, nil},
		"a pipe as .gitignore":   {`rm -f .gitignore; mkfifo .gitignore`, repo.ErrTooSlow},
		"git that waits":         {`printf '#!/bin/sh\nexec sleep 1000\n' >"$GIT"`, repo.ErrTooSlow},
		"git that writes":        {`printf '#!/bin/sh\nexec yes >&3\n' >"$GIT"`, sandbox.ErrOutput},
		"git that fails":         {`printf '#!/bin/sh\nexit 1\n' >"$GIT"`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			own := filepath.Join(bin, "git")
			os.Remove(own)
			must(t, os.WriteFile(own, []byte("#!/bin/sh\nexec "+git+" \"$@\"\n"), 0o755))
			t.Setenv("GIT", own)
			box, err := pool.Create(t.Context(), sandbox.Spec{
				RunID: "r", Purpose: sandbox.ForAgent, Task: task(bench.Source{Repository: src}, base),
			})
			must(t, err)
			defer box.Close(context.WithoutCancel(t.Context()))
			taken, err := repo.TakeBaseline(t.Context(), box)
			must(t, err)
			cmd := sandbox.Shell(c.edit)
			cmd.Env = []string{"GIT=" + own}
			if res, err := sandbox.Run(t.Context(), box, cmd, nil); err != nil || res.Code != 0 {
				t.Fatalf("%v, exit %d: %s", err, res.Code, res.Output)
			}
			limit := time.Minute
			if errors.Is(c.is, repo.ErrTooSlow) {
				limit = 3 * time.Second
			}
			_, err = repo.DiffLimit(t.Context(), box, taken, repo.MaxPatch, limit)
			var wrecked *repo.WreckedError
			if !errors.As(err, &wrecked) || c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("error %v, want one of the agent's doing (%v)", err, c.is)
			}
		})
	}
}

// A machine that fails is not the agent's doing.
func TestNotWrecked(t *testing.T) {
	t.Parallel()
	b := box{dir: project(t)}
	base, err := repo.TakeBaseline(t.Context(), b)
	must(t, err)
	for name, shell := range map[string]string{
		"no space": "echo 'write error: No space left on device'; exit 1", "killed": "exit 137",
	} {
		b.shell = []string{"/bin/sh", "-c", shell}
		var wrecked *repo.WreckedError
		if _, err := repo.Diff(t.Context(), b, base); err == nil || errors.As(err, &wrecked) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
