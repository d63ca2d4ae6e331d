package docker

import (
	"context"
	"testing"

	"go.uber.org/goleak"

	"bench"
	"bench/internal/require"
	"bench/sandbox"
	"bench/sandbox/sandboxtest"
)

// The images of ci/images.sh.
const (
	debian  = "bench-test/bullseye"
	minimal = "bench-test/minimal"
)

func newPool(t testing.TB, o Options) *Pool {
	t.Helper()
	require.Docker(t)
	p, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// onImage makes a task whose tree is put into an image.
func onImage(t testing.TB, image string) bench.Task {
	t.Helper()
	require.Image(t, image)
	task := sandboxtest.Task(t)
	task.Source.BaseImage = image
	return task
}

func open(t testing.TB, p *Pool, task bench.Task, purpose sandbox.Purpose) sandbox.Sandbox {
	t.Helper()
	box, err := p.Create(t.Context(), sandbox.Spec{
		RunID: "test", Purpose: purpose, Task: task,
		Trial: bench.TrialKey{Configuration: "c", InstanceID: task.InstanceID, Attempt: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close(context.Background()) })
	return box
}

func TestConformance(t *testing.T) {
	for name, c := range map[string]struct {
		image   string
		purpose sandbox.Purpose
	}{
		"agent in debian":    {debian, sandbox.ForAgent},
		"agent in busybox":   {minimal, sandbox.ForAgent},
		"grading in busybox": {minimal, sandbox.ForGrading},
	} {
		t.Run(name, func(t *testing.T) {
			ignore := goleak.IgnoreCurrent()
			t.Cleanup(func() { goleak.VerifyNone(t, ignore) })
			pool := newPool(t, Options{})
			task := onImage(t, c.image)
			sandboxtest.Run(t, func(t *testing.T) sandbox.Sandbox {
				return open(t, pool, task, c.purpose)
			})
		})
	}
}
