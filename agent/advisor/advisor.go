// Package advisor is the agent that works alone on a cheap model and may ask a
// stronger one for advice: the agent of package single with one tool more, and
// what its prompt says of it, so that a comparison of the two compares nothing
// else.
//
//	advisor.go  one trial: the executor's loop and its tool
//	consult.go  the tool consult, and one consultation from call to answer
//	prompts/    what executor and advisor are told
package advisor

import (
	"context"
	"slices"

	"bench"
	"bench/agent"
	"bench/agent/single"
	"bench/llm"
)

// Options is what the agent needs.
type Options struct {
	// Clients returns the client that all agents on a model share.
	Clients func(bench.Model) llm.Client
}

// New returns the agent. It reads all else from the trial's configuration.
func New(o Options) agent.Agent { return &advisor{o} }

type advisor struct{ Options }

var _ agent.Agent = (*advisor)(nil)

// Run implements agent.Agent.
func (a *advisor) Run(ctx context.Context, job agent.Job) (agent.Submission, error) {
	return single.Options{Clients: a.Clients}.Solve(ctx, job, func(loop *agent.Loop) {
		c := job.Trial.Configuration
		loop.System += "\n\n" + executorSuffix(c)
		ask := newConsult(job, loop.Agent, a.Clients(c.Advisor.Model))
		loop.Tools = append(slices.Clip(loop.Tools), ask)
	})
}
