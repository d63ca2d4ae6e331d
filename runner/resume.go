package runner

import (
	"context"
	"time"

	"bench"
	"bench/agent"
	"bench/sandbox/repo"
)

// Resumption is what is known of a run that is taken up again.
type Resumption struct {
	Seq   int64        // of the last event in the journal
	Spent bench.Amount // cost and tokens of all its trials
	// Past is what is known of the trials that were cut off; the others of the
	// run's Trials start.
	Past map[bench.TrialKey]*Past
	// Added are those of the Trials that the run did not have before.
	Added []bench.TrialKey
}

// Past is what the journal holds of a trial that was cut off.
type Past struct {
	agent.History
	Spent  bench.Amount  // cost and tokens
	Worked time.Duration // of agents, without pauses
	// Patch is set when the agents were through: it is only to be judged.
	Patch *string
	// Submission is how they had ended then.
	Submission agent.Submission
}

// event records that the run goes on.
func (r *Resumption) event(h bench.RunStarted) bench.RunResumed {
	return bench.RunResumed{
		Version: h.Version, Workers: h.Workers, Limits: h.Limits, Trials: r.Added,
	}
}

// first is the phase in which work on the trial begins.
func (t *trial) first() phase {
	if t.past != nil {
		return takeUp
	}
	return prepare
}

// takeUp puts a trial that was cut off back into its place: before its agents,
// whose memories are their logs, or behind them, if they were through.
func takeUp(ctx context.Context, t *trial) (phase, error) {
	if err := t.record.Record(ctx, bench.TrialResumed{}); err != nil {
		return nil, err
	}
	if t.past.Patch == nil {
		return prepare, nil
	}
	t.submission, t.patch = t.past.Submission, repo.Patch{Text: *t.past.Patch}
	return t.handIn(ctx)
}

// wall is how long agents may work on the trial, from now on; 0 is for ever.
func (t *trial) wall() time.Duration {
	wall := t.Configuration.Limits.Wall
	if wall > 0 && t.past != nil {
		return max(1, wall-t.past.Worked)
	}
	return wall
}

// memory is what agents get to know of the past.
func (t *trial) memory() *agent.History {
	if t.past == nil {
		return nil
	}
	return &t.past.History
}
