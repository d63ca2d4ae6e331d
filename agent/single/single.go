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
	return s.Solve(ctx, job, func(*agent.Loop) {})
}

// Solve is one trial of the agent, or of one that differs from it in what change does
// to its loop.
func (o Options) Solve(
	ctx context.Context, job agent.Job, change func(*agent.Loop),
) (agent.Submission, error) {
	c := job.Trial.Configuration
	loop := agent.Solver(job, bench.RoleSingle, o.Clients(c.Main))
	set := tools.NewSet(tools.Options{
		Box: job.Box, Agent: loop.Agent, CommandTimeout: c.CommandTimeout,
	}, tools.NewFinish())
	defer set.Close()
	loop.Tools = set.Tools
	change(loop)
	result, err := loop.Run(ctx)
	if err != nil {
		return agent.Submission{State: result.State}, err
	}
	return result.Submission()
}
