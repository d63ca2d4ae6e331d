package runner_test

import (
	"context"
	"errors"
	"testing"

	"bench"
	"bench/agent"
	"bench/runner"
)

// A session whose work fails is a run that failed, and one whose journal fails ends with
// the journal's error.
func TestSessionThatFails(t *testing.T) {
	t.Parallel()
	none, full := errors.New("nothing to serve"), errors.New("disk full")
	fails := func(context.Context, agent.Job) (agent.Submission, error) {
		return agent.Submission{}, none
	}
	o, l := options(t, 1, nil, nil)
	if err := runner.Session(t.Context(), o, fails); !errors.Is(err, none) {
		t.Errorf("ended with %v", err)
	}
	r := l.fold(t)
	trial := r.Trials[o.Trials[0].Key]
	if r.State != bench.RunFailed || r.Error != "nothing to serve" || trial == nil ||
		trial.Outcome != bench.OutcomeInternal || trial.Error != "nothing to serve" {
		t.Errorf("the run is %s, %q, its trial %+v", r.State, r.Error, trial)
	}
	o, l = options(t, 1, nil, nil)
	l.fail = func(n int) error {
		if n > 3 { // run, and two phases
			return full
		}
		return nil
	}
	records := func(ctx context.Context, job agent.Job) (agent.Submission, error) {
		return agent.Submission{}, job.Record.For("main").Record(ctx, bench.AgentStarted{})
	}
	if err := runner.Session(t.Context(), o, records); !errors.Is(err, full) || len(l.events) != 3 {
		t.Errorf("ended with %v after %d events", err, len(l.events))
	}
}
