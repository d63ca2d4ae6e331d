package examples_test

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"bench/internal/require"
)

// script runs a script of the action in a directory, with programs of its own first on
// the path, and returns what it printed.
func script(t *testing.T, dir, name string, args []string, env ...string) (string, error) {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "packaging", "action", name))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Dir = dir
	cmd.Env = append([]string{"PATH=" + filepath.Join(dir, "bin") + ":" + os.Getenv("PATH")}, env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// program writes a shell script that stands for a program.
func program(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	err := os.WriteFile(filepath.Join(dir, "bin", name), []byte("#!/bin/sh\n"+text), 0o755)
	if err != nil {
		t.Fatal(err)
	}
}

// TestActionComments: a comment is made once, and changed from then on.
func TestActionComments(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ id, want string }{
		"new":     {"", "-X POST repos/o/r/issues/7/comments -F body=@gate.md"},
		"changed": {"41\n42", "-X PATCH repos/o/r/issues/comments/41 -F body=@gate.md"},
	} {
		dir := t.TempDir()
		program(t, dir, "gh", `echo "$@" >>calls
case "$*" in *--paginate*) [ "$MARKER" = "<!-- m -->" ] && printf '`+c.id+`\n' ;; esac`)
		if err := os.WriteFile(filepath.Join(dir, "gate.md"), []byte("<!-- m -->\nfine\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := script(t, dir, "comment.sh", []string{"gate.md"}, "GITHUB_REPOSITORY=o/r", "PULL_REQUEST=7")
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		calls, err := os.ReadFile(filepath.Join(dir, "calls"))
		if err != nil || !strings.HasSuffix(string(calls), "api "+c.want+"\n") {
			t.Errorf("%s: got %q, %v, want %q", name, calls, err, c.want)
		}
	}
}

// TestActionGates: what it is told reaches bench gate as it was written, and the exit
// status comes back.
func TestActionGates(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program(t, dir, "bench", `for a in "$@"; do echo "[$a]"; done; exit 100`)
	out, err := script(t, dir, "gate.sh", []string{"gate.md"}, "BENCH_RUN=r", "BENCH_BASELINE=b",
		"BENCH_DB=x.db", "BENCH_ARGUMENTS=--history\nnight .*\n")
	want := "[gate][r][--baseline][b][--db][x.db][--markdown][gate.md][--history][night .*]"
	if got := strings.ReplaceAll(out, "\n", ""); got != want || err == nil || err.Error() != "exit status 100" {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

// TestActionInstalls: a release is installed if its checksum is right, and not otherwise.
func TestActionInstalls(t *testing.T) {
	t.Parallel()
	require.Program(t, "curl")
	name := fmt.Sprintf("bench_v1_%s_%s", runtime.GOOS, runtime.GOARCH)
	build := t.TempDir()
	program(t, build, "x", "")
	if err := os.Rename(filepath.Join(build, "bin"), filepath.Join(build, name)); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(build, name, "x"), filepath.Join(build, name, "bench")); err != nil {
		t.Fatal(err)
	}
	archive, err := exec.CommandContext(t.Context(), "tar", "-C", build, "-czf", "-", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, right := range []bool{true, false} {
		sum := sha256.Sum256(archive)
		if !right {
			sum[0]++
		}
		served := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/v1/SHA256SUMS") {
				fmt.Fprintf(w, "%x  %s.tar.gz\n", sum, name)
				return
			}
			_, _ = w.Write(archive)
		}))
		dir := t.TempDir()
		paths := filepath.Join(dir, "paths")
		out, err := script(t, dir, "install.sh", nil, "RUNNER_TEMP="+dir, "BENCH_VERSION=v1",
			"GITHUB_PATH="+paths, "RELEASES="+served.URL)
		served.Close()
		added, _ := os.ReadFile(paths) // there is none if it failed
		if installed := string(added) == dir+"/bench-bin\n"; installed != right || (err == nil) != right {
			t.Errorf("right %v: installed %v, %v\n%s", right, installed, err, out)
		}
	}
}
