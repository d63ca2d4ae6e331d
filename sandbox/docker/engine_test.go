package docker

import (
	"context"
	"testing"

	"bench/internal/require"
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
