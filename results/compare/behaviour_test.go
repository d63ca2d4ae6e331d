package compare

import (
	"fmt"
	"testing"
	"time"

	"bench"
	"bench/results"
	"bench/results/timeline"
	"bench/stats"
)

// The prices of these tests: dollars per million tokens. A token of input costs
// main 10 µ$, cached 1 µ$, written 12 µ$, output 50 µ$; a sidekick a tenth.
var (
	dear = bench.Price{ID: "dear", Rates: bench.Rates{
		Input: bench.PerMillion(10), CachedInput: bench.PerMillion(1),
		CacheWrite: bench.PerMillion(12), Output: bench.PerMillion(50),
	}}
	low = bench.Price{ID: "low", Rates: bench.Rates{
		Input: bench.PerMillion(1), CachedInput: bench.PerMillion(0.1),
		CacheWrite: bench.PerMillion(1.2), Output: bench.PerMillion(5),
	}}
)

// fusionColumn measures trials of a fusion.
func fusionColumn(trials ...*trial) Configuration {
	return columnOf(trials...).configuration(quick)
}

func columnOf(trials ...*trial) *column {
	c := &column{name: "fusion", trials: trials, prices: map[string]bench.Price{"dear": dear, "low": low}}
	c.config = bench.Configuration{Kind: bench.KindFusion, Main: bench.Model{Price: dear},
		Sidekick: &bench.Sidekick{Model: bench.Model{Price: low}}}
	return c
}

// team is an ended trial of main and two sidekicks, without any work.
func team() *trial {
	return &trial{Trial: &timeline.Trial{
		Trial: results.Trial{SolveAt: at(0), ExtractAt: at(1000), EndedAt: at(1100), Outcome: bench.OutcomeResolved},
		Agents: map[string]results.Agent{
			"main": {ID: "main", Role: bench.RoleMain},
			"A":    {ID: "A", Role: bench.RoleSidekick}, "B": {ID: "B", Role: bench.RoleSidekick},
			"sage": {ID: "sage", Role: bench.RoleAdvisor},
		},
	}}
}

// priced is a call with its cost.
func priced(agent string, p bench.Price, from, to float64, u bench.Usage) results.Call {
	return results.Call{
		Agent: agent, PriceID: p.ID, Usage: u, Cost: u.Cost(p), Start: at(from), End: at(to),
		Duration: time.Duration((to - from) * 1e9),
	}
}

func spawned(id, child, batch string, size int, spawn, end float64) results.Delegation {
	return results.Delegation{
		ID: id, Activation: 1, Child: child, BatchID: batch, BatchSize: size, SpawnedAt: at(spawn),
		StartedAt: at(spawn), EndedAt: at(end), State: bench.AgentFinished, Escalation: bench.NotEscalated,
	}
}

// A process that died is nobody's work. Main waits for A and B from 10; A's last
// sign of life is at 30, B's at 40. The next process takes main up at 100, A at
// 101 and B at 102. So nobody was there from 40 to 100.
func TestPauses(t *testing.T) {
	t.Parallel()
	x := fusionTrial() // A from 10 to 40, B from 10 to 60, without B's lock and waits
	x.ExtractAt = at(200)
	x.Calls, x.Tools = nil, nil
	x.Delegations[0].EndedAt, x.Delegations[1].EndedAt = at(121), at(132)
	x.Pauses = []results.Pause{
		{Agent: "B", From: at(40), To: at(102)}, {Agent: "main", From: at(10), To: at(100)},
		{Agent: "A", From: at(30), To: at(101)},
	}
	// wall: 200 − 60. A: 10–30 and 101–121, 40 s. B: 10–40 and 102–132, 60 s.
	// union: 10–40 and 101–132, 61 s.
	out := fusionColumn(x)
	near(t, "wall", float64(out.Wall.P50), 140)
	near(t, "paused", float64(out.Wall.Paused), 60)
	near(t, "speedup", float64(out.Parallelism.SpeedupEstimate), (140.0-61+100)/140)
}

// What faults of the provider ended is no escalation, neither above nor below the
// line of the rate, and is said before anything else.
func TestProviderFailures(t *testing.T) {
	t.Parallel()
	x := team()
	var all []results.Delegation
	for i, reason := range []bench.Reason{bench.ReasonLLMError, "", bench.ReasonLLMError, bench.ReasonIterations} {
		d := spawned(fmt.Sprintf("t%04d", i+1), fmt.Sprint(i), "b", 4, 10, 20)
		d.Reason = reason
		switch reason {
		case bench.ReasonLLMError:
			d.State = bench.AgentErrorLLM
		case bench.ReasonIterations:
			d.State, d.Escalation = bench.AgentEscalated, bench.EscalatedByHarness
		}
		all = append(all, d)
	}
	x.Delegations, x.Outcome = all, bench.OutcomeInfraLLM
	out := fusionColumn(x)
	e := out.Escalation
	if e.FailedProvider != 2 || e.Escalated != 1 || out.N["escalation.rate"] != 2 {
		t.Errorf("got %+v of %d", e, out.N["escalation.rate"])
	}
	near(t, "rate", float64(e.Rate), 0.5)
	near(t, "share", float64(e.FailedProviderShare), 0.5)
	c := column{name: "fusion", trials: []*trial{x}}
	want := "faults of the sidekicks' provider ended 2 of 4 delegations of fusion, which are no escalations; " +
		"1 of its 1 trials are infra_llm and have some"
	if got := c.providerAlarms(); len(got) != 1 || got[0] != want {
		t.Errorf("alarms %q", got)
	}
}

// Two activations of one delegation by one agent share its calls by time.
func TestResumedActivations(t *testing.T) {
	t.Parallel()
	x := team()
	first, second := spawned("t0001", "A", "b1", 1, 10, 20), spawned("t0001", "A", "b2", 1, 50, 70)
	first.Escalation, first.State, second.Activation = bench.EscalatedByHarness, bench.AgentLimitIterations, 2
	first.Reason = bench.ReasonIterations
	x.Delegations = []results.Delegation{first, second}
	x.Calls = []results.Call{
		priced("A", low, 10, 15, bench.Usage{Input: 1000}),                                      // 1 m$
		priced("A", low, 15, 20, bench.Usage{Input: 2000}),                                      // 2 m$
		priced("A", low, 50, 60, bench.Usage{Input: 4000}),                                      // 4 m$
		{Agent: "A", PriceID: "low", End: at(65), Cost: bench.Dollars(0.008), Error: "refused"}, // second, unsent
	}
	out := fusionColumn(x)
	e := out.Escalation
	if e.Delegations != 1 || e.Activations != 2 || e.Escalated != 1 || e.Redelegated != 1 ||
		e.ByReason[bench.ReasonIterations] != 1 {
		t.Errorf("got %+v", e)
	}
	near(t, "wasted", float64(e.Wasted), 0.003)
	near(t, "wasted share", float64(e.WastedShare), 3.0/15)
	near(t, "rate", float64(e.Rate), 0.5)
	near(t, "forced", float64(e.ForcedShare), 1)
	near(t, "per trial", float64(out.Parallelism.DelegationsPerTrial), 1)
	if p := out.Parallelism.PeakConcurrency; p != 1 {
		t.Errorf("peak %d: one agent is not at work twice", p)
	}
}

// Work is abandoned if it was stopped, if main finished without it, or if it was
// cut off with its trial. What goes on in a trial that goes on is not.
func TestAbandoned(t *testing.T) {
	t.Parallel()
	x := team()
	stopped, left := spawned("t1", "A", "b", 3, 0, 9), spawned("t2", "B", "b", 3, 0, 9)
	stopped.State, left.Abandoned = bench.AgentCancelled, true
	cut := spawned("t3", "C", "b", 3, 0, 9)
	cut.State, cut.EndedAt = "", time.Time{}
	fine := spawned("t4", "D", "c", 1, 0, 9)
	x.Delegations = []results.Delegation{stopped, left, cut, fine}
	for i, agent := range []string{"A", "B", "C", "D"} {
		x.Agents[agent] = results.Agent{ID: agent, Role: bench.RoleSidekick}
		x.Calls = append(x.Calls, priced(agent, low, 1, 2, bench.Usage{Input: 1000 << i})) // 1, 2, 4, 8 m$
	}
	out := fusionColumn(x)
	near(t, "abandoned", float64(out.Cost.Abandoned), 0.007)
	if n := out.N["cost_usd.abandoned"]; n != 3 {
		t.Errorf("n = %d", n)
	}
	x.Outcome = ""
	near(t, "under way", float64(fusionColumn(x).Cost.Abandoned), 0.003)
}

// Main calls at 0 and 20 and delegates in its second response: A and B, which
// work 10 s and 30 s. Later it delegates once more, to one.
func TestBatches(t *testing.T) {
	t.Parallel()
	x := team()
	a, b := spawned("t1", "A", "m2", 2, 30, 40), spawned("t2", "B", "m2", 2, 30, 60)
	late := spawned("t3", "A2", "m4", 1, 90, 100)
	twin := spawned("t4", "", "m4", 1, 95, 96) // never started
	twin.StartedAt = time.Time{}
	late.Queue, a.Queue, a.Prepare, b.LockWait = 3*time.Second, 3*time.Second, 9*time.Second, 2*time.Second
	x.Delegations = []results.Delegation{late, a, twin, b} // as no database would sort them
	for i, id := range []string{"m1", "m2", "m3", "m4"} {
		c := priced("main", dear, float64(20*i), float64(20*i+10), bench.Usage{Input: 10})
		c.ID, c.Turn = id, i+1
		x.Calls = append(x.Calls, c)
	}
	x.Tools = []results.ToolCall{{Agent: "main", LockWait: 4 * time.Second, Start: at(80), End: at(80)}}
	alone := team() // a trial that delegates nothing
	out := fusionColumn(x, alone)
	p := out.Parallelism
	near(t, "batched", float64(p.BatchedShare), 2.0/4)
	near(t, "first batch", float64(p.FirstBatchCoverage), 2.0/4)
	near(t, "turns", float64(p.TurnsBeforeFirst), 1) // m1
	near(t, "straggler", float64(p.StragglerRatio), 30.0/20)
	near(t, "queue", float64(p.Queue), 6.0/3)
	near(t, "prepare", float64(p.Prepare), 9.0/3)
	near(t, "locks", float64(p.LockWait), (2.0+4)/2)
	near(t, "delegating", float64(p.DelegatingShare), 0.5)
	near(t, "batch size", float64(p.BatchSizeMean), 1.5)
	for name, want := range map[string]int{
		"batched_share": 4, "turns_before_first": 1, "straggler_ratio": 1, "queue_s": 3, "lock_wait_s": 2,
	} {
		if got := out.N["parallelism."+name]; got != want {
			t.Errorf("n of %s: got %d, want %d", name, got, want)
		}
	}
	none := fusionColumn(alone).Parallelism
	for what, n := range map[string]stats.Number{
		"batched": none.BatchedShare, "turns": none.TurnsBeforeFirst, "straggler": none.StragglerRatio, "queue": none.Queue,
	} {
		if n.OK() {
			t.Errorf("%s of nothing: %v", what, n)
		}
	}
}

// A delegation in the very first response has no turns before it.
func TestFirstTurn(t *testing.T) {
	t.Parallel()
	x := team()
	x.Delegations = []results.Delegation{spawned("t1", "A", "m1", 1, 10, 20)}
	x.Calls = []results.Call{{Agent: "main", ID: "m1", Turn: 1, Start: at(0), End: at(10)},
		{Agent: "A", ID: "m1", Turn: 7, Start: at(11), End: at(12)}} // ids are per agent
	near(t, "turns", float64(fusionColumn(x).Parallelism.TurnsBeforeFirst), 0)
}

// Resolved given an escalation: of trials that delegated alone, and only of
// those with a verdict.
func TestResolvedGivenEscalation(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	of := func(verdict *bool, escalated bool) *trial {
		x := team()
		d := spawned("t1", "A", "b", 1, 0, 10)
		if escalated {
			d.Escalation = bench.EscalatedVoluntary
		}
		x.Resolved, x.Delegations = verdict, []results.Delegation{d}
		return x
	}
	never := team()
	never.Resolved = &no
	infra := of(&yes, true)
	infra.Blame = bench.BlameInfra
	out := fusionColumn(of(&yes, true), of(&no, true), of(&no, true), of(&yes, false), of(nil, false), never, infra)
	near(t, "if escalated", float64(out.Escalation.ResolvedIfEscalated), 1.0/3)
	near(t, "if not", float64(out.Escalation.ResolvedIfNot), 1)
	if a, b := out.N["escalation.resolved_if_escalated"], out.N["escalation.resolved_if_not"]; a != 3 || b != 1 {
		t.Errorf("n = %d, %d", a, b)
	}
}

// An advisor is neither main nor a sidekick.
func TestAdvisorIsNotMain(t *testing.T) {
	t.Parallel()
	x := team()
	x.Calls = []results.Call{
		priced("main", dear, 0, 1, bench.Usage{Input: 1000, CachedInput: 0}),
		priced("sage", dear, 1, 2, bench.Usage{Input: 4000, CachedInput: 4000}),
	}
	out := fusionColumn(x)
	near(t, "main", float64(out.Cost.Main), 0.01)
	near(t, "total", float64(out.Cost.Total), 0.014)
	near(t, "sidekick", float64(out.Cost.Sidekick), 0)
	near(t, "advisor", float64(out.Cost.Advisor), 0.004)
	near(t, "cached", float64(out.CachedShare.Main), 0)
}

func TestCriticalShares(t *testing.T) {
	t.Parallel()
	x := fusionTrial() // B from 10 to 60, main for the rest
	for i := range x.Delegations {
		x.Delegations[i].Agent, x.Delegations[i].SpawnedAt = "main", at(10)
		x.Delegations[i].Index, x.Tools[i].Index, x.Tools[i].BatchID = i, i, "b"
	}
	unfinished := fusionTrial()
	unfinished.Outcome = ""
	c := column{trials: []*trial{x, unfinished}}
	var out Configuration
	c.criticalPath(&out)
	near(t, "main", float64(out.CriticalPath.Main), 0.5)
	near(t, "sidekicks", float64(out.CriticalPath.Sidekick), 0.5)
}
