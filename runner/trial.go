package runner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"bench"
	"bench/agent"
	"bench/sandbox"
	"bench/sandbox/repo"
	"bench/scoring"
)

// A phase does one step of a trial and returns the next, or nil when
// the trial has ended or the next step belongs to the other pool.
type phase func(ctx context.Context, t *trial) (phase, error)

// trial is one trial under way. It is owned by one worker at a time: first by
// a solver (prepare, solve, extract), then by a grader (grade).
type trial struct {
	bench.Trial
	executor *Executor
	record   bench.Recorder
	budget   *bench.Budget
	history  *TrialHistory // of one that was cut off
	began    time.Time     // in this process
	again    bool          // taken up again on a new machine
	begun    bool          // its agents have begun, in this process
	lost     error         // what went wrong where the machine is gone

	placed     bench.TrialPlaced // as it is in the log, from this process
	next       phase             // for the graders
	box        sandbox.Sandbox
	baseline   repo.Baseline
	submission agent.Submission
	patch      repo.Patch
	result     Result
}

// cleanupTime bounds what is done for a trial after it was cancelled.
const cleanupTime = time.Minute

// run leads the trial through its phases, from p. Whatever goes wrong, a
// panic included, becomes the trial's outcome; nothing reaches other trials.
func (t *trial) run(ctx context.Context, p phase) {
	t.next = nil
	err := t.steps(ctx, p)
	if err == nil {
		return
	}
	gone := t.lostMachine(ctx, err)
	if gone && t.programLost(ctx, err) {
		gone, err = false, fmt.Errorf("%w; %w", err, errProgramLost)
	}
	t.close(ctx)
	if t.next = nil; gone {
		t.lost = err
		return
	}
	t.end(ctx, bench.TrialEnded{Outcome: outcomeOf(ctx, err), Error: errorText(err)})
}

func (t *trial) steps(ctx context.Context, p phase) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%w: %v\n%s", errPanic, v, debug.Stack())
		}
	}()
	for p != nil {
		if err := ctx.Err(); err != nil {
			return err
		}
		if p, err = p(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

func (t *trial) enter(ctx context.Context, p bench.Phase) error {
	return t.record.Record(ctx, bench.PhaseStarted{Phase: p})
}

// prepare makes the agent's sandbox: the repository at its base commit, with
// nothing newer to be found in it.
func prepare(ctx context.Context, t *trial) (phase, error) {
	if err := t.enter(ctx, bench.PhasePrepare); err != nil {
		return nil, err
	}
	box, err := t.create(ctx)
	if err != nil {
		return nil, err
	}
	t.box = box
	if err := t.place(ctx, bench.PhasePrepare); err != nil {
		return nil, err
	}
	if named, ok := box.(sandbox.ImageNamer); ok {
		if err := t.record.Record(ctx, named.Image()); err != nil {
			return nil, err
		}
	}
	t.baseline, err = repo.TakeBaseline(ctx, box)
	if err != nil {
		return nil, &sandboxError{err}
	}
	return solve, nil
}

// create makes a sandbox as the agent finds it at the start.
func (t *trial) create(ctx context.Context) (sandbox.Sandbox, error) {
	box, err := t.executor.Pool.Create(ctx, sandbox.Spec{
		RunID: t.executor.RunID, Trial: t.Key, Purpose: sandbox.ForAgent, Task: t.Task,
	})
	if err != nil {
		return nil, &sandboxError{err}
	}
	if err := repo.CutTask(ctx, box, t.Task); err != nil {
		return nil, errors.Join(&sandboxError{err}, box.Close(ctx))
	}
	return box, nil
}

// solve lets the agent work, for as long as its wall limit allows.
func solve(ctx context.Context, t *trial) (phase, error) {
	if err := t.enter(ctx, bench.PhaseSolve); err != nil {
		return nil, err
	}
	a, err := t.executor.Agents(t.Configuration.Kind)
	if err != nil {
		return nil, err
	}
	t.begun = true
	work, wall, stop := bench.WithWall(ctx, t.wall(ctx))
	defer stop()
	work, full := context.WithCancelCause(work)
	defer full(nil)
	defer sandbox.EndWhenFull(t.box, full)()
	t.submission, err = t.executor.work(work, a, agent.Job{
		Trial: t.Trial, Box: t.box, Fork: t.fork(full), Budget: t.budget, Record: t.recorder(wall),
		History: t.agentHistory(),
	})
	if err != nil && !t.ranOut(work, err) {
		return nil, err
	}
	if t.overspent() {
		return nil, errRunBudget
	}
	return extract, submissionError(t.submission)
}

// fork makes further sandboxes for the trial's agents, of which each may end it.
func (t *trial) fork(
	full context.CancelCauseFunc,
) func(context.Context) (sandbox.Sandbox, error) {
	return func(ctx context.Context) (sandbox.Sandbox, error) {
		box, err := t.create(ctx)
		if err == nil {
			sandbox.EndWhenFull(box, full) // for as long as the sandbox is there
		}
		return box, err
	}
}

// ranOut reports whether err is only the trial's own limit of time or disk, and notes it.
func (t *trial) ranOut(work context.Context, err error) bool {
	var limit *bench.LimitError
	if !errors.As(context.Cause(work), &limit) && !errors.As(err, &limit) {
		return false
	}
	t.submission.Limit, t.submission.Scope = limit.Resource, limit.Scope
	t.submission.State = bench.LimitState(limit.Resource)
	return true
}

// submissionError turns the end states in which there is no answer to judge
// into errors.
func submissionError(s agent.Submission) error {
	switch s.State {
	case bench.AgentErrorLLM:
		return fmt.Errorf("%w: %s", errLLM, s.Error)
	case bench.AgentErrorSandbox:
		return &sandboxError{errors.New(s.Error)}
	case bench.AgentErrorInternal:
		return fmt.Errorf("agent: %s", s.Error)
	case bench.AgentCancelled:
		return context.Canceled
	case bench.AgentFinished, bench.AgentEscalated, bench.AgentStuck, bench.AgentRefused,
		bench.AgentRunning,
		bench.AgentLimitIterations, bench.AgentLimitCost, bench.AgentLimitTokens,
		bench.AgentLimitWall, bench.AgentLimitContext, bench.AgentLimitDisk:
	}
	return nil
}

// extract takes the diff from the sandbox, which is then no longer needed:
// only the diff crosses over to the grader.
func extract(ctx context.Context, t *trial) (phase, error) {
	if err := t.enter(ctx, bench.PhaseExtract); err != nil {
		return nil, err
	}
	if err := t.diff(ctx); err != nil {
		return nil, err
	}
	t.close(ctx)
	diff := bench.Body(t.patch.Text)
	patch := bench.Patch{Diff: diff.Hash(), Bytes: len(diff), Files: len(t.patch.Files)}
	if err := t.record.Record(ctx, patch, diff); err != nil {
		return nil, err
	}
	return t.submit(ctx)
}

// diff takes the patch. An agent that has wrecked what it worked in, so that
// nothing can be taken, has nothing to hand in; that is no fault of the machine.
func (t *trial) diff(ctx context.Context) (err error) {
	t.patch, err = repo.Take(ctx, t.box, t.Task, t.baseline)
	if left, ok := t.patch.LeftOut(); ok && err == nil {
		return t.record.Record(ctx, left)
	}
	if err == nil {
		return nil
	}
	note := bench.Notice{Code: "sandbox_wrecked", Text: errorText(err)}
	var wrecked *repo.WreckedError
	switch {
	case !errors.As(err, &wrecked):
		return &sandboxError{err}
	case errors.Is(err, repo.ErrTooLarge):
		note.Code = "patch_too_large"
	case errors.Is(err, repo.ErrNoRepository):
		note.Code = "repository_destroyed"
	}
	return t.record.Record(ctx, note)
}

// submit passes the patch on to the graders, if there are any and there is
// anything to judge.
func (t *trial) submit(ctx context.Context) (phase, error) {
	if t.executor.Grader == nil {
		t.finish(ctx, bench.OutcomeUngraded, nil)
		return nil, nil
	}
	if strings.TrimSpace(t.patch.Text) == "" {
		unresolved := false
		t.finish(ctx, bench.OutcomeEmptyPatch, &unresolved)
		return nil, nil
	}
	t.next = grade
	return nil, nil
}

// grade has the patch judged in a fresh sandbox.
func grade(ctx context.Context, t *trial) (phase, error) {
	if err := t.enter(ctx, bench.PhaseGrade); err != nil {
		return nil, err
	}
	if err := t.place(ctx, bench.PhaseGrade); err != nil {
		return nil, err
	}
	g, bodies, err := t.executor.Grader.Grade(ctx, scoring.Job{
		RunID: t.executor.RunID, Trial: t.Key, Task: t.Task, Patch: t.patch.Text,
	})
	if err != nil {
		return nil, &gradingError{err}
	}
	if err := t.record.Record(ctx, g, bodies...); err != nil {
		return nil, err
	}
	t.finish(ctx, gradeOutcome(g), trialVerdict(g))
	return nil, nil
}

// trialVerdict is what a grade says of the trial. Tests that do not end have no
// verdict of their own, as the official harness writes no report of them; but
// its rate has them in the denominator, and so has ours: the patch did not make
// the tests pass.
func trialVerdict(g bench.Grade) *bool {
	if g.TimedOut {
		return new(bool)
	}
	return g.Resolved
}

// gradeOutcome names the outcome of a grade.
func gradeOutcome(g bench.Grade) bench.Outcome {
	switch {
	case g.TimedOut:
		return bench.OutcomeGradingTimeout
	case g.Resolved == nil:
		return bench.OutcomeInfraGrading
	case *g.Resolved:
		return bench.OutcomeResolved
	case !g.PatchApplied:
		return bench.OutcomePatchFailed
	}
	return bench.OutcomeUnresolved
}

// finish ends a trial that has been judged. A limit names the outcome, and
// the verdict stands beside it.
func (t *trial) finish(ctx context.Context, o bench.Outcome, resolved *bool) {
	if t.submission.Limit != "" && resolved != nil {
		o = bench.LimitOutcome(t.submission.Limit)
	}
	t.end(ctx, bench.TrialEnded{Outcome: o, Resolved: resolved, Limit: t.submission.Limit})
}

// end records the end of the trial. When that fails the run is stopping
// anyway, and the trial stays open in the log.
func (t *trial) end(ctx context.Context, e bench.TrialEnded) {
	err := t.record.Record(ctx, e)
	t.result = Result{TrialEnded: e, Recorded: err == nil, RunLimit: t.overspent()}
}

// close removes the agent's sandbox, also when the run is being cancelled.
// What cannot be removed now is reaped by the next run.
func (t *trial) close(ctx context.Context) {
	if t.box == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
	defer cancel()
	if err := t.box.Close(ctx); err != nil {
		note := bench.Notice{Code: "sandbox_left", Text: errorText(err)}
		_ = t.record.Record(ctx, note) // a failed append has stopped the run already
	}
	t.box = nil
}

// overspent reports whether the trial ran into the limit of the whole run.
func (t *trial) overspent() bool { return t.submission.Scope == bench.ScopeRun }

func taskBody(t bench.Task) bench.Body {
	b, err := json.Marshal(t)
	if err != nil { // a struct of strings, times and slices always encodes
		panic(fmt.Sprintf("encode task %s: %v", t.InstanceID, err))
	}
	return b
}
