package fusion

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"bench"
	"bench/agent"
	"bench/llm"
	"bench/sandbox/repo"
)

// team is one trial's main agent and its sidekicks.
type team struct {
	job           agent.Job
	configuration bench.Configuration
	sidekick      bench.Sidekick
	client        llm.Client // of the sidekicks' model
	lead          string     // id of the main agent
	record        bench.Recorder
	locks         agent.Locks // of the main agent's sandbox
	slots         *Slots      // of this trial
	runSlots      *Slots      // of the run
	// start is the workspace before main touched it, as every fork has it.
	start repo.Baseline
	// temp is the directory for patch files in main's sandbox; empty until somebody has
	// looked for it, who holds looking.
	temp    string
	looking chan struct{}
	// places are those of one batch for task calls, which the activations wait for
	// themselves: no other call of the batch waits behind tasks.
	places  *Slots
	placeOf string // the batch

	// back is closed when main is as it was when the trial was cut off, open when it calls
	// its model after that; nil if the trial starts.
	back, open chan struct{}

	// ctx is the context of all activations: it ends with main's work.
	ctx     context.Context
	end     context.CancelCauseFunc
	running sync.WaitGroup

	mu          sync.Mutex
	delegations []*delegation // t0001 is the first
	warned      bool          // main knows that finishing stops what is still running
}

// delegation is what main calls a task: a piece of work that has an id, and the
// activations of the sidekick that works on it. There are several where main
// resumes it.
type delegation struct {
	team        *team
	id          string        // t0001, …
	budget      *bench.Budget // of all activations
	activations []*activation // guarded by team.mu
}

// The causes with which activations are stopped.
var (
	errStopped   = errors.New("stopped by the main agent")
	errAbandoned = errors.New("the main agent ended without it")
)

// snapshot reports whether sidekicks work on copies.
func (t *team) snapshot() bool {
	return t.sidekick.Workspace == bench.WorkspaceSnapshot || t.sidekick.Workspace == ""
}

// tools are those that main has and a single agent has not.
func (t *team) tools() []agent.Tool {
	all := []agent.Tool{newTask(t)}
	if t.sidekick.Background {
		all = append(all, newTaskOutput(t), newTaskStop(t))
	}
	return all
}

// spawn accepts a task call. The error is one that main is told, or a Fault.
func (t *team) spawn(ctx context.Context, call agent.Call, a taskArguments) (*activation, error) {
	if x := t.resumed(call); x != nil { // accepted before the trial was cut off
		if !x.history.over() { // else it needs no slot any more
			x.enqueue(false)
		}
		return x, nil
	}
	a.batch = call.Batch
	x, err := t.register(call, a)
	if err != nil {
		return nil, err
	}
	prompt := bench.Body(t.job.Alias().Show(a.Prompt))
	err = t.record.Record(ctx, bench.DelegationSpawned{
		DelegationID: x.id, Activation: x.n, Background: a.Background, BatchID: call.Batch,
		Index: call.Nth, BatchSize: call.Of, Description: a.Description, Prompt: prompt.Hash(),
		SubagentType: a.SubagentType, Limits: x.limits,
	}, prompt)
	if err != nil {
		x.leave()
		return nil, &agent.Fault{Err: err}
	}
	return x, nil
}

// register adds an activation and queues it: both follow the
// order of the calls.
func (t *team) register(call agent.Call, a taskArguments) (*activation, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	d, err := t.choose(a)
	if err != nil {
		return nil, err
	}
	x := d.activation(a)
	x.limits = d.limits()
	if t.sidekick.Context == bench.ContextFork && x.n == 1 {
		x.background = agent.Transcript(call.Messages, forkChars)
	}
	if !x.enqueue(a.Background) {
		return nil, fmt.Errorf("no sidekick is free for a task in the background: %d are at work. "+
			"Wait for one with task_output, or call task without run_in_background", t.sidekick.MaxParallel)
	}
	if len(d.activations) == 0 {
		t.delegations = append(t.delegations, d)
	}
	d.activations = append(d.activations, x)
	t.warned = t.warned && !a.Background
	return x, nil
}

// batch returns the places of a response's task calls. Batches come one after
// the other.
func (t *team) batch(id string) *Slots {
	if t.places == nil || t.placeOf != id {
		t.places, t.placeOf = NewSlots(max(1, t.configuration.MaxParallelTools)), id
	}
	return t.places
}

// choose returns the delegation that a call is about: a new one, the one it
// resumes, or the only one there is.
func (t *team) choose(a taskArguments) (*delegation, error) {
	if t.sidekick.Memory == bench.MemoryPersistent && len(t.delegations) > 0 {
		return t.delegations[0], nil
	}
	if a.Resume == "" {
		return t.delegation(fmt.Sprintf("t%04d", len(t.delegations)+1)), nil
	}
	d, err := t.find(a.Resume)
	if err != nil {
		return nil, err
	}
	last := d.last()
	switch {
	case last.stage != ended:
		return nil, fmt.Errorf("task %s has not ended: it is %s and cannot be resumed", d.id, last.stage)
	case t.configuration.Strict && last.out.kind != bench.NotEscalated:
		return nil, fmt.Errorf("task %s was escalated and cannot be resumed: take it over", d.id)
	}
	return d, nil
}

// delegation returns a new one, which is not among the others yet.
func (t *team) delegation(id string) *delegation {
	budget := t.job.Budget.Child(bench.ScopeDelegation, t.sidekick.Total)
	return &delegation{team: t, id: id, budget: budget}
}

// find returns a delegation by its id. Its caller holds mu.
func (t *team) find(id string) (*delegation, error) {
	known := make([]string, len(t.delegations))
	for i, d := range t.delegations {
		if known[i] = d.id; d.id == id {
			return d, nil
		}
	}
	if len(known) == 0 {
		return nil, fmt.Errorf("there is no task %q: none was started", id)
	}
	return nil, fmt.Errorf("there is no task %q (known: %s)", id, strings.Join(known, ", "))
}

// last is the latest activation.
func (d *delegation) last() *activation { return d.activations[len(d.activations)-1] }

// activation returns the next one, which is not among the others yet.
func (d *delegation) activation(a taskArguments) *activation {
	x := &activation{
		delegation: d, n: len(d.activations) + 1, brief: a, stage: queued, done: make(chan struct{}),
	}
	if x.agent = d.id; x.n > 1 {
		x.agent = fmt.Sprintf("%s.%d", d.id, x.n)
	}
	x.ctx, x.stop = context.WithCancelCause(d.team.ctx)
	return x
}

// limits are those of the next activation: a sidekick's, lowered to what is
// unspent above, whatever others hold back of it for the moment. A limit of zero
// would be none, so where nothing is left the least
// there is remains, which pays for nothing.
func (d *delegation) limits() bench.Limits {
	own, left := d.team.sidekick.Limits, d.budget.Unspent()
	own.Iterations = lower(own.Iterations, left.Iterations)
	own.Cost = lower(own.Cost, left.Cost)
	own.Tokens = lower(own.Tokens, left.Tokens)
	if total := d.team.sidekick.Total.Wall; total > 0 {
		for _, x := range d.activations {
			total -= x.out.took
		}
		own.Wall = lower(own.Wall, max(0, total))
	}
	return own
}

// lower is a limit (0: none) within what is left (negative: unlimited).
func lower[T ~int64](own, left T) T {
	if left >= 0 && (own == 0 || left < own) {
		return max(1, left)
	}
	return own
}

// beforeEnd is why main may not finish yet: tasks are at work in the background.
// Main is told once; if it finishes nevertheless, they are stopped.
func (t *team) beforeEnd() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var live []string
	for _, d := range t.delegations {
		if x := d.last(); x.brief.Background && x.stage != ended {
			live = append(live, d.id)
		}
	}
	if len(live) == 0 || t.warned {
		return ""
	}
	t.warned = true
	return render("live", struct {
		IDs  string
		Many bool
	}{strings.Join(live, ", "), len(live) > 1})
}

// close stops what is still at work and waits for it. The error is that an
// event could not be recorded.
func (t *team) close() error {
	t.end(errAbandoned)
	t.running.Wait()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, d := range t.delegations {
		for _, x := range d.activations {
			if x.unrecorded != nil {
				return x.unrecorded
			}
		}
	}
	return nil
}
