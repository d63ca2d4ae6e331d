package runner_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"bench"
	"bench/agent"
	"bench/runner"
	"bench/scoring"
)

// pays is an agent that records a paid model call, then changes a file. It keeps
// the history that each trial was given.
type pays struct {
	mu        sync.Mutex
	histories map[bench.TrialKey]*agent.History
}

func (p *pays) run(ctx context.Context, job agent.Job) (agent.Submission, error) {
	p.mu.Lock()
	p.histories[job.Trial.Key] = job.History
	p.mu.Unlock()
	r := job.Record.For(string(bench.RoleSingle))
	call := bench.LLMCall{Cost: bench.Dollars(0.25)}
	if err := r.Record(ctx, call); err != nil {
		return agent.Submission{}, err
	}
	sub, err := writes(ctx, job)
	if err == nil {
		err = r.Record(ctx, bench.AgentEnded{State: sub.State})
	}
	return sub, err
}

// resumed runs what a log leaves of a run and returns the log as it is then.
func resumed(
	t *testing.T, o runner.Options, l *log, outcomes ...bench.Outcome,
) (runner.Summary, *runner.Resumption) {
	t.Helper()
	h, err := runner.ReadHistory(t.Context(), l, o.RunID)
	if err != nil {
		t.Fatal(err)
	}
	plan, r, err := h.Plan(t.Context(), outcomes, 1)
	if err != nil {
		t.Fatal(err)
	}
	o.Header, o.Trials, o.Journal, o.Resume = h.Run.Header, plan, l, r
	s, err := runner.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s, r
}

// Wherever a run was cut off, it ends as it would have: every trial has its
// verdict, agents get their history back where they had begun, and a patch that
// is in the log is judged without asking an agent again.
func TestResumedAnywhere(t *testing.T) {
	first := &pays{histories: map[bench.TrialKey]*agent.History{}}
	o, whole := options(t, 2, first.run, verdict(true))
	o.Header.Workers = bench.Workers{Agents: 1, Grading: 1}
	if _, err := runner.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	for n := 1; n < len(whole.events); n++ {
		l := &log{events: slices.Clone(whole.events[:n])}
		before := l.fold(t)
		second := &pays{histories: map[bench.TrialKey]*agent.History{}}
		o.Agents = func(bench.Kind) (agent.Agent, error) { return worker(second.run), nil }
		s, r := resumed(t, o, l)
		if s.State != bench.RunDone || s.Unfinished != 0 {
			t.Errorf("after %d events: %+v", n, s)
		}
		after := l.fold(t)
		if got := after.Totals(); got.Resolved != 2 || got.Done != 2 {
			t.Errorf("after %d events: totals %+v", n, got)
		}
		patched, called := map[bench.TrialKey]bool{}, map[bench.TrialKey]int{}
		for _, e := range whole.events[:n] {
			switch e.Payload.(type) {
			case bench.Patch:
				patched[e.Trial] = true
			case bench.LLMCall:
				called[e.Trial]++
			}
		}
		if r.Spent != bench.Dollars(0.25)*bench.USD(len(called)) {
			t.Errorf("after %d events: spent %v", n, r.Spent)
		}
		for key, status := range before.Trials {
			h, asked := second.histories[key]
			begun := slices.ContainsFunc(whole.events[:n], func(e bench.Event) bool { return e.Trial == key })
			if done := status.Phase == bench.PhaseDone; asked == (done || patched[key]) {
				t.Errorf("after %d events: %s done %t, patched %t, its agent asked %t", n, key, done,
					patched[key], asked)
			}
			if asked && (h != nil) != begun {
				t.Errorf("after %d events: %s begun %t, history %v", n, key, begun, h != nil)
			}
			if r.Histories[key] != nil && r.Histories[key].Spent.Cost != bench.Dollars(0.25)*bench.USD(called[key]) {
				t.Errorf("after %d events: %s spent %v", n, key, r.Histories[key].Spent)
			}
		}
	}
}

// A run whose limit is used up before it is resumed spends nothing more, and a
// trial has only what is left of its own limits.
func TestResumedLimits(t *testing.T) {
	reserves := func(ctx context.Context, job agent.Job) (agent.Submission, error) {
		r, err := job.Budget.Reserve(ctx, bench.Amount{Cost: bench.Dollars(0.5)})
		if err == nil {
			r.Settle(bench.Amount{Cost: bench.Dollars(0.5)})
			return agent.Submission{State: bench.AgentFinished}, nil
		}
		return agent.Submission{
			State: bench.AgentLimitCost, Limit: bench.ResourceCost, Scope: bench.ScopeTrial,
		}, nil
	}
	for _, test := range []struct {
		limit, spent float64
		want         bench.Outcome
	}{
		{1, 0.25, bench.OutcomeEmptyPatch},
		{1, 0.75, bench.OutcomeLimitCost},
	} {
		o, l := options(t, 1, reserves, verdict(true))
		o.Trials[0].Configuration.Limits.Cost = bench.Dollars(test.limit)
		key := o.Trials[0].Key
		if _, err := runner.Run(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		// The log of a process that died after a call of its agent.
		cut := slices.IndexFunc(l.events, func(e bench.Event) bool {
			p, ok := e.Payload.(bench.PhaseStarted)
			return ok && p.Phase == bench.PhaseSolve
		})
		dead := &log{events: slices.Clone(l.events[:cut+1])}
		dead.events = append(dead.events, bench.Event{
			RunID: "r1", Seq: int64(cut + 2), Time: l.events[cut].Time, Trial: key,
			Agent: string(bench.RoleSingle), Payload: bench.LLMCall{Cost: bench.Dollars(test.spent)},
		})
		resumed(t, o, dead)
		if got := dead.fold(t).Trials[key]; got.Outcome != test.want {
			t.Errorf("spent %v of %v: %s (%s), want %s", test.spent, test.limit, got.Outcome, got.Error,
				test.want)
		}
	}
}

// What agents had of their time counts, pauses between processes do not.
func TestWorked(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	key := bench.TrialKey{Configuration: "solo", InstanceID: "a__b-0", Attempt: 1}
	l := &log{}
	add := func(after time.Duration, p bench.Payload) {
		at = at.Add(after)
		e := bench.Event{RunID: "r1", Seq: int64(len(l.events) + 1), Time: at, Payload: p}
		if _, ok := p.(bench.RunStarted); !ok {
			e.Trial = key
		}
		switch p.(type) {
		case bench.LLMCall, bench.AgentStarted, bench.AgentResumed:
			e.Agent = "single"
		}
		l.events = append(l.events, e)
	}
	add(0, bench.RunStarted{Trials: []bench.TrialKey{key}})
	add(time.Second, bench.PhaseStarted{Phase: bench.PhasePrepare})
	add(time.Second, bench.PhaseStarted{Phase: bench.PhaseSolve})
	add(0, bench.AgentStarted{Role: bench.RoleSingle})
	add(7*time.Second, bench.LLMCall{})
	add(time.Hour, bench.TrialResumed{}) // nobody worked
	add(time.Second, bench.PhaseStarted{Phase: bench.PhasePrepare})
	add(time.Second, bench.PhaseStarted{Phase: bench.PhaseSolve})
	add(3*time.Second, bench.AgentResumed{}) // what it had done was done again
	add(5*time.Second, bench.LLMCall{})
	h, err := runner.ReadHistory(t.Context(), l, "r1")
	if err != nil {
		t.Fatal(err)
	}
	_, r, err := h.Plan(t.Context(), nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Histories[key].Worked; got != 12*time.Second {
		t.Errorf("worked %s, want 12s", got)
	}
}

// Trials that failed are tried again as new attempts, in the same run.
func TestResumedWithNewAttempts(t *testing.T) {
	fails := true
	judge := func(j scoring.Job) (bench.Grade, error) {
		if fails && j.Trial.InstanceID == "a__b-1" {
			return bench.Grade{}, fmt.Errorf("daemon is gone")
		}
		return verdict(true)(j)
	}
	o, l := options(t, 3, writes, judge)
	if _, err := runner.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	fails = false
	s, r := resumed(t, o, l, bench.OutcomeInfraGrading)
	want := bench.TrialKey{Configuration: "solo", InstanceID: "a__b-1", Attempt: 2}
	if !slices.Equal(r.Added, []bench.TrialKey{want}) || s.Unfinished != 0 {
		t.Errorf("added %v, %+v", r.Added, s)
	}
	after := l.fold(t)
	if got := after.Trials[want]; got == nil || got.Outcome != bench.OutcomeResolved {
		t.Errorf("the new attempt is %+v of %v", got, slices.Collect(maps.Keys(after.Trials)))
	}
}

// An interruption that keeps what was done ends the agent, not the trial: its
// patch is judged, and no other trial starts.
func TestKeepInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancelCause(t.Context())
	slow := func(ctx context.Context, job agent.Job) (agent.Submission, error) {
		if _, err := writes(ctx, job); err != nil {
			return agent.Submission{}, err
		}
		interrupt(bench.ErrInterrupted)
		<-ctx.Done()
		return agent.Submission{State: bench.AgentCancelled}, nil
	}
	o, l := options(t, 3, slow, verdict(true))
	o.Header.Workers.Agents, o.KeepInterrupted = 1, true
	s, err := runner.Run(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	got := l.fold(t)
	if first := got.Trials[o.Trials[0].Key]; first.Outcome != bench.OutcomeResolved {
		t.Errorf("%s: %s", first.Outcome, first.Error)
	}
	if s.State != bench.RunInterrupted || got.State != bench.RunInterrupted || got.Totals().Done > 2 {
		t.Errorf("summary %+v, totals %+v", s, got.Totals())
	}
}

// Another reason to stop ends the trials even where an interruption would not.
func TestKeepInterruptedIsNoShield(t *testing.T) {
	ctx, stop := context.WithCancelCause(t.Context())
	slow := func(ctx context.Context, job agent.Job) (agent.Submission, error) {
		stop(fmt.Errorf("the key is refused"))
		<-ctx.Done()
		return agent.Submission{State: bench.AgentCancelled}, nil
	}
	o, l := options(t, 1, slow, verdict(true))
	o.KeepInterrupted = true
	s, err := runner.Run(ctx, o)
	if err != nil || s.State != bench.RunFailed || s.Error != "the key is refused" {
		t.Errorf("%+v, %v", s, err)
	}
	if got := l.fold(t).Trials[o.Trials[0].Key]; got.Outcome != bench.OutcomeCancelled {
		t.Errorf("outcome %s", got.Outcome)
	}
}

// An executor runs one trial by itself, without a run around it.
func TestExecutor(t *testing.T) {
	o, l := options(t, 1, writes, verdict(true))
	x := &runner.Executor{
		RunID: "r1", Agents: o.Agents, Pool: o.Pool, Grader: o.Grader, Journal: l,
	}
	got := x.Run(t.Context(), o.Trials[0], nil)
	if got.Outcome != bench.OutcomeResolved || got.Resolved == nil || !*got.Resolved || !got.Recorded {
		t.Errorf("got %+v", got)
	}
	phases := []bench.Phase{}
	for _, e := range l.events {
		if p, ok := e.Payload.(bench.PhaseStarted); ok {
			phases = append(phases, p.Phase)
		}
	}
	if !slices.Equal(phases, []bench.Phase{
		bench.PhasePrepare, bench.PhaseSolve, bench.PhaseExtract, bench.PhaseGrade,
	}) {
		t.Errorf("phases %v", phases)
	}
	full := &log{fail: func(int) error { return fmt.Errorf("disk full") }}
	x.Journal = full
	if got := x.Run(t.Context(), o.Trials[0], nil); got.Recorded {
		t.Errorf("got %+v from a journal that is full", got)
	}
}
