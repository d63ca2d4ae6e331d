// Package single is the agent that works alone: one model, one loop, no
// delegation. It is the main agent of package fusion without the task tool, so
// that a comparison of the two compares nothing else.
package single

import (
	"context"

	"bench"
	"bench/agent"
	"bench/agent/tools"
	"bench/llm"
)

// Options is what the agent needs.
type Options struct {
	// Clients returns the client that all agents on a model share.
	Clients func(bench.Model) llm.Client
}

// New returns the agent. It reads all else from the trial's configuration.
func New(o Options) agent.Agent { return &single{o} }

type single struct{ Options }

var _ agent.Agent = (*single)(nil)

// Run implements agent.Agent.
func (s *single) Run(ctx context.Context, job agent.Job) (agent.Submission, error) {
	loop := agent.Solver(job, bench.RoleSingle, s.Clients(job.Trial.Configuration.Main))
	set := tools.NewSet(tools.Options{
		Box: job.Box, Agent: loop.Agent,
		CommandTimeout: job.Trial.Configuration.CommandTimeout,
	}, tools.NewFinish())
	defer set.Close()
	loop.Tools = set.Tools
	result, err := loop.Run(ctx)
	if err != nil {
		return agent.Submission{State: result.State}, err
	}
	return result.Submission()
}
