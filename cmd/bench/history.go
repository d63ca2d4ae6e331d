package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"bench"
	"bench/agent"
	"bench/results"
	"bench/runner"
)

// runHistory is a run as its log tells it.
type runHistory struct {
	run     *bench.Run
	history map[bench.TrialKey]*runner.TrialHistory // of the trials that are open
	spent   bench.Amount                            // by all trials
}

// open reports whether a trial is to be resumed, or started: it has not
// ended, or the user ended it.
func open(t *bench.TrialStatus) bool {
	return t.Phase != bench.PhaseDone || t.Outcome == bench.OutcomeCancelled
}

// readHistory reads the log of a run.
func readHistory(ctx context.Context, store *results.Store, id string) (*runHistory, error) {
	run, err := fold(ctx, store, id)
	if err != nil {
		return nil, err
	}
	s := &runHistory{run: run, history: map[bench.TrialKey]*runner.TrialHistory{}}
	return s, s.read(ctx, store)
}

// read adds up what was spent, and collects the events of the open trials.
// It reads the log once more, so that those of all the others need not be kept.
func (s *runHistory) read(ctx context.Context, store *results.Store) error {
	clocks := map[bench.TrialKey]*clock{}
	for e, err := range store.Events(ctx, s.run.ID, 1) {
		if err != nil {
			return err
		}
		if c, ok := e.Payload.(bench.LLMCall); ok {
			s.spent = s.spent.Add(c.Amount())
		}
		t := s.run.Trials[e.Trial]
		if t == nil || !open(t) {
			continue
		}
		p := s.history[e.Trial]
		if p == nil {
			p = &runner.TrialHistory{History: agent.History{Body: func(h bench.BodyHash) (bench.Body, error) {
				return store.Body(ctx, h)
			}}}
			s.history[e.Trial], clocks[e.Trial] = p, &clock{}
		}
		p.Events = append(p.Events, e)
		clocks[e.Trial].see(e)
		if err := addTo(ctx, store, p, e); err != nil {
			return err
		}
	}
	for key, c := range clocks {
		s.history[key].Worked = c.worked
	}
	return nil
}

// addTo takes from an event what the runner has to know of a trial.
func addTo(ctx context.Context, store *results.Store, history *runner.TrialHistory, e bench.Event) error {
	switch p := e.Payload.(type) {
	case bench.LLMCall:
		history.Spent = history.Spent.Add(p.Amount())
	case bench.AgentEnded:
		if bench.Role(e.Agent).Leads() { // these agents are called as their role is
			limit, _ := p.State.Limit()
			history.Submission = agent.Submission{State: p.State, Limit: limit, Error: p.Error}
		}
	case bench.Patch:
		text, err := store.Body(ctx, p.Diff)
		if err != nil {
			return err
		}
		patch := string(text)
		history.Patch = &patch
	}
	return nil
}

// clock adds up how long agents have worked on a trial, in all its processes.
type clock struct {
	since  time.Time // when they began, this time; zero if they do not work
	last   time.Time
	worked time.Duration
}

func (c *clock) see(e bench.Event) {
	switch p := e.Payload.(type) {
	case bench.TrialResumed: // the process had ended after the last event
		c.stop(c.last)
	case bench.PhaseStarted:
		c.stop(e.Time)
		if p.Phase == bench.PhaseSolve {
			c.since = e.Time
		}
	}
	c.last = e.Time
	if !c.since.IsZero() { // as if this were the end
		c.worked += e.Time.Sub(c.since)
		c.since = e.Time
	}
}

func (c *clock) stop(at time.Time) {
	if !c.since.IsZero() {
		c.worked += at.Sub(c.since)
		c.since = time.Time{}
	}
}

// tasks are those of the run, as they were when it started.
func (s *runHistory) tasks(ctx context.Context, store *results.Store) (map[string]bench.Task, error) {
	tasks := map[string]bench.Task{}
	for _, ref := range s.run.Header.Tasks {
		row, err := store.Body(ctx, ref.Row)
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
