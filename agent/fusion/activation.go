package fusion

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bench"
	"bench/agent"
	"bench/agent/tools"
	"bench/llm"
	"bench/sandbox"
)

// stage is where an activation stands.
type stage string

// The stages, in order. Any may be followed by ended.
const (
	queued   stage = "queued"   // accepted; waits for the workspace and a slot
	starting stage = "starting" // has a slot; its workspace is made ready
	running  stage = "running"  // its agent works
	ended    stage = "ended"
)

// next reports whether an activation may go from s to t.
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

// activation is one sidekick at work on a delegation. It is owned by the one
// goroutine that runs it, which alone moves it from stage to stage and gives its
// slots back. Others may cancel it, wait until done is closed, and read what
// they need under team.mu: the stage, and once it has ended all the rest.
type activation struct {
	*delegation
	n          int    // from 1
	agent      string // id of the sidekick: t0001, then t0001.2, …
	brief      taskArguments
	background string // transcript of main's conversation, if it is to know it
	limits     bench.Limits
	place      *slot // in its batch
	slot       *slot // in the trial
	runSlot    *slot // in the run
	ctx        context.Context
	stop       context.CancelCauseFunc
	done       chan struct{}      // closed when the goroutine has ended and the slots are free
	history    *activationHistory // of one that was cut off
	comeback                      // of its sidekick, if that was at work then

	stage                         stage
	begun                         time.Time // when its sidekick began
	ended                         time.Time
	result                        agent.Result
	patch                         string        // what it changed
	missing                       []string      // earlier patches not in its files
	inspected, collected, removed time.Duration // see bench.DelegationStarted and DelegationEnded
	out                           outcome
	fault                         error // ends main's work: its sandbox is lost, or the log broken
	// unrecorded is the part of fault that ends the run.
	unrecorded error
}

// enqueue asks for a place in the batch and for the slots, in the trial and in
// the run; for a task in the background, which takes no place of its batch, only
// if both are free.
//
// Two activations must never wait for each other. So all ask in call order, as
// they do for locks: first for a place, then for a slot of the trial, and with
// that for one of the run; each once it has what comes before. Under
// shared_locked an activation asks for the slot of the run last, once
// it has the workspace, so that no activation holds that slot while it waits for
// the workspace.
func (x *activation) enqueue(background bool) bool {
	t := x.team
	take := (*Slots).enqueue
	if background {
		take = (*Slots).try
	}
	if !x.brief.Background {
		if x.place = t.batch(x.brief.batch).enqueue(); !x.place.free() {
			return true
		}
	}
	if x.slot = take(t.slots); x.slot == nil {
		return false
	}
	if t.sidekick.Workspace == bench.WorkspaceSharedLocked || !x.slot.free() {
		return true
	}
	if x.runSlot = take(t.runSlots); x.runSlot == nil {
		x.slot.leave()
		return false
	}
	return true
}

// leave gives all slots back.
func (x *activation) leave() {
	x.runSlot.leave()
	x.slot.leave()
	x.place.leave()
}

// begin starts the activation in a goroutine of its own; locks are those it
// asked for.
func (x *activation) begin(locks *agent.Hold) {
	x.hold()
	x.team.running.Go(func() {
		defer close(x.done)
		defer x.goesOn()
		defer x.stop(nil)
		defer x.leave()
		defer locks.Release()
		x.run(x.ctx, locks)
	})
}

// run leads the activation from its queue to its end.
func (x *activation) run(ctx context.Context, locks *agent.Hold) {
	defer func() {
		if v := recover(); v != nil {
			x.out.panicked = agent.Panicked(ctx, "task", v)
			if x.stage != ended {
				x.fail(bench.AgentErrorInternal, fmt.Errorf("panic: %v", v))
				x.finish(ctx)
			}
		}
	}()
	x.work(ctx, locks)
	x.finish(ctx)
}

// work is all that the activation does before its end is recorded. Errors before the sidekick's
// first step are faults of the machine or the end of ctx.
func (x *activation) work(ctx context.Context, locks *agent.Hold) {
	if x.back == nil {
		x.assembled = x.team.assemble(ctx)
	}
	w, err := x.prepare(ctx, locks)
	if err != nil {
		x.broken(ctx, err)
		return
	}
	x.solve(ctx, w)
	solved := time.Now()
	if x.fault == nil {
		if err := x.collect(ctx, w); err != nil {
			x.lost(ctx, w, err)
		}
	}
	collected := time.Now()
	err = w.close(ctx)
	x.collected, x.removed = collected.Sub(solved), time.Since(collected)
	if err != nil {
		x.note(ctx, bench.Notice{Code: "sandbox_left", Text: err.Error()})
	}
}

// prepare waits for the workspace and a slot, makes the workspace ready and
// notes that the sidekick begins. The time until then is no work of the
// sidekick's: it must not count as parallel work.
func (x *activation) prepare(ctx context.Context, locks *agent.Hold) (*workspace, error) {
	if err := locks.Wait(ctx); err != nil {
		return nil, err
	}
	held := time.Now()
	changes, err := x.inspect(ctx, locks)
	if err != nil {
		return nil, err
	}
	asked := time.Now()
	x.inspected = asked.Sub(held)
	if err := x.wait(ctx); err != nil {
		return nil, err
	}
	granted := time.Now()
	x.enter(starting)
	w, err := x.open(ctx, changes)
	if err != nil {
		return nil, err
	}
	if x.begun = time.Now(); x.history.started() {
		x.begun = x.history.began
		return w, nil
	}
	queued, locked := x.waitedBefore()
	err = x.team.record.Record(ctx, bench.DelegationStarted{
		DelegationID: x.id, Activation: x.n, Child: x.agent, Queue: queued + granted.Sub(asked),
		LockWait: locked + max(0, locks.Waited()-x.assembled),
		Inspect:  x.inspected, Prepare: x.begun.Sub(granted),
	})
	if err != nil {
		x.stopRun(err)
		return nil, errors.Join(err, w.close(ctx))
	}
	return w, nil
}

// wait waits for the slots, and for the activation before this one.
func (x *activation) wait(ctx context.Context) error {
	if x.n > 1 {
		select {
		case <-x.before().done:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	if err := x.queue(ctx, x.place); err != nil {
		return err
	}
	if x.slot == nil {
		x.slot = x.team.slots.enqueue()
	}
	if err := x.queue(ctx, x.slot); err != nil {
		return err
	}
	if x.runSlot == nil {
		x.runSlot = x.team.runSlots.enqueue()
	}
	return x.queue(ctx, x.runSlot)
}

// before is the activation before this one, which is not the first.
func (x *activation) before() *activation {
	x.team.mu.Lock()
	defer x.team.mu.Unlock()
	return x.activations[x.n-2]
}

// solve runs the sidekick. Its calls use no locks of main's sandbox: in a copy
// there is nobody else; where it has main's files to itself, calls of main that
// wait in the queue would stand in the way; and shared_free means just that.
func (x *activation) solve(ctx context.Context, w *workspace) {
	t, c := x.team, x.team.configuration
	set := tools.NewSet(tools.Options{
		Box: w.box, Agent: x.agent, CommandTimeout: c.CommandTimeout,
	}, tools.NewSidekickFinish(c.Escalation.Voluntary()))
	defer set.Close()
	main, here := t.job.Box.Workdir(), w.box.Workdir()
	history, err := x.conversation()
	if err != nil {
		x.fail(bench.AgentErrorInternal, err)
		return
	}
	loop := &agent.Loop{
		Agent: x.agent, Parent: t.lead, Delegation: x.id, Role: bench.RoleSidekick,
		Model: t.sidekick.Model, Client: t.client, Record: t.record.For(x.agent),
		Budget: x.budget.Child(bench.ScopeActivation, x.limits),
		Limits: x.limits, Scope: bench.ScopeActivation,
		Alias:  sandbox.AliasOf(w.box),
		System: sidekickPrompt(c), First: translate(x.first(here), main, here), Conversation: history,
		History: t.job.History, Replayed: x.replayed,
		Tools: set.Tools, MaxParallelTools: t.sidekick.MaxParallelTools,
		Notice: t.sidekick.Notice, WrapUp: t.sidekick.WrapUp,
	}
	x.enter(running)
	if x.result, err = loop.Run(ctx); err != nil {
		x.stopRun(err)
	}
	x.out.verdict = judge(c.Escalation, x.result)
	if err := x.result.Err; ctx.Err() == nil && errors.Is(err, sandbox.ErrLost) {
		x.machine(err)
	}
	x.out.report = translate(x.out.report, here, main)
}

// history is what the sidekick has said and seen in earlier activations.
func (x *activation) conversation() ([]*llm.Message, error) {
	if x.n == 1 {
		return nil, nil
	}
	before := x.before()
	if before.result.Messages != nil {
		return before.result.Messages, nil
	}
	return x.team.job.History.Conversation(before.agent)
}

// finish records the end of the activation, whatever it was.
func (x *activation) finish(ctx context.Context) {
	o := &x.out
	o.turns, o.cost, o.unreported = x.result.Turns, x.result.Cost, x.result.Unreported
	x.ended, o.took = time.Now(), x.result.Worked
	report, patch := bench.Body(o.report), bench.Body(x.patch)
	e := bench.DelegationEnded{
		DelegationID: x.id, Activation: x.n, State: o.state, Escalation: o.kind, Reason: o.reason,
		ReasonText: o.reasonText, Sentinel: o.sentinel, SentinelMisplaced: o.misplaced, Risk: o.risk,
		Collect: x.collected, Remove: x.removed,
		Abandoned: errors.Is(context.Cause(ctx), errAbandoned) && o.state == bench.AgentCancelled,
		Report:    report.Hash(), Patch: patch.Hash(), ChangedFiles: o.files,
		Turns: x.result.Turns, Usage: x.result.Usage, Cost: x.result.Cost,
		UnreportedCost: x.result.Unreported,
	}
	if !x.begun.IsZero() || x.history.started() {
		e.Child = x.agent
	}
	if o.err != nil {
		e.Error = o.err.Error()
	}
	x.save(ctx, x.team.record, e, report, patch)
	x.conflicts(ctx)
	x.enter(ended)
}

func (x *activation) note(ctx context.Context, n bench.Notice) { x.save(ctx, x.team.record, n) }

// save records an event; the first failure ends main's work.
func (x *activation) save(
	ctx context.Context, r bench.Recorder, p bench.Payload, bodies ...bench.Body,
) {
	if err := r.Record(ctx, p, bodies...); err != nil && x.fault == nil {
		x.stopRun(err)
	}
}

// stopRun notes that an event could not be recorded.
func (x *activation) stopRun(err error) { x.unrecorded, x.fault = err, err }

// enter moves the activation to its next stage.
func (x *activation) enter(s stage) {
	x.team.mu.Lock()
	defer x.team.mu.Unlock()
	if !x.stage.next(s) {
		panic(fmt.Sprintf("delegation %s: %s after %s", x.agent, s, x.stage))
	}
	x.stage = s
}
