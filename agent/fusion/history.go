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
	spawned time.Time
	began   time.Time              // when its sidekick began, if it did
	worked  bool                   // its agent had started
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
	queue := slotQueue{free: max(1, t.sidekick.MaxParallel)}
	if t.sidekick.Workspace == bench.WorkspaceSharedLocked {
		queue.free = 1 // has the lock
	}
	for _, e := range past.Events {
		queue.see(e)
		var err error
		switch p := e.Payload.(type) {
		case bench.DelegationSpawned:
			err = t.restoreSpawned(p, e.Time)
		case bench.DelegationStarted:
			t.logged(p.DelegationID, p.Activation).history.began = e.Time
		case bench.AgentStarted:
			if x := t.workedOnBy(e.Agent); x != nil {
				x.history.worked = true
			}
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
			switch x.settle(); {
			case x.history.isCutOff():
				x.back = make(chan struct{})
			case !x.history.started() && !x.history.over():
				at := queue.granted[activationKey{x.id, x.n}]
				x.queued = past.Between(x.history.spawned, at)
			}
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

func (t *team) restoreSpawned(p bench.DelegationSpawned, at time.Time) error {
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
		Background: p.Background, batch: p.BatchID,
	})
	x.limits, x.history = p.Limits, &activationHistory{batch: p.BatchID, index: p.Index, spawned: at}
	d.activations = append(d.activations, x)
	return nil
}

// restoreEnded takes over how an activation ended. One that the end of the
// process or the user stopped is resumed.
func (t *team) restoreEnded(p bench.DelegationEnded, at time.Time) error {
	x := t.logged(p.DelegationID, p.Activation)
	if bench.Remains(p) {
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
			sentinel: p.Sentinel, misplaced: p.SentinelMisplaced, risk: p.Risk, report: string(report),
			failed: p.Escalation == bench.NotEscalated && p.State != bench.AgentFinished &&
				p.Reason != bench.ReasonCancelledByMain,
		},
		turns: p.Turns, cost: p.Cost, unreported: p.UnreportedCost, files: p.ChangedFiles,
		inPlace:   len(p.ChangedFiles) > 0 && !t.snapshot(),
		discarded: len(p.ChangedFiles) > 0 && t.snapshot() && t.sidekick.ReadOnly,
	}
	if x.out.took, err = t.job.History.Worked(x.agent); err != nil {
		return err
	}
	if p.Error != "" {
		x.out.err = errors.New(p.Error)
	}
	return nil
}

// restoreCall books a sidekick's call in the budget of its delegation.
func (t *team) restoreCall(who string, p bench.LLMCall) {
	if x := t.workedOnBy(who); x != nil { // else it is a call of main's
		x.budget.ChargeAlone(p.Amount())
		x.result.Add(p)
	}
}

// workedOnBy is the activation that a sidekick worked on, nil if the agent is none.
func (t *team) workedOnBy(who string) *activation {
	id, _, _ := strings.Cut(who, ".")
	d, err := t.find(id)
	if err != nil {
		return nil
	}
	for _, x := range d.activations {
		if x.agent == who {
			return x
		}
	}
	return nil
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
				t.warned = t.warned && !x.brief.Background
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
