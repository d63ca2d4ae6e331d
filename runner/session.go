package runner

import (
	"context"
	"errors"

	"bench"
	"bench/agent"
)

// Session records one trial that is worked on elsewhere: work sees to what is seen of
// it, until its context ends. It has no sandbox and no patch, and is not judged. The
// trial is the first of o. The error is why it could not be recorded, or what stopped
// it; a limit and an interruption are neither.
func Session(
	ctx context.Context, o Options,
	work func(ctx context.Context, job agent.Job) (agent.Submission, error),
) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	journal := newPublisher(o, stop)
	defer journal.close()
	r := newScheduler(ctx, o, journal)
	if err := r.open(ctx); err != nil {
		return err
	}
	t := r.trial(o.Trials[0])
	for _, phase := range []bench.Phase{bench.PhasePrepare, bench.PhaseSolve} {
		if err := t.enter(ctx, phase); err != nil {
			return err
		}
	}
	during, wall, release := bench.WithWall(ctx, t.wall(ctx))
	defer release()
	sub, err := work(during, agent.Job{
		Trial: t.Trial, Budget: t.budget, Record: t.recorder(wall),
	})
	if err != nil {
		return r.failed(ctx, t, err)
	}
	t.submission = sub
	t.finish(ctx, bench.OutcomeUngraded, nil)
	end := bench.RunEnded{State: bench.RunDone}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, bench.ErrInterrupted) {
		end = r.ended(ctx)
	} else if t.overspent() {
		end = bench.RunEnded{State: bench.RunBudget, Error: errRunBudget.Error()}
	}
	if err := r.executor.recorder().Record(ctx, end); err != nil {
		return err
	}
	if end.State == bench.RunFailed {
		return errors.New(end.Error)
	}
	return nil
}

// failed records that the run failed in its one trial, unless nothing can be recorded,
// and returns why.
func (r *scheduler) failed(ctx context.Context, t *trial, err error) error {
	t.end(ctx, bench.TrialEnded{Outcome: outcomeOf(ctx, err), Error: errorText(err)})
	if !t.result.Recorded {
		return err
	}
	end := bench.RunEnded{State: bench.RunFailed, Error: errorText(err)}
	return errors.Join(err, r.executor.recorder().Record(ctx, end))
}
