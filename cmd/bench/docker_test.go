package main

import (
	"testing"

	"bench/internal/require"
)

// TestDockerScripts runs the scripts that work in containers, in testdata/docker.
func TestDockerScripts(t *testing.T) {
	require.Image(t, "bench-test/bullseye")
	t.Parallel()
	runScripts(t, "testdata/docker")
}
