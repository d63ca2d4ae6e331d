// Package require says what a test needs from its machine. A need that is not
// met skips the test on a user's machine and fails it where the environment
// variable BENCH_REQUIRE names it, as continuous integration does.
package require

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// Docker needs a reachable Docker engine.
func Docker(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "docker", "version", "-f", "{{.Server.Version}}")
	out, err := cmd.CombinedOutput()
	if err != nil {
		unmet(t, "docker", "no Docker engine: "+strings.TrimSpace(string(out)))
	}
}

// Image needs a local image, made by `make images`.
func Image(t testing.TB, name string) {
	t.Helper()
	Docker(t)
	if err := exec.CommandContext(t.Context(), "docker", "image", "inspect", name).Run(); err != nil {
		unmet(t, "docker", "no image "+name+": run `make images`")
	}
}

// Corpus needs the evaluation data and returns its directory: BENCH_CORPUS, or
// shared/data beside the module.
func Corpus(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("BENCH_CORPUS")
	if dir == "" {
		_, file, _, _ := runtime.Caller(0)
		dir = filepath.Join(filepath.Dir(file), "..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(dir); err != nil {
		unmet(t, "corpus", "no corpus: "+err.Error()+" (set BENCH_CORPUS)")
	}
	return dir
}

// Program needs a program of this machine, such as python3, and returns its path.
func Program(t testing.TB, name string) string {
	t.Helper()
	return ProgramOf(t, name, name)
}

// ProgramOf needs a program of what is named otherwise in BENCH_REQUIRE, such as slurm's
// sbatch, and returns its path.
func ProgramOf(t testing.TB, what, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		unmet(t, what, err.Error())
	}
	return path
}

// Browser needs Chromium or Chrome and returns its path.
func Browser(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	unmet(t, "browser", "no Chromium or Chrome")
	return ""
}

func unmet(t testing.TB, need, why string) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("BENCH_REQUIRE"), ","), need) {
		t.Fatal(why)
	}
	t.Skip(why)
}
