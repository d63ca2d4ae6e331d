package fusion

import (
	"testing"

	"bench"
	"bench/agent"
	"bench/agent/agenttest"
	"bench/llm"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, workspace := range map[string]bench.Workspace{
		"snapshot": bench.WorkspaceSnapshot, "shared": bench.WorkspaceSharedLocked,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := configuration()
			c.Sidekick.Workspace = workspace
			agenttest.Run(t, agenttest.Kit{
				New: func(clients func(bench.Model) llm.Client) agent.Agent {
					return New(Options{Clients: clients})
				},
				Configuration: c, Box: newLab(t).fork,
			})
		})
	}
}
