package fusion

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bench"
	"bench/agent"
	"bench/agent/tools"
	"bench/sandbox"
	"bench/sandbox/repo"
)

// stage is where a delegation stands.
type stage string

// The stages, in order. Any may be followed by ended.
const (
	queued   stage = "queued"   // accepted; waits for a slot and the workspace
	starting stage = "starting" // has a slot; its workspace is made ready
	running  stage = "running"  // its agent works
	ended    stage = "ended"
)

// next reports whether a delegation may go from s to t.
func (s stage) next(t stage) bool {
	switch s {
	case queued:
		return t == starting || t == ended
	case starting:
		return t == running || t == ended
	case running:
		return t == ended
	case ended:
		return false
	}
	return false
}

// delegation is one task call and the sidekick that works on it: all that is
// known of either. Accept makes it; from then on it is owned by the goroutine
// that runs the call, which alone moves it from stage to stage.
type delegation struct {
	team   *team
	id     string // t0001, …, which is also the sidekick's id
	brief  taskArguments
	limits bench.Limits
	slot   *slot
	stage  stage
	begun  time.Time // when its sidekick began

	result agent.Result
	patch  string
	out    outcome
	fault  error // ends main's work: its sandbox is lost, or the log broken
}

// spawn accepts a task call.
func (t *team) spawn(ctx context.Context, call agent.Call, a taskArguments) (*delegation, error) {
	t.mu.Lock()
	t.last++
	id := fmt.Sprintf("t%04d", t.last)
	t.mu.Unlock()
	d := &delegation{
		team: t, id: id, brief: a, limits: within(t.sidekick.Limits, t.job.Purse.Left()),
		stage: queued,
	}
	prompt := bench.Body(a.Prompt)
	err := t.record.Record(ctx, bench.DelegationSpawned{
		DelegationID: d.id, Activation: 1, BatchID: call.Batch, Index: call.Nth, BatchSize: call.Of,
		Description: a.Description, Prompt: prompt.Hash(), SubagentType: a.SubagentType,
		Limits: d.limits,
	}, prompt)
	if err != nil {
		return nil, err
	}
	d.slot = t.slots.ask()
	return d, nil
}

// within lowers limits to what is left above. A limit of zero would be none, so
// where nothing is left the least there is remains, which pays for nothing.
func within(own bench.Limits, left bench.Amount) bench.Limits {
	if left.Cost >= 0 && (own.Cost == 0 || left.Cost < own.Cost) {
		own.Cost = max(1, left.Cost)
	}
	if left.Tokens >= 0 && (own.Tokens == 0 || left.Tokens < own.Tokens) {
		own.Tokens = max(1, left.Tokens)
	}
	return own
}

// run leads the delegation from its queue to its report.
func (d *delegation) run(ctx context.Context, hold *agent.Hold) agent.Observation {
	defer d.slot.leave()
	defer func() {
		if v := recover(); v != nil && d.stage != ended {
			d.fail(bench.AgentErrorInternal, fmt.Errorf("panic: %v", v))
			d.end(ctx)
			panic(v) // the loop answers for it
		} else if v != nil {
			panic(v)
		}
	}()
	d.work(ctx, hold)
	d.end(ctx)
	o := d.out.observation()
	o.Fault = d.fault
	return o
}

// work is the delegation's life up to its end. Errors before the sidekick's
// first step are faults of the machine or the end of ctx.
func (d *delegation) work(ctx context.Context, hold *agent.Hold) {
	err := ctx.Err()
	var changes string
	if err == nil {
		changes, err = d.look(ctx, hold)
	}
	var w *workspace
	if err == nil {
		w, err = d.prepare(ctx, hold, changes)
	}
	if err != nil {
		d.broken(ctx, err)
		return
	}
	d.solve(ctx, w)
	if ctx.Err() == nil && d.fault == nil {
		if err := d.collect(ctx, w); err != nil {
			d.lost(w, err)
		}
	}
	if err := w.close(ctx); err != nil {
		d.note(ctx, bench.Notice{Code: "sandbox_left", Text: err.Error()})
	}
}

// prepare waits for a slot, makes the workspace ready and notes that the
// sidekick begins. The time until then is no work of the sidekick's: it must
// not count as parallel work.
func (d *delegation) prepare(
	ctx context.Context, hold *agent.Hold, changes string,
) (*workspace, error) {
	asked := time.Now()
	if err := d.slot.wait(ctx); err != nil {
		return nil, err
	}
	granted := time.Now()
	d.enter(starting)
	w, err := d.open(ctx, changes)
	if err != nil {
		return nil, err
	}
	d.begun = time.Now()
	err = d.team.record.Record(ctx, bench.DelegationStarted{
		DelegationID: d.id, Activation: 1, Child: d.id, Queue: granted.Sub(asked),
		LockWait: hold.Waited(), Prepare: d.begun.Sub(granted),
	})
	if err != nil {
		d.fault = err
		return nil, errors.Join(err, w.close(ctx))
	}
	return w, nil
}

// solve runs the sidekick. Its calls use no locks of main's sandbox: in a copy
// there is nobody else, and in main's own files the activation holds all of
// them, while calls of main that wait in the queue would stand in the way.
func (d *delegation) solve(ctx context.Context, w *workspace) {
	t := d.team
	c := t.configuration
	set := tools.NewSet(tools.Options{
		Box: w.box, Agent: d.id, CommandTimeout: c.CommandTimeout,
	}, tools.NewSidekickFinish(c.Escalation.Voluntary()))
	defer set.Close()
	main, here := t.job.Box.Workdir(), w.box.Workdir()
	loop := &agent.Loop{
		Agent: d.id, Parent: t.lead, Delegation: d.id, Role: bench.RoleSidekick,
		Model: t.sidekick.Model, Client: t.client, Record: t.record.For(d.id),
		Purse:  t.job.Purse.Child(bench.ScopeActivation, d.limits),
		Limits: d.limits, Scope: bench.ScopeActivation,
		System: sidekickPrompt(c),
		First:  agent.FirstMessage(here, translate(d.brief.Prompt, main, here)),
		Tools:  set.Tools, MaxParallelTools: t.sidekick.MaxParallelTools,
		WrapUp: t.sidekick.WrapUp,
	}
	d.enter(running)
	var err error
	if d.result, err = loop.Run(ctx); err != nil {
		d.fault = err
	}
	if ctx.Err() != nil {
		// Main's own end is no escalation: there is nobody to hand back to.
		d.out.verdict = verdict{
			state: d.result.State, kind: bench.NotEscalated, report: d.result.Message, failed: true,
		}
	} else {
		d.out.verdict = judge(c.Escalation, d.result)
	}
	d.out.report = translate(d.out.report, here, main)
}

// broken ends a delegation whose sidekick never took a step.
func (d *delegation) broken(ctx context.Context, err error) {
	var refused *repo.PatchError // main's changes do not fit the copy: our fault
	switch {
	case ctx.Err() != nil:
		d.fail(bench.AgentCancelled, context.Cause(ctx))
	case d.fault != nil:
		d.fail(bench.AgentErrorInternal, err)
	case d.stage == queued && errors.Is(err, sandbox.ErrLost):
		d.fault = err // it is main's sandbox that was looked at
		d.fail(bench.AgentErrorSandbox, err)
	case d.stage == queued, errors.As(err, &refused):
		d.fail(bench.AgentErrorInternal, err)
	default:
		d.out.verdict = judge(d.team.configuration.Escalation, agent.Result{
			State: bench.AgentErrorSandbox, Err: err,
		})
	}
}

// fail ends a delegation by a fault, which is no escalation.
func (d *delegation) fail(state bench.AgentState, err error) {
	d.out.verdict = verdict{state: state, kind: bench.NotEscalated, failed: true, report: d.out.report}
	d.out.err = err
}

// lost deals with changes that could not be taken over. The report stands; if
// it was main's own sandbox that failed, main's work ends.
func (d *delegation) lost(w *workspace, err error) {
	d.out.err = err
	var fault *agent.Fault
	if errors.As(err, &fault) || !w.own && errors.Is(err, sandbox.ErrLost) {
		d.fault = err
	}
}

// end records the end of the delegation, whatever it was.
func (d *delegation) end(ctx context.Context) {
	d.enter(ended)
	o := &d.out
	o.id, o.turns = d.id, d.result.Turns
	if !d.begun.IsZero() {
		o.took = time.Since(d.begun)
	}
	report, patch := bench.Body(o.report), bench.Body(d.patch)
	e := bench.DelegationEnded{
		DelegationID: d.id, Activation: 1, State: o.state, Escalation: o.kind, Reason: o.reason,
		ReasonText: o.reasonText, SentinelMisplaced: o.misplaced,
		Report: report.Hash(), Patch: patch.Hash(), ChangedFiles: o.files,
		Turns: d.result.Turns, Usage: d.result.Usage, Cost: d.result.Cost,
	}
	if !d.begun.IsZero() {
		e.Child = d.id
	}
	if o.err != nil {
		e.Error = o.err.Error()
	}
	if err := d.team.record.Record(ctx, e, report, patch); err != nil && d.fault == nil {
		d.fault = err
	}
}

func (d *delegation) note(ctx context.Context, n bench.Notice) {
	if err := d.team.record.Record(ctx, n); err != nil && d.fault == nil {
		d.fault = err
	}
}

// enter moves the delegation to its next stage.
func (d *delegation) enter(s stage) {
	if !d.stage.next(s) {
		panic(fmt.Sprintf("delegation %s: %s after %s", d.id, s, d.stage))
	}
	d.stage = s
}
