package local

import (
	"testing"

	"go.uber.org/goleak"

	"bench/sandbox"
	"bench/sandbox/sandboxtest"
)

func newPool(t testing.TB) *Pool {
	t.Helper()
	p, err := New(Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("close pool: %v", err)
		}
	})
	return p
}

func TestConformance(t *testing.T) {
	defer goleak.VerifyNone(t)
	t.Run("kit", func(t *testing.T) {
		pool, task := newPool(t), sandboxtest.Task(t)
		sandboxtest.Run(t, func(t *testing.T) sandbox.Sandbox {
			box, err := pool.Create(t.Context(), sandbox.Spec{Purpose: sandbox.ForAgent, Task: task})
			if err != nil {
				t.Fatal(err)
			}
			return box
		})
	})
}
