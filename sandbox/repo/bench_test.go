package repo_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"bench"
	"bench/sandbox"
	"bench/sandbox/docker"
	"bench/sandbox/local"
	"bench/sandbox/repo"
)

// The benchmarks use the repository that BENCH_REPOSITORY names, at the commit
// in BENCH_COMMIT; without it, a small one.
func bigRepository(b *testing.B) bench.Task {
	b.Helper()
	if dir := os.Getenv("BENCH_REPOSITORY"); dir != "" {
		return task(bench.Source{Repository: dir}, os.Getenv("BENCH_COMMIT"))
	}
	dir, base := origin(b)
	return task(bench.Source{Repository: dir}, base)
}

func BenchmarkOperations(b *testing.B) {
	t := bigRepository(b)
	dir := filepath.Join(b.TempDir(), "r")
	if _, err := repo.Checkout(b.Context(), t, dir); err != nil {
		b.Fatal(err)
	}
	box := box{dir: dir}
	var base repo.Baseline
	b.Run("cut", func(b *testing.B) {
		for b.Loop() {
			must(b, repo.CutHistory(b.Context(), box, t.BaseCommit))
		}
	})
	b.Run("baseline", func(b *testing.B) {
		for b.Loop() {
			var err error
			if base, err = repo.TakeBaseline(b.Context(), box); err != nil {
				b.Fatal(err)
			}
		}
	})
	sh(b, dir, "for f in $(git ls-files | head -n 5); do echo changed >$f; done")
	var patch repo.Patch
	b.Run("diff", func(b *testing.B) {
		for b.Loop() {
			var err error
			if patch, err = repo.Diff(b.Context(), box, base); err != nil {
				b.Fatal(err)
			}
		}
	})
	sh(b, dir, "git checkout -q .")
	b.Run("apply", func(b *testing.B) {
		for b.Loop() {
			must(b, repo.Apply(b.Context(), box, patch.Text))
			b.StopTimer()
			sh(b, dir, "git checkout -q .; git clean -fdq")
			b.StartTimer()
		}
	})
}

func BenchmarkCheckout(b *testing.B) {
	t := bigRepository(b)
	for b.Loop() {
		if _, err := repo.Checkout(b.Context(), t, filepath.Join(b.TempDir(), "r")); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCopy is what a sidekick's copy takes: a sandbox of its own (fork), and in
// it what the main agent has changed so far (take, make), here in five files. Local
// sandboxes are measured, or containers of the image that BENCH_IMAGE names.
func BenchmarkCopy(b *testing.B) {
	spec := sandbox.Spec{
		RunID: "repo-bench", Purpose: sandbox.ForAgent, Task: bigRepository(b),
		Trial: bench.TrialKey{Configuration: "c", InstanceID: "o__r-1", Attempt: 1},
	}
	var pool sandbox.Pool
	var err error
	if image := os.Getenv("BENCH_IMAGE"); image != "" {
		spec.Task.Source.BaseImage = image
		pool, err = docker.New(b.Context(), docker.Options{})
	} else {
		pool, err = local.New(local.Options{Dir: b.TempDir()})
	}
	must(b, err)
	box, err := pool.Create(b.Context(), spec)
	must(b, err)
	b.Cleanup(func() {
		ctx := context.WithoutCancel(b.Context())
		must(b, errors.Join(box.Close(ctx), pool.Close()))
	})
	base, err := repo.TakeBaseline(b.Context(), box)
	must(b, err)
	edit := sandbox.Shell("for f in $(git ls-files | head -n 5); do echo changed >>$f; done")
	if res, err := sandbox.Run(b.Context(), box, edit, nil); err != nil || res.Code != 0 {
		b.Fatalf("%v, exit %d", err, res.Code)
	}
	var changes repo.Changes
	b.Run("take", func(b *testing.B) {
		for b.Loop() {
			changes, err = repo.TakeChanges(b.Context(), box, base)
			must(b, err)
		}
		b.ReportMetric(float64(changes.Bytes()), "bytes")
	})
	var copied sandbox.Sandbox
	fork := func() {
		copied, err = pool.Create(b.Context(), spec)
		must(b, err)
	}
	b.Run("fork", func(b *testing.B) {
		for b.Loop() {
			fork()
			b.StopTimer()
			must(b, copied.Close(b.Context()))
			b.StartTimer()
		}
	})
	b.Run("make", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			fork()
			b.StartTimer()
			must(b, changes.Make(b.Context(), copied))
			b.StopTimer()
			must(b, copied.Close(b.Context()))
			b.StartTimer()
		}
	})
}
