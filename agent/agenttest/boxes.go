package agenttest

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"bench"
	"bench/sandbox"
	"bench/sandbox/local"
)

// Boxes returns what makes sandboxes of this machine with one file, README.
func Boxes(t testing.TB) func(context.Context) (sandbox.Sandbox, error) {
	t.Helper()
	pool, err := local.New(local.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	tree := t.TempDir()
	if err := os.WriteFile(filepath.Join(tree, "README"), []byte("hello\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return func(ctx context.Context) (sandbox.Sandbox, error) {
		return pool.Create(ctx, sandbox.Spec{
			Purpose: sandbox.ForAgent,
			Task:    bench.Task{InstanceID: "t", Source: bench.Source{Tree: tree}},
		})
	}
}
