// Package fusion is the main agent with sidekicks: an expensive model that
// leads and answers for the result, and cheap ones that it hands parts of the
// work to, several at a time.
//
//	fusion.go      one trial: the main agent's loop and its team
//	task.go        the tool task, as the main agent sees it
//	delegation.go  the life of one delegation, from call to report
//	workspace.go   the files a sidekick works on
//	escalate.go    when work counts as handed back, and why
//	prompts/       what main and sidekicks are told
package fusion

import (
	"context"
	"sync"

	"bench"
	"bench/agent"
	"bench/agent/tools"
	"bench/llm"
	"bench/sandbox"
	"bench/sandbox/repo"
)

// Options is what the agent needs.
type Options struct {
	// Clients returns the client that all agents on a model share.
	Clients func(bench.Model) llm.Client
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
		loop.Locks = &members.locks
	}
	set := tools.NewSet(options, tools.NewFinish())
	defer set.Close()
	loop.Tools = set.Tools
	if members != nil {
		loop.Tools = append(loop.Tools, newTask(members))
	}
	result, err := loop.Run(ctx)
	if err != nil {
		return agent.Submission{State: result.State}, err
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

// team is one trial's main agent and its sidekicks.
type team struct {
	job           agent.Job
	configuration bench.Configuration
	sidekick      bench.Sidekick
	client        llm.Client // of the sidekicks' model
	lead          string     // id of the main agent
	record        bench.Recorder
	locks         agent.Locks // of the main agent's sandbox
	slots         slots
	// start is the workspace before main touched it, as every fork has it.
	start repo.Baseline
	temp  func() (string, error) // directory for patch files in main's sandbox

	mu   sync.Mutex
	last int // number of the last delegation
}

func (f *fusion) team(ctx context.Context, job agent.Job, lead *agent.Loop) (*team, error) {
	c := job.Trial.Configuration
	t := &team{
		job: job, configuration: c, sidekick: *c.Sidekick, client: f.Clients(c.Sidekick.Model),
		lead: lead.Agent, record: lead.Record,
		slots: slots{free: max(1, c.Sidekick.MaxParallel)},
		temp:  sync.OnceValues(func() (string, error) { return sandbox.TempDir(ctx, job.Box) }),
	}
	if t.snapshot() {
		var err error
		if t.start, err = repo.TakeBaseline(ctx, job.Box); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// snapshot reports whether sidekicks work on copies.
func (t *team) snapshot() bool { return t.sidekick.Workspace != bench.WorkspaceSharedLocked }

// parallel is how many sidekicks can be seen working at once, or 0 if they
// work one after the other.
func parallel(c bench.Configuration) int {
	n := min(c.Sidekick.MaxParallel, c.MaxParallelTools)
	if c.Sidekick.Workspace == bench.WorkspaceSharedLocked || n < 2 {
		return 0
	}
	return n
}
