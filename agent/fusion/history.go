package fusion

import (
	"context"
	"errors"
	"strings"
	"time"

	"bench"
	"bench/agent"
)

// activationHistory is what the log holds of an activation of a trial that was
// cut off. A new activation has the nil history.
type activationHistory struct {
	batch   string // where its task call stands
	index   int
	began   time.Time              // when its sidekick began, if it did
	end     *bench.DelegationEnded // how it ended; nil if it is resumed
	resumed bool                   // the call was made again
}

func (r *activationHistory) started() bool { return r != nil && !r.began.IsZero() }

func (r *activationHistory) over() bool { return r != nil && r.end != nil }

// restore rebuilds the delegations of a trial that was cut off. Those that had
// ended stay as they were; the others resume when main's calls are replayed.
func (t *team) restore(past *agent.History) error {
	if past == nil {
		return nil
	}
	for _, e := range past.Events {
		var err error
		switch p := e.Payload.(type) {
		case bench.DelegationSpawned:
			err = t.restoreSpawned(p)
		case bench.DelegationStarted:
			t.logged(p.DelegationID, p.Activation).history.began = e.Time
		case bench.DelegationEnded:
			err = t.restoreEnded(p, e.Time)
		case bench.LLMCall:
			t.restoreCall(e.Agent, p)
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

// logged is an activation that is in the log.
func (t *team) logged(id string, n int) *activation {
	d, err := t.find(id)
	if err != nil || n > len(d.activations) {
		panic("the log speaks of an activation that was never spawned: " + id)
	}
	return d.activations[n-1]
}

func (t *team) restoreSpawned(p bench.DelegationSpawned) error {
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
	x.limits, x.history = p.Limits, &activationHistory{batch: p.BatchID, index: p.Index}
	d.activations = append(d.activations, x)
	return nil
}

// restoreEnded takes over how an activation ended. One that the end of the
// process or the user stopped is resumed.
func (t *team) restoreEnded(p bench.DelegationEnded, at time.Time) error {
	x := t.logged(p.DelegationID, p.Activation)
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
	x.history.end, x.patch, x.begun, x.ended = &p, string(patch), x.history.began, at
	x.out = outcome{
		verdict: verdict{
			state: p.State, kind: p.Escalation, reason: p.Reason, reasonText: p.ReasonText,
			misplaced: p.SentinelMisplaced, report: string(report),
			failed: p.Escalation == bench.NotEscalated && p.State != bench.AgentFinished,
		},
		turns: p.Turns, cost: p.Cost, unreported: p.UnreportedCost, files: p.ChangedFiles,
		inPlace:   len(p.ChangedFiles) > 0 && !t.snapshot(),
		discarded: len(p.ChangedFiles) > 0 && t.snapshot() && t.sidekick.ReadOnly,
	}
	if x.history.started() {
		x.out.took = at.Sub(x.history.began)
	}
	if p.Error != "" {
		x.out.err = errors.New(p.Error)
	}
	return nil
}

// restoreCall books a sidekick's call in the budget of its delegation.
func (t *team) restoreCall(who string, p bench.LLMCall) {
	id, _, _ := strings.Cut(who, ".")
	d, err := t.find(id)
	if err != nil {
		return // it is a call of main's
	}
	d.budget.ChargeAlone(p.Amount())
	for _, x := range d.activations {
		if x.agent == who {
			x.result.Add(p)
		}
	}
}

// settle closes an activation that had ended.
func (x *activation) settle() {
	if x.history.over() {
		x.stage = ended
		close(x.done)
		x.stop(nil)
	}
}

// resumed returns the activation that a task call had started before the trial
// was cut off, once.
func (t *team) resumed(call agent.Call) *activation {
	for _, d := range t.delegations {
		for _, x := range d.activations {
			p := x.history
			if p != nil && !p.resumed && p.batch == call.Batch && p.index == call.Nth {
				p.resumed = true
				return x
			}
		}
	}
	return nil
}

// Replay implements agent.Replayer. What an ended activation had changed is
// brought to main again; one in the background that had not ended resumes.
func (t *task) Replay(ctx context.Context, call agent.Call) error {
	x := t.team.resumed(call)
	if x == nil {
		return nil // the call was refused
	}
	if x.history.over() {
		return x.replay(ctx)
	}
	x.enqueue(false)
	x.begin(t.team.locks.Enqueue(x.locks()...))
	return nil
}
