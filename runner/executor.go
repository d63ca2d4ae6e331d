package runner

import (
	"context"

	"bench"
	"bench/agent"
	"bench/sandbox"
	"bench/scoring"
)

// Executor runs trials, each through its phases. It is safe for concurrent use.
type Executor struct {
	RunID   string
	Agents  func(bench.Kind) (agent.Agent, error)
	Pool    sandbox.Pool   // for agents; the grader has its own
	Grader  scoring.Grader // nil: patches are not judged
	Journal Journal
	Log     Log           // of the journal: trials whose machine is gone are taken up again from it
	Budget  *bench.Budget // of the run; nil has no limit
	// Through, if set, is passed by all events of a trial on their way to the journal.
	Through func(k bench.TrialKey, next bench.Append) bench.Append

	// Working, if not nil, ends the work of agents when it is cancelled: what they
	// have done by then is their answer. The context of Run ends the whole trial.
	Working context.Context
}

// Result is how a trial ended.
type Result struct {
	bench.TrialEnded
	Recorded bool // in the journal; otherwise the trial is open there
	RunLimit bool // it ran into the limit of the run
}

// Run runs one trial from its preparation to its verdict. history is nil, or
// what the journal holds of a trial that was cut off: its work is resumed.
//
// There is no error: whatever goes wrong is the outcome of the trial. A trial
// whose context is cancelled ends as cancelled.
func (x *Executor) Run(ctx context.Context, t bench.Trial, history *TrialHistory) Result {
	out := x.trial(t, history)
	for p := out.first(); p != nil; p = out.next {
		out = out.through(ctx, p)
	}
	return out.result
}

// trial returns a trial that has not begun.
func (x *Executor) trial(t bench.Trial, history *TrialHistory) *trial {
	budget := x.Budget
	if budget == nil {
		budget = bench.NewBudget(bench.ScopeRun, bench.Limits{})
	}
	out := &trial{
		Trial: t, executor: x, history: history,
		record: x.trialRecorder(t.Key),
		budget: budget.Child(bench.ScopeTrial, bench.Limits{
			Cost: t.Configuration.Limits.Cost, Tokens: t.Configuration.Limits.Tokens,
		}),
	}
	if history != nil {
		out.budget.ChargeAlone(history.Spent) // the run has been charged with all of it
	}
	return out
}

// trialRecorder records events of one trial.
func (x *Executor) trialRecorder(k bench.TrialKey) bench.Recorder {
	r := x.recorder().ForTrial(k)
	if x.Through == nil {
		return r
	}
	return r.Through(func(next bench.Append) bench.Append { return x.Through(k, next) })
}

// recorder records events of the run.
func (x *Executor) recorder() bench.Recorder {
	return bench.NewRecorder(x.RunID, func(ctx context.Context, e bench.Event) error {
		_, err := x.Journal.Append(ctx, e)
		return err
	}, nil)
}

// work lets an agent work until it has ended, or Working is cancelled.
func (x *Executor) work(
	ctx context.Context, a agent.Agent, job agent.Job,
) (agent.Submission, error) {
	if x.Working == nil {
		return a.Run(ctx, job)
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	defer context.AfterFunc(x.Working, func() { stop(context.Cause(x.Working)) })()
	sub, err := a.Run(ctx, job)
	if x.Working.Err() != nil && sub.State == bench.AgentCancelled {
		return agent.Submission{State: bench.AgentFinished}, nil // so that the patch is taken
	}
	return sub, err
}
