package single_test

import (
	"testing"

	"bench"
	"bench/agent"
	"bench/agent/agenttest"
	"bench/agent/single"
	"bench/llm"
)

func TestConformance(t *testing.T) {
	agenttest.Run(t, agenttest.Kit{
		New: func(clients func(bench.Model) llm.Client) agent.Agent {
			return single.New(single.Options{Clients: clients})
		},
		Configuration: bench.Configuration{
			Name: "solo", Kind: bench.KindSingle, MaxParallelTools: 8,
			Main: bench.Model{Name: "m", Model: "m", MaxOutputTokens: 100, Price: bench.Price{
				ID: "p", Rates: bench.Rates{Input: bench.PerMillion(1), Output: bench.PerMillion(4)},
			}},
		},
		Box: agenttest.Boxes(t),
	})
}
