package tools_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"bench"
	"bench/sandbox"
	"bench/sandbox/local"
)

func newPool(t testing.TB) *local.Pool {
	t.Helper()
	pool, err := local.New(local.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	return pool
}

// newBox returns a sandbox with one file, README.
func newBox(t testing.TB) sandbox.Sandbox {
	t.Helper()
	return create(t, newPool(t), tree(t))
}

func tree(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "README"), []byte("one\ntwo\nthree\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func create(t testing.TB, pool sandbox.Pool, tree string) sandbox.Sandbox {
	t.Helper()
	box, err := pool.Create(t.Context(), sandbox.Spec{
		Purpose: sandbox.ForAgent,
		Task:    bench.Task{InstanceID: "t", Source: bench.Source{Tree: tree}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close(t.Context()) })
	return box
}

// alive reports whether a process runs whose command line contains word.
func alive(word string) bool {
	dirs, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, d := range dirs {
		b, _ := os.ReadFile(d)
		if pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(d))); pid != os.Getpid() &&
			strings.Contains(strings.ReplaceAll(string(b), "\x00", " "), word) {
			return true
		}
	}
	return false
}
