package main

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"bench"
	"bench/llm"
	"bench/results/storetest"
)

// outageRun is a run whose models answer nobody for some minutes, once single and once
// while sidekicks work. Its limits of time are shorter than that.
func outageRun(id string) *virtual {
	second := time.Second
	down := func(n int) []error {
		refused := &llm.StatusError{Retryable: true, Err: errors.New("connection refused")}
		busy := &llm.StatusError{Status: 503, Retryable: true, Err: errors.New("HTTP 503")}
		return slices.Repeat([]error{refused, busy}, n/2)
	}
	p := play{
		"solo single": {
			{after: 4 * second, calls: []llm.ToolCall{newFile("new.txt", "right\n")}, usage: tokens(2000, 0, 0, 60)},
			{after: 4 * second, calls: []llm.ToolCall{terminal("sleep 5")}, usage: tokens(2300, 0, 0, 60),
				fails: down(16)},
			{after: 2 * second, text: "Done.", usage: tokens(2500, 0, 0, 9)},
		},
		"fusion main": {
			{after: 4 * second, calls: []llm.ToolCall{task("Write one."), task("Write two.")},
				usage: tokens(2000, 0, 0, 60)},
			{after: 4 * second, calls: []llm.ToolCall{newFile("new.txt", "right\n")}, usage: tokens(2300, 0, 0, 60)},
			{after: 2 * second, text: "Done.", usage: tokens(2500, 0, 0, 9)},
		},
		"fusion t0001": {
			{after: 3 * second, calls: []llm.ToolCall{reported("Written.", "")}, usage: tokens(700, 0, 0, 20)},
		},
		"fusion t0002": {
			{after: 3 * second, calls: []llm.ToolCall{terminal("sleep 2")}, usage: tokens(600, 0, 0, 20)},
			{after: 3 * second, calls: []llm.ToolCall{reported("Written.", "")}, usage: tokens(700, 0, 0, 20),
				fails: down(18)},
		},
	}
	big, small := virtualModel("big", 3, 0.3, 3.75, 15), virtualModel("small", 0.5, 0.05, 0.625, 2)
	fusion := fusionOf("fusion", big, small, bench.WorkspaceSnapshot)
	fusion.Limits.Wall, fusion.Sidekick.Limits.Wall = time.Minute, 30*time.Second
	solo := bench.Configuration{Name: "solo", Kind: bench.KindSingle, Main: big, MaxParallelTools: 8,
		Notice: 0.75, Limits: bench.Limits{Wall: 40 * time.Second}}
	v := recountRun(id, p, 1, solo, fusion)
	v.workers.Agents = 1
	return v
}

// An outage that is longer than all limits of time ends no trial and no sidekick, and no
// agent hears of a limit nearby; also where the process dies in it. It is recorded,
// counted apart, and recounted.
func TestOutagesTakeNobodysTime(t *testing.T) {
	t.Parallel()
	store := storetest.Stored(t)
	for _, kill := range []bool{false, true} {
		v := outageRun(map[bool]string{false: "whole", true: "killed"}[kill])
		var l logbook
		synctest.Test(t, func(t *testing.T) { endured(t, v, &l, kill) })
		for _, e := range l.events {
			if _, ok := e.Payload.(bench.BudgetNotice); ok {
				t.Errorf("%s: %s is told of a limit: %+v", v.id, e.Agent, e.Payload)
			}
		}
		l.stored(t, store, v.id)
		recount(t, store, v.id)
		m := measure(t, store, v.id)
		for name, limit := range map[string]int64{"solo": 40_000, "fusion": 60_000} {
			trial := m.trials[name]
			times := trial.Times()
			if trial.Outcome != bench.OutcomeResolved || times.Outage < 60_000 || times.Wall-times.Outage > limit {
				t.Errorf("%s: %s ends as %s after %d ms, %d of these in outages", v.id, name, trial.Outcome,
					times.Wall, times.Outage)
			}
			for _, o := range trial.Outages {
				if o.To.Before(o.From) {
					t.Errorf("%s: an outage of %s%s from %v to %v", v.id, name, o.Agent, o.From, o.To)
				}
			}
			outage := m.values[name]["wall_s.outage"]
			if got := float64(outage.Number); got < float64(times.Outage-1)/1000 || got > float64(times.Outage+1)/1000 {
				t.Errorf("%s: wall_s.outage of %s is %v, want %d ms", v.id, name, got, times.Outage)
			}
		}
		for _, d := range m.trials["fusion"].Delegations {
			if d.State != bench.AgentFinished {
				t.Errorf("%s: %s ends as %s, %s", v.id, d.ID, d.State, d.Reason)
			}
		}
	}
}

// endured does the run. In each trial its process dies in the outage, if that is asked for.
func endured(t *testing.T, v *virtual, l *logbook, kill bool) {
	t.Helper()
	died := map[string]bool{}
	l.after = func(_ int, e bench.Event) bool {
		name := e.Trial.Configuration
		if _, ok := e.Payload.(bench.Outage); !ok || !kill || died[name] {
			return true
		}
		died[name] = true
		return false
	}
	s, err := v.start(t.Context(), l)
	for range 2 {
		if !kill {
			break
		}
		time.Sleep(time.Hour)
		s, err = v.resume(t.Context(), l)
	}
	if err != nil || s.State != bench.RunDone {
		t.Errorf("%+v, %v", s, err)
	}
}
