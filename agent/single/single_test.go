package single_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"bench"
	"bench/agent"
	"bench/agent/agenttest"
	"bench/agent/single"
	"bench/llm"
	"bench/sandbox"
	"bench/sandbox/local"
)

func TestConformance(t *testing.T) {
	pool, err := local.New(local.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	tree := t.TempDir()
	if err := os.WriteFile(filepath.Join(tree, "README"), []byte("hello\n"), 0o644); err != nil {
		t.Fatal(err)
	}
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
		Box: func(ctx context.Context) (sandbox.Sandbox, error) {
			return pool.Create(ctx, sandbox.Spec{
				Purpose: sandbox.ForAgent,
				Task:    bench.Task{InstanceID: "t", Source: bench.Source{Tree: tree}},
			})
		},
	})
}
