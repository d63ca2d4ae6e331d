package runner

import (
	"context"
	"time"

	"bench"
	"bench/agent"
	"bench/sandbox/repo"
)

// Resumption is what is known of a run that is resumed.
type Resumption struct {
	Seq   int64     // of the last event in the journal
	Spent bench.USD // by all its trials, with estimates
	// Histories are those of the trials that were cut off; the others of the
	// run's Trials start.
	Histories map[bench.TrialKey]*TrialHistory
	// Lost are the model calls that were under way when the process died, as they
	// ended with it. They are part of Spent and Histories, and not in the journal
	// yet.
	Lost []bench.Event
	// Added are those of the Trials that the run did not have before.
	Added []bench.TrialKey
}

// TrialHistory is what the journal holds of a trial that was cut off.
type TrialHistory struct {
	agent.History
	Spent  bench.Amount  // cost and tokens
	Worked time.Duration // of agents, without pauses
	// Patch is set when the agents were through: it is only to be judged.
	Patch *string
	// Submission is how they had ended then.
	Submission agent.Submission

	begun bool // an agent had begun
}

// event records that the run is resumed.
func (r *Resumption) event(h bench.RunStarted) bench.RunResumed {
	return bench.RunResumed{
		Version: h.Version, Workers: h.Workers, Limits: h.Limits, Trials: r.Added,
	}
}

// first is the phase in which work on the trial begins.
func (t *trial) first() phase {
	if t.history != nil {
		return resume
	}
	return prepare
}

// resume puts a trial that was cut off where it was: before its agents, which
// read their histories, or after them, if they had ended.
func resume(ctx context.Context, t *trial) (phase, error) {
	if err := t.record.Record(ctx, bench.TrialResumed{}); err != nil {
		return nil, err
	}
	if t.history.Patch == nil {
		return prepare, nil
	}
	t.submission, t.patch = t.history.Submission, repo.Patch{Text: *t.history.Patch}
	return t.submit(ctx)
}

// wall is how long agents may work on the trial, and have.
func (t *trial) wall(ctx context.Context) bench.WallOptions {
	o := bench.WallOptions{
		Scope: bench.ScopeTrial, Limit: t.Task.WallOf(t.Configuration.Limits.Wall),
		Stands: func(o bench.Outage) {
			_ = t.record.Record(ctx, o) // a failed append has stopped the run already
		},
	}
	if t.history != nil && t.Configuration.Kind != bench.KindCommand { // which begins anew
		o.Used = t.history.Worked
	}
	return o
}

// recorder is what agents of the trial record with. The wall of a trial that is resumed
// stands still until the first of them goes on.
func (t *trial) recorder(w *bench.Wall) bench.Recorder {
	if t.history == nil || !t.history.begun {
		return t.record
	}
	goOn := w.Hold()
	return t.record.Through(func(next bench.Append) bench.Append {
		return func(ctx context.Context, e bench.Event) error {
			switch e.Payload.(type) {
			case bench.AgentStarted, bench.AgentResumed:
				goOn()
			}
			return next(ctx, e)
		}
	})
}

// agentHistory is the history that the agents are given.
func (t *trial) agentHistory() *agent.History {
	if t.history == nil {
		return nil
	}
	return &t.history.History
}
