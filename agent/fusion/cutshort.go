package fusion

import (
	"context"
	"errors"
	"fmt"

	"bench"
	"bench/agent"
	"bench/sandbox"
	"bench/sandbox/repo"
)

// interrupted is the verdict on work that was cut off from outside. It is no
// escalation: there is nobody to hand back to, or nobody who wants it.
func interrupted(ctx context.Context, r agent.Result, report string) verdict {
	v := verdict{
		state: r.State, kind: bench.NotEscalated, report: report, failed: true, risk: statedRisk(r),
	}
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errStopped):
		v.reason, v.reasonText, v.failed = bench.ReasonCancelledByMain, cause.Error(), false
	case bench.CutOff(ctx) && !errors.Is(cause, errAbandoned):
		v.state = bench.AgentCancelled // also if it had finished: its changes were not taken
	}
	return v
}

// broken ends an activation whose sidekick never took a step.
func (x *activation) broken(ctx context.Context, err error) {
	var refused *repo.PatchError // main's changes do not fit the copy: our fault
	switch {
	case ctx.Err() != nil:
		x.fail(bench.AgentCancelled, context.Cause(ctx))
		if errors.Is(context.Cause(ctx), errStopped) { // as main wanted: no error
			x.out.verdict, x.out.err = interrupted(ctx, agent.Result{State: bench.AgentCancelled}, ""), nil
		}
	case x.fault != nil:
		x.fail(bench.AgentErrorInternal, err)
	case x.stage == queued && !errors.Is(err, sandbox.ErrLost), errors.As(err, &refused):
		x.fail(bench.AgentErrorInternal, err)
	default: // no copy could be made, or it was main's sandbox that was looked at
		x.fail(bench.AgentErrorSandbox, err)
		x.machine(err)
	}
}

// fail ends an activation by a fault, which is no escalation.
func (x *activation) fail(state bench.AgentState, err error) {
	x.out.verdict = verdict{state: state, kind: bench.NotEscalated, failed: true, report: x.out.report}
	x.out.err = err
}

// machine notes that a fault of the machine ended the activation, which says nothing of
// any agent: the trial is worth nothing, as where main's own sandbox is lost.
func (x *activation) machine(err error) {
	if !errors.Is(err, sandbox.ErrLost) {
		err = fmt.Errorf("%w: %w", sandbox.ErrLost, err)
	}
	x.fault, x.out.err = err, err
	x.out.failed, x.out.reason, x.out.reasonText = true, bench.ReasonSandboxLost, err.Error()
}

// lost deals with changes that could not be taken over. The report stands; if
// it was main's own sandbox that failed, main's work ends.
func (x *activation) lost(ctx context.Context, w *workspace, err error) {
	var fault *agent.Fault
	if ctx.Err() != nil && !errors.As(err, &fault) { // no fault of the copy
		x.out.verdict = interrupted(ctx, x.result, x.out.report)
		return
	}
	x.out.err = err
	switch {
	case fault != nil:
		x.stopRun(err)
	case errors.Is(err, sandbox.ErrLost):
		x.machine(err)
	case w.copied:
		x.out.failed, x.out.err = true, fmt.Errorf("its changes are lost: %w", err)
		x.note(ctx, bench.Notice{Code: "changes_lost", Text: x.out.err.Error()})
	}
}
