package docker

import (
	"context"
	"errors"
	"testing"
	"time"

	"bench/internal/require"
	"bench/sandbox"
	"bench/sandbox/docker/enginetest"
)

// viaProxy makes pools of the test go through a proxy.
func viaProxy(t *testing.T) *enginetest.Proxy {
	t.Helper()
	require.Docker(t)
	p := enginetest.New(t)
	t.Setenv("DOCKER_HOST", "tcp://"+p.Addr())
	return p
}

// removeLeft removes a container that a test has cut itself off from.
func removeLeft(t *testing.T, id string) {
	t.Helper()
	t.Setenv("DOCKER_HOST", "")
	p := newPool(t, Options{})
	if err := p.remove(context.Background(), id); err != nil {
		t.Error(err)
	}
}

// TestHalfAnAnswer: an engine that begins an answer and does not end it is as gone as one
// that says nothing.
func TestHalfAnAnswer(t *testing.T) {
	require.Image(t, debian)
	for _, what := range []string{"/images/", "/version"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			proxy := enginetest.New(t)
			o := Options{Host: "tcp://" + proxy.Addr()}
			o.AnswerTime = time.Second
			pool := newPool(t, o)
			proxy.Halve(what)
			box, err := pool.Create(t.Context(), sandbox.Spec{
				RunID: "test", Task: onImage(t, debian), Purpose: sandbox.ForAgent,
			})
			if err == nil {
				box.Close(t.Context())
			}
			if !errors.Is(err, sandbox.ErrUnreached) {
				t.Errorf("%v", err)
			}
			proxy.Mend(t)
		})
	}
}
