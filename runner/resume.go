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
	Seq   int64        // of the last event in the journal
	Spent bench.Amount // cost and tokens of all its trials
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

// wall is how long agents may work on the trial, from now on; 0 is unlimited.
func (t *trial) wall() time.Duration {
	wall := t.Configuration.Limits.Wall
	if wall > 0 && t.history != nil {
		return max(1, wall-t.history.Worked)
	}
	return wall
}

// agentHistory is the history that the agents are given.
func (t *trial) agentHistory() *agent.History {
	if t.history == nil {
		return nil
	}
	return &t.history.History
}
