package runner

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"bench"
	"bench/agent"
)

// Log is a journal that can be read, as results.Store.
type Log interface {
	// State is a run as bench.Run folds it from its events.
	State(ctx context.Context, run string) (*bench.Run, error)
	// TrialEvents returns the events of one trial in order.
	TrialEvents(ctx context.Context, run string, key bench.TrialKey) ([]bench.Event, error)
	Body(ctx context.Context, hash bench.BodyHash) (bench.Body, error)
}

// History is a run as its log tells it.
type History struct {
	Run *bench.Run

	log    Log
	trials map[bench.TrialKey]*TrialHistory // of the trials whose outcome is open
	spent  bench.USD                        // by all trials, with estimates
	lost   []bench.Event                    // calls under way when the process died, as they ended
}

// ReadHistory reads the log of a run that is to be resumed. Of trials that are over it
// needs no events.
func ReadHistory(ctx context.Context, log Log, id string) (*History, error) {
	run, err := log.State(ctx, id)
	if err != nil {
		return nil, err
	}
	h := &History{Run: run, log: log, trials: map[bench.TrialKey]*TrialHistory{}}
	for key, t := range run.Trials {
		h.spent += t.Cost - t.Earlier + t.Unreported
		if t.StartedAt.IsZero() || !t.Outcome.Open() && !t.Calling() {
			continue
		}
		if err := h.read(ctx, key, t); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(h.lost, func(a, b bench.Event) int { return cmp.Compare(a.Seq, b.Seq) })
	return h, nil
}

// read reads the events of a trial, and what became of its calls that were under way.
func (h *History) read(ctx context.Context, key bench.TrialKey, t *bench.TrialStatus) error {
	events, err := h.log.TrialEvents(ctx, h.Run.ID, key)
	if err != nil {
		return err
	}
	events = asCutOff(events)
	lost := lostCalls(events)
	for _, e := range lost {
		h.spent += e.Payload.(bench.LLMCall).Amount().Cost
	}
	h.lost = append(h.lost, lost...)
	if !t.Outcome.Open() {
		return nil
	}
	p := &TrialHistory{History: agent.History{
		Events: slices.Concat(events, lost),
		Body:   func(hash bench.BodyHash) (bench.Body, error) { return h.log.Body(ctx, hash) },
	}}
	h.trials[key] = p
	var c clock
	for _, e := range p.Events {
		c.see(e)
		if err := p.add(ctx, h.log, e); err != nil {
			return err
		}
	}
	p.Worked = c.worked
	return nil
}

// add takes from an event what the runner has to know of a trial.
func (t *TrialHistory) add(ctx context.Context, log Log, e bench.Event) error {
	t.begun = t.begun || e.Agent != ""
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
// goes on in the next process. As their wall does, it stands still in outages.
type clock struct {
	since   time.Time // when they began, this time; zero if they do not work
	still   bool      // they wait in an outage
	resumed bool      // no agent has gone on yet
	worked  time.Duration
}

func (c *clock) see(e bench.Event) {
	switch p := e.Payload.(type) {
	case bench.TrialResumed:
		c.since, c.resumed, c.still = time.Time{}, true, false
	case bench.AgentStarted:
		c.goesOn(e.Time, 0)
	case bench.AgentResumed:
		c.goesOn(e.Time, p.Still)
	case bench.Outage:
		if e.Agent == "" {
			c.outage(p)
		}
		return // an activation's is no time of the trial's
	case bench.PhaseStarted:
		if p.Phase != bench.PhaseSolve {
			c.until(e.Time)
		}
		if c.since = (time.Time{}); p.Phase == bench.PhaseSolve && !c.resumed {
			c.since = e.Time
		}
	}
	if e.Agent != "" && !bench.Remains(e.Payload) { // as if this were the end
		c.until(e.Time)
	}
}

// goesOn starts the clock when the first agent goes on. It has stood still for those
// that go on later.
func (c *clock) goesOn(at time.Time, still time.Duration) {
	switch {
	case c.resumed:
		c.since, c.resumed = at, false
	case still > 0 && !c.since.IsZero():
		if from := at.Add(-still); from.After(c.since) {
			c.until(from)
		}
		c.since = at
	}
}

// until counts the time up to a moment.
func (c *clock) until(at time.Time) {
	if !c.since.IsZero() && !c.still {
		c.worked += at.Sub(c.since)
		c.since = at
	}
}

// outage stops the clock, or lets it go on.
func (c *clock) outage(o bench.Outage) {
	if o.To.IsZero() {
		c.until(o.From)
	} else if !c.since.IsZero() {
		c.since = o.To
	}
	c.still = o.To.IsZero()
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
		if h.Run.Trials[k].Outcome.Open() {
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
		if !t.Outcome.Open() && slices.Contains(outcomes, t.Outcome) {
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
