package fusion

import (
	"context"
	"errors"
	"strings"
	"time"

	"bench"
	"bench/agent"
)

// recollection is what the log holds of an activation of a trial that was cut
// off. The nil recollection is that of one that is new.
type recollection struct {
	batch string // where its task call stands
	index int
	began time.Time              // when its sidekick began, if it did
	end   *bench.DelegationEnded // how it ended; nil if it has to go on
	taken bool                   // the call was made again
}

func (r *recollection) started() bool { return r != nil && !r.began.IsZero() }

func (r *recollection) over() bool { return r != nil && r.end != nil }

// recall rebuilds the delegations of a trial that was cut off. Those that had
// ended stay as they were; the others go on when main's calls are made again.
func (t *team) recall(past *agent.History) error {
	if past == nil {
		return nil
	}
	for _, e := range past.Events {
		var err error
		switch p := e.Payload.(type) {
		case bench.DelegationSpawned:
			err = t.recallSpawned(p)
		case bench.DelegationStarted:
			t.recalledAs(p.DelegationID, p.Activation).past.began = e.Time
		case bench.DelegationEnded:
			err = t.recallEnded(p, e.Time)
		case bench.LLMCall:
			t.recallCall(e.Agent, p)
		}
		if err != nil {
			return err
		}
	}
	for _, d := range t.delegations {
		for _, x := range d.activations {
			x.settle()
		}
	}
	return nil
}

// recalledAs is an activation that is in the log.
func (t *team) recalledAs(id string, n int) *activation {
	d, err := t.find(id)
	if err != nil || n > len(d.activations) {
		panic("the log speaks of an activation that was never spawned: " + id)
	}
	return d.activations[n-1]
}

func (t *team) recallSpawned(p bench.DelegationSpawned) error {
	prompt, err := t.job.History.Body(p.Prompt)
	if err != nil {
		return err
	}
	d, err := t.find(p.DelegationID)
	if err != nil {
		d = t.delegation(p.DelegationID)
		t.delegations = append(t.delegations, d)
	}
	x := d.activation(taskArguments{
		Description: p.Description, Prompt: string(prompt), SubagentType: p.SubagentType,
		Background: p.Background,
	})
	x.limits, x.past = p.Limits, &recollection{batch: p.BatchID, index: p.Index}
	d.activations = append(d.activations, x)
	return nil
}

// recallEnded takes over how an activation ended. One that the end of the
// process or the user stopped goes on.
func (t *team) recallEnded(p bench.DelegationEnded, at time.Time) error {
	x := t.recalledAs(p.DelegationID, p.Activation)
	if p.State == bench.AgentCancelled && p.Reason != bench.ReasonCancelledByMain && !p.Abandoned {
		return nil
	}
	report, err := t.job.History.Body(p.Report)
	if err != nil {
		return err
	}
	patch, err := t.job.History.Body(p.Patch)
	if err != nil {
		return err
	}
	x.past.end, x.patch, x.begun, x.ended = &p, string(patch), x.past.began, at
	x.out = outcome{
		verdict: verdict{
			state: p.State, kind: p.Escalation, reason: p.Reason, reasonText: p.ReasonText,
			misplaced: p.SentinelMisplaced, report: string(report),
			failed: p.Escalation == bench.NotEscalated && p.State != bench.AgentFinished,
		},
		turns: p.Turns, cost: p.Cost, files: p.ChangedFiles,
		inPlace:   len(p.ChangedFiles) > 0 && !t.snapshot(),
		discarded: len(p.ChangedFiles) > 0 && t.snapshot() && t.sidekick.ReadOnly,
	}
	if x.past.started() {
		x.out.took = at.Sub(x.past.began)
	}
	if p.Error != "" {
		x.out.err = errors.New(p.Error)
	}
	return nil
}

// recallCall books a sidekick's call in the budget of its delegation.
func (t *team) recallCall(who string, p bench.LLMCall) {
	id, _, _ := strings.Cut(who, ".")
	if d, err := t.find(id); err == nil { // else it is a call of main's
		d.budget.ChargeAlone(p.Amount())
	}
}

// settle closes an activation that had ended.
func (x *activation) settle() {
	if x.past.over() {
		x.stage = ended
		close(x.done)
		x.stop(nil)
	}
}

// recalled returns the activation that a task call had started before the trial
// was cut off, once.
func (t *team) recalled(call agent.Call) *activation {
	for _, d := range t.delegations {
		for _, x := range d.activations {
			p := x.past
			if p != nil && !p.taken && p.batch == call.Batch && p.index == call.Nth {
				p.taken = true
				return x
			}
		}
	}
	return nil
}

// Redo implements agent.Redoer. What an ended activation had changed is brought
// to main again; one in the background that had not ended goes on.
func (t *task) Redo(ctx context.Context, call agent.Call) error {
	x := t.team.recalled(call)
	if x == nil {
		return nil // the call was refused
	}
	if x.past.over() {
		return x.again(ctx)
	}
	x.line(false)
	x.begin(t.team.locks.Enqueue(x.locks()...))
	return nil
}
