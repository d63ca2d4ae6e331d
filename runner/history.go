package runner

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"time"

	"bench"
	"bench/agent"
)

// Log is a journal that can be read, as results.Store.
type Log interface {
	// Events yields the events of a run in order, from a sequence number on.
	Events(ctx context.Context, run string, from int64) iter.Seq2[bench.Event, error]
	Body(ctx context.Context, hash bench.BodyHash) (bench.Body, error)
}

// History is a run as its log tells it.
type History struct {
	Run *bench.Run

	log    Log
	trials map[bench.TrialKey]*TrialHistory // of the trials that are open
	spent  bench.Amount                     // by all trials
	lost   []bench.Event                    // calls under way when the process died, as they ended
}

// open reports whether a trial is to be resumed, or started: it has not
// ended, or the user ended it.
func open(t *bench.TrialStatus) bool {
	return t.Phase != bench.PhaseDone || t.Outcome == bench.OutcomeCancelled
}

// ReadHistory reads the log of a run that is to be resumed.
func ReadHistory(ctx context.Context, log Log, id string) (*History, error) {
	run, err := bench.Replay(id, log.Events(ctx, id, 1))
	if err != nil {
		return nil, err
	}
	h := &History{Run: run, log: log, trials: map[bench.TrialKey]*TrialHistory{}}
	return h, h.read(ctx)
}

// read adds up what was spent, and collects the events of the open trials.
// It reads the log once more, so that those of all the others need not be kept.
func (h *History) read(ctx context.Context) error {
	clocks, calls := map[bench.TrialKey]*clock{}, newUnderWay()
	for e, err := range h.log.Events(ctx, h.Run.ID, 1) {
		if err != nil {
			return err
		}
		calls.see(e)
		if err := h.add(ctx, e, clocks); err != nil {
			return err
		}
	}
	h.lost = calls.lost()
	for _, e := range h.lost {
		if err := h.add(ctx, e, clocks); err != nil {
			return err
		}
	}
	for key, c := range clocks {
		h.trials[key].Worked = c.worked
	}
	return nil
}

// add takes over an event: what it spent, and all of it if its trial is open.
func (h *History) add(ctx context.Context, e bench.Event, clocks map[bench.TrialKey]*clock) error {
	if c, ok := e.Payload.(bench.LLMCall); ok {
		h.spent = h.spent.Add(c.Amount())
	}
	t := h.Run.Trials[e.Trial]
	if t == nil || !open(t) {
		return nil
	}
	p := h.trials[e.Trial]
	if p == nil {
		p = &TrialHistory{History: agent.History{Body: func(hash bench.BodyHash) (bench.Body, error) {
			return h.log.Body(ctx, hash)
		}}}
		h.trials[e.Trial], clocks[e.Trial] = p, &clock{}
	}
	p.Events = append(p.Events, e)
	clocks[e.Trial].see(e)
	return p.add(ctx, h.log, e)
}

// add takes from an event what the runner has to know of a trial.
func (t *TrialHistory) add(ctx context.Context, log Log, e bench.Event) error {
	switch p := e.Payload.(type) {
	case bench.LLMCall:
		t.Spent = t.Spent.Add(p.Amount())
	case bench.AgentEnded:
		if bench.Role(e.Agent).Leads() { // these agents are called as their role is
			limit, _ := p.State.Limit()
			t.Submission = agent.Submission{State: p.State, Limit: limit, Error: p.Error}
		}
	case bench.Patch:
		text, err := log.Body(ctx, p.Diff)
		if err != nil {
			return err
		}
		patch := string(text)
		t.Patch = &patch
	}
	return nil
}

// clock adds up how long agents have worked on a trial, in all its processes,
// without its dead time: from the last event of an agent to the first one that
// goes on in the next process.
type clock struct {
	since   time.Time // when they began, this time; zero if they do not work
	resumed bool      // no agent has gone on yet
	worked  time.Duration
}

func (c *clock) see(e bench.Event) {
	switch p := e.Payload.(type) {
	case bench.TrialResumed:
		c.since, c.resumed = time.Time{}, true
	case bench.AgentStarted, bench.AgentResumed:
		if c.resumed {
			c.since, c.resumed = e.Time, false
		}
	case bench.PhaseStarted:
		if !c.since.IsZero() && p.Phase != bench.PhaseSolve {
			c.worked += e.Time.Sub(c.since)
		}
		if c.since = (time.Time{}); p.Phase == bench.PhaseSolve && !c.resumed {
			c.since = e.Time
		}
	}
	if !c.since.IsZero() && e.Agent != "" { // as if this were the end
		c.worked += e.Time.Sub(c.since)
		c.since = e.Time
	}
}

// tasks are those of the run, as they were when it started.
func (h *History) tasks(ctx context.Context) (map[string]bench.Task, error) {
	tasks := map[string]bench.Task{}
	for _, ref := range h.Run.Header.Tasks {
		row, err := h.log.Body(ctx, ref.Row)
		if err != nil {
			return nil, err
		}
		var task bench.Task
		if err := json.Unmarshal(row, &task); err != nil {
			return nil, fmt.Errorf("read task %s: %w", ref.InstanceID, err)
		}
		tasks[ref.InstanceID] = task
	}
	return tasks, nil
}

// Plan lists the trials that are left, in the order of the run, and behind them
// new attempts of those that ended with one of the outcomes, of a run that
// planned a number of attempts. What Run is to know of them is in the
// resumption.
func (h *History) Plan(
	ctx context.Context, outcomes []bench.Outcome, attempts int,
) (plan []bench.Trial, r *Resumption, err error) {
	tasks, err := h.tasks(ctx)
	if err != nil {
		return nil, nil, err
	}
	var keys []bench.TrialKey
	for _, k := range h.Run.Header.Trials {
		if open(h.Run.Trials[k]) {
			keys = append(keys, k)
		}
	}
	r = &Resumption{
		Seq: h.Run.LastSeq, Spent: h.spent, Histories: h.trials, Lost: h.lost,
		Added: h.newAttempts(outcomes, attempts),
	}
	return h.orders(append(keys, r.Added...), tasks), r, nil
}

// Again returns trials of the run's tasks and configurations, as a plan for another
// run.
func (h *History) Again(ctx context.Context, keys []bench.TrialKey) ([]bench.Trial, error) {
	tasks, err := h.tasks(ctx)
	if err != nil {
		return nil, err
	}
	return h.orders(keys, tasks), nil
}

// orders are the work orders for trials of the run.
func (h *History) orders(keys []bench.TrialKey, tasks map[string]bench.Task) []bench.Trial {
	configurations := map[string]bench.Configuration{}
	for _, c := range h.Run.Header.Configurations {
		configurations[c.Name] = c
	}
	plan := make([]bench.Trial, len(keys))
	for i, k := range keys {
		plan[i] = bench.Trial{
			Key: k, Task: tasks[k.InstanceID], Configuration: configurations[k.Configuration],
		}
	}
	return plan
}

// newAttempts are new attempts of trials that ended with one of the outcomes, of a run
// that planned a number of attempts. Each one that was added before stands for a
// trial that had ended so and was tried again.
func (h *History) newAttempts(outcomes []bench.Outcome, planned int) (added []bench.TrialKey) {
	type count struct{ failed, last int }
	counts := map[bench.TrialKey]*count{} // by the key without its attempt
	var order []bench.TrialKey
	for _, k := range h.Run.Header.Trials {
		t, of := h.Run.Trials[k], k
		of.Attempt = 0
		if counts[of] == nil {
			counts[of], order = &count{}, append(order, of)
		}
		c := counts[of]
		c.last = max(c.last, k.Attempt)
		if !open(t) && slices.Contains(outcomes, t.Outcome) {
			c.failed++
		}
	}
	for _, k := range order {
		c := counts[k]
		for n := range max(0, c.failed-max(0, c.last-planned)) {
			k.Attempt = c.last + 1 + n
			added = append(added, k)
		}
	}
	return added
}
