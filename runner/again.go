package runner

import (
	"context"
	"errors"
	"slices"

	"bench"
	"bench/agent"
	"bench/sandbox"
)

// noticeMachineLost is recorded where a trial is taken up again on a new machine.
const noticeMachineLost = "machine_lost"

// asCutOff has what failed with a machine that is gone end as if it had been cut off
// there: it is still to be done. Calls of models, which were answered, stay as they are.
func asCutOff(events []bench.Event) []bench.Event {
	lost := -1
	for i, e := range events {
		if note, ok := e.Payload.(bench.Notice); ok && note.Code == noticeMachineLost {
			lost = i
		}
	}
	if lost < 0 {
		return events
	}
	events = slices.Clone(events)
	for i := range events[:lost] {
		e := &events[i]
		switch p := e.Payload.(type) {
		case bench.ToolCall:
			if p.ErrorClass == string(agent.ClassSandbox) {
				p.ErrorClass, e.Payload = bench.ErrorClassCutOff, p
			}
		case bench.AgentEnded:
			if p.State == bench.AgentErrorSandbox {
				p.State, e.Payload = bench.AgentCancelled, p
			}
		case bench.DelegationEnded:
			if p.State == bench.AgentErrorSandbox {
				p.State, e.Payload = bench.AgentCancelled, p
			}
		}
	}
	return events
}

// placer is the pool, if it decides where trials run.
func (x *Executor) placer() sandbox.Placer {
	p, _ := x.Pool.(sandbox.Placer)
	return p
}

// recoverer is the pool, if its machines may be gone without any trial's doing.
func (x *Executor) recoverer() sandbox.Recoverer {
	p, _ := x.Pool.(sandbox.Recoverer)
	return p
}

// lostMachine reports whether a trial is to be taken up again, because a machine that
// it ran on is gone. Once is enough: the second time there is no saying whose fault it is.
func (t *trial) lostMachine(ctx context.Context, err error) bool {
	p := t.executor.recoverer()
	if p == nil || t.again || t.executor.Log == nil || ctx.Err() != nil {
		return false
	}
	switch outcomeOf(ctx, err) {
	case bench.OutcomeInfraSandbox, bench.OutcomeInfraGrading:
		return p.Gone(ctx, t.Key)
	default:
		return false
	}
}

// errProgramLost says why a trial is not taken up again.
var errProgramLost = errors.New("a program cannot go on where it was, and to run it again would " +
	"pay for its model calls a second time: bench resume --only infra does")

// programLost reports whether a trial has lost a program under way, or its changes. Its
// model calls cannot be repeated from the log. A patch that was taken is judged again.
func (t *trial) programLost(ctx context.Context, err error) bool {
	return t.Configuration.Kind == bench.KindCommand && t.begun &&
		outcomeOf(ctx, err) == bench.OutcomeInfraSandbox
}

// through leads a trial through its phases from p, on a new machine from where its log
// ends if the first one is gone.
func (t *trial) through(ctx context.Context, p phase) *trial {
	t.run(ctx, p)
	if t.lost == nil {
		return t
	}
	next, err := t.takenUp(ctx)
	if err != nil {
		t.end(ctx, bench.TrialEnded{Outcome: outcomeOf(ctx, err), Error: errorText(err)})
		return t
	}
	next.run(ctx, next.first())
	return next
}

// takenUp returns the trial as its log has it, when there is a machine for it.
func (t *trial) takenUp(ctx context.Context) (*trial, error) {
	x := t.executor
	note := bench.Notice{Code: noticeMachineLost, Text: errorText(t.lost)}
	if err := t.record.Record(ctx, note); err != nil {
		return nil, err
	}
	if err := x.recoverer().Again(ctx, t.Key); err != nil {
		return nil, err
	}
	h, err := ReadHistory(ctx, x.Log, x.RunID)
	if err != nil {
		return nil, err
	}
	next := x.trial(t.Trial, h.trials[t.Key])
	next.again, next.began = true, t.began
	return next, nil
}
