package runner_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"bench"
	"bench/agent"
	"bench/runner"
	"bench/sandbox"
	"bench/scoring"
)

// unsound is a pool whose machines are gone a number of times in a phase.
type unsound struct {
	sandbox.Pool
	phase bench.Phase
	left  int // machines that are still to go
	gone  bool
	again int
}

// breaks reports that a machine is gone, if it is time.
func (u *unsound) breaks(in bench.Phase) error {
	if u.phase != in || u.left == 0 {
		return nil
	}
	u.left--
	u.gone = true
	return fmt.Errorf("%w: the engine is gone", sandbox.ErrLost)
}

// Create implements sandbox.Pool.
func (u *unsound) Create(ctx context.Context, spec sandbox.Spec) (sandbox.Sandbox, error) {
	if err := u.breaks(bench.PhasePrepare); err != nil {
		return nil, err
	}
	return u.Pool.Create(ctx, spec)
}

// Gone implements sandbox.Recoverer.
func (u *unsound) Gone(context.Context, bench.TrialKey) bool { return u.gone }

// Again implements sandbox.Recoverer.
func (u *unsound) Again(context.Context, bench.TrialKey) error {
	u.gone = false
	u.again++
	return nil
}

// TestMachineLost: a trial is taken up again once, in whatever phase its machine goes; the
// second time the infrastructure ends it. A program that had begun is not run again.
func TestMachineLost(t *testing.T) {
	for _, test := range []struct {
		kind       bench.Kind
		phase      bench.Phase
		lost       int
		want       bench.Outcome
		runs, paid int
		again      int
	}{
		{bench.KindSingle, bench.PhasePrepare, 1, bench.OutcomeResolved, 1, 1, 1},
		{bench.KindSingle, bench.PhasePrepare, 2, bench.OutcomeInfraSandbox, 0, 0, 1},
		{bench.KindSingle, bench.PhaseSolve, 1, bench.OutcomeResolved, 2, 1, 1},
		{bench.KindSingle, bench.PhaseSolve, 2, bench.OutcomeInfraSandbox, 2, 1, 1},
		{bench.KindSingle, bench.PhaseGrade, 1, bench.OutcomeResolved, 1, 1, 1},
		{bench.KindSingle, bench.PhaseGrade, 2, bench.OutcomeInfraGrading, 1, 1, 1},
		{bench.KindCommand, bench.PhasePrepare, 1, bench.OutcomeResolved, 1, 1, 1},
		{bench.KindCommand, bench.PhaseSolve, 1, bench.OutcomeInfraSandbox, 1, 1, 0},
		{bench.KindCommand, bench.PhaseGrade, 1, bench.OutcomeResolved, 1, 1, 1},
		{bench.KindCommand, bench.PhaseGrade, 2, bench.OutcomeInfraGrading, 1, 1, 1},
	} {
		t.Run(fmt.Sprintf("%s in %s, %d times", test.kind, test.phase, test.lost), func(t *testing.T) {
			pool := &unsound{phase: test.phase, left: test.lost}
			runs := 0
			works := func(ctx context.Context, job agent.Job) (agent.Submission, error) {
				runs++
				r := job.Record.For(string(bench.RoleSingle))
				if job.History == nil || runs == 1 || test.kind == bench.KindCommand { // else it is in the log
					if err := r.Record(ctx, bench.LLMCall{Cost: bench.Dollars(0.25)}); err != nil {
						return agent.Submission{}, err
					}
				}
				if lost := pool.breaks(bench.PhaseSolve); lost != nil {
					return agent.Submission{State: bench.AgentErrorSandbox, Error: lost.Error()}, nil //nolint:nilerr // told
				}
				return writes(ctx, job)
			}
			judges := func(j scoring.Job) (bench.Grade, error) {
				if err := pool.breaks(bench.PhaseGrade); err != nil {
					return bench.Grade{}, err
				}
				return verdict(true)(j)
			}
			o, l := options(t, 1, works, judges)
			o.Trials[0].Configuration.Kind = test.kind
			pool.Pool, o.Pool, o.Log = o.Pool, pool, l
			if _, err := runner.Run(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			run := l.fold(t)
			got, paid := run.Trials[o.Trials[0].Key], 0
			for _, e := range l.events {
				if _, ok := e.Payload.(bench.LLMCall); ok {
					paid++
				}
			}
			if got.Outcome != test.want || runs != test.runs || paid != test.paid || pool.again != test.again {
				t.Errorf("%s (%s), run %d times, %d calls paid, taken up %d times", got.Outcome, got.Error, runs,
					paid, pool.again)
			}
			program := test.kind == bench.KindCommand && test.phase == bench.PhaseSolve
			if program != strings.Contains(got.Error, "pay for its model calls a second time") {
				t.Errorf("error %q", got.Error)
			}
		})
	}
}
