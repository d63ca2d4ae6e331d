package main

import (
	"testing"

	"bench/internal/require"
)

// TestGatewayScripts runs the scripts whose programs call models, in testdata/gateway.
func TestGatewayScripts(t *testing.T) {
	require.Program(t, "curl")
	t.Parallel()
	runScripts(t, "testdata/gateway")
}
