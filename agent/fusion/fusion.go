// Package fusion is the main agent with sidekicks: an expensive model that
// leads and answers for the result, and cheap ones that it hands parts of the
// work to, several at a time.
//
//	fusion.go      one trial: the main agent's loop and its team
//	team.go        the delegations of a trial: which there are, which may start
//	task.go        the tool task, as the main agent sees it
//	background.go  the tools for tasks in the background: task_output, task_stop
//	activation.go  one activation, from call to report
//	cutshort.go    activations that something else ended
//	outcome.go     what came of it, as the main agent is told
//	workspace.go   the files a sidekick works on
//	faults.go      what sidekicks do to files that they share
//	provider.go    when their provider or the machine has failed too often
//	escalate.go    when work counts as handed back, and why
//	sentinel.go    what the final text of a sidekick says of that
//	history.go     the delegations of a trial that is resumed
//	muster.go      how those go on together that had worked at the same time
//	slots.go       how many work at once
//	prompts/       what main and sidekicks are told
package fusion

import (
	"context"
	"errors"

	"bench"
	"bench/agent"
	"bench/agent/tools"
	"bench/llm"
	"bench/sandbox/repo"
)

// Options is what the agent needs.
type Options struct {
	// Clients returns the client that all agents on a model share.
	Clients func(bench.Model) llm.Client
	// Slots bounds the sidekicks that work at once in all trials; nil does not.
	Slots *Slots
}

// New returns the agent. It reads all else from the trial's configuration.
func New(o Options) agent.Agent { return &fusion{o} }

type fusion struct{ Options }

var _ agent.Agent = (*fusion)(nil)

// Run implements agent.Agent.
func (f *fusion) Run(ctx context.Context, job agent.Job) (agent.Submission, error) {
	c := job.Trial.Configuration
	loop := agent.Solver(job, bench.RoleMain, f.Clients(c.Main))
	options := tools.Options{Box: job.Box, Agent: loop.Agent, CommandTimeout: c.CommandTimeout}
	var members *team
	if delegates(c) {
		var err error
		if members, err = f.team(ctx, job, loop); err != nil {
			return refused(ctx, err)
		}
		options.Workspace = true
		loop.System += "\n\n" + mainSuffix(c)
		loop.Locks, loop.BeforeEnd = &members.locks, members.beforeEnd
	}
	set := tools.NewSet(options, tools.NewFinish())
	defer set.Close()
	loop.Tools = set.Tools
	if members != nil {
		loop.Tools = append(loop.Tools, members.tools()...)
	}
	result, err := loop.Run(ctx)
	if members != nil {
		err = errors.Join(err, members.close())
	}
	if err != nil {
		return agent.Submission{State: result.State}, err
	}
	if members != nil && result.State != bench.AgentCancelled {
		if lost := members.lostSandbox(); lost != "" {
			return agent.Submission{State: bench.AgentErrorSandbox, Error: lost}, nil
		}
		if failed := members.providerFailure(); failed != "" {
			return agent.Submission{
				State: bench.AgentErrorLLM, Message: result.Message, Error: failed,
			}, nil
		}
	}
	return result.Submission()
}

// delegates reports whether the configuration has sidekicks and uses them.
func delegates(c bench.Configuration) bool {
	return c.Sidekick != nil && c.Delegation != bench.DelegationOff
}

// refused is the submission of a trial that could not begin.
func refused(ctx context.Context, err error) (agent.Submission, error) {
	if ctx.Err() != nil {
		return agent.Submission{State: bench.AgentCancelled}, context.Cause(ctx)
	}
	return agent.Submission{State: bench.AgentErrorSandbox, Error: err.Error()}, nil
}

func (f *fusion) team(ctx context.Context, job agent.Job, lead *agent.Loop) (*team, error) {
	c := job.Trial.Configuration
	t := &team{
		job: job, configuration: c, sidekick: *c.Sidekick, client: f.Clients(c.Sidekick.Model),
		lead: lead.Agent, record: lead.Record,
		slots: NewSlots(max(1, c.Sidekick.MaxParallel)), runSlots: f.Slots,
		looking: make(chan struct{}, 1),
	}
	t.ctx, t.end = context.WithCancelCause(ctx)
	if t.snapshot() {
		var err error
		if t.start, err = repo.TakeBaseline(ctx, job.Box); err != nil {
			return nil, err
		}
	}
	if job.History != nil {
		t.muster(lead)
	}
	return t, t.restore(job.History)
}
