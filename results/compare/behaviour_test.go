package compare

import (
	"fmt"
	"math"
	"testing"
	"time"

	"bench"
	"bench/results"
	"bench/results/timeline"
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
func fusionColumn(trials ...*work) Configuration {
	return columnOf(trials...).configuration()
}

func columnOf(trials ...*work) *Column {
	return columnAt(map[string]bench.Price{"dear": dear, "low": low}, trials...)
}

// columnAt is one whose run has these prices.
func columnAt(byID map[string]bench.Price, trials ...*work) *Column {
	c := newColumn(results.Run{}, bench.Configuration{
		Name: "fusion", Kind: bench.KindFusion, Main: bench.Model{Price: dear},
		Sidekick: &bench.Sidekick{Model: bench.Model{Price: low}},
	}, quick)
	for _, w := range trials {
		w.prices = prices{byID: byID, main: dear}
		c.take(&trial{Trial: w.Trial.Trial, sums: sumsOf(w)})
	}
	return c
}

// team is an ended trial of main and two sidekicks, without any work.
func team() *work {
	return &work{Trial: &timeline.Trial{
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
		{Agent: "A", From: at(30), To: at(101)}, {From: at(40), To: at(100)},
	}
	// wall: 200 − 60. A: 10–40 and 101–121, 50 s. B: 10–40 and 102–132, 60 s.
	// union: 10–40 and 101–132, 61 s.
	out := fusionColumn(x)
	near(t, "wall", of(out, "wall_s.p50"), 140)
	near(t, "paused", of(out, "wall_s.paused"), 60)
	near(t, "speedup", of(out, "parallelism.speedup_estimate"), (140.0-61+110)/140)
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
	c := columnOf(x)
	for name, want := range map[string]float64{
		"failed_provider": 2, "failed_provider_share": 0.5, "escalated": 1, "rate": 0.5,
	} {
		near(t, name, of(c.configuration(), "escalation."+name), want)
	}
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
	for name, want := range map[string]float64{
		"delegations": 1, "activations": 2, "escalated": 1, "redelegated": 1, "by_reason.iterations": 1,
	} {
		near(t, name, of(out, "escalation."+name), want)
	}
	near(t, "wasted", of(out, "escalation.wasted_usd"), 0.003)
	near(t, "wasted share", of(out, "escalation.wasted_share"), 3.0/15)
	near(t, "rate", of(out, "escalation.rate"), 0.5)
	near(t, "forced", of(out, "escalation.forced_share"), 1)
	near(t, "per trial", of(out, "parallelism.delegations_per_trial"), 1)
	if p := of(out, "parallelism.peak_concurrency"); p != 1 {
		t.Errorf("peak %g: one agent is not at work twice", p)
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
	near(t, "abandoned", of(out, "cost_usd.abandoned"), 0.007)
	if n := taken(out, "cost_usd.abandoned"); n != 3 {
		t.Errorf("n = %d", n)
	}
	x.Outcome = ""
	near(t, "under way", of(fusionColumn(x), "cost_usd.abandoned"), 0.003)
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
	near(t, "batched", of(out, "parallelism.batched_share"), 2.0/4)
	near(t, "first batch", of(out, "parallelism.first_batch_coverage"), 2.0/4)
	near(t, "turns", of(out, "parallelism.turns_before_first"), 1) // m1
	near(t, "straggler", of(out, "parallelism.straggler_ratio"), 30.0/20)
	near(t, "queue", of(out, "parallelism.queue_s"), 6.0/3)
	near(t, "prepare", of(out, "parallelism.prepare_s"), 9.0/3)
	near(t, "locks", of(out, "parallelism.lock_wait_s"), (2.0+4)/2)
	near(t, "delegating", of(out, "parallelism.delegating_share"), 0.5)
	near(t, "batch size", of(out, "parallelism.batch_size_mean"), 1.5)
	for name, want := range map[string]int{
		"batched_share": 4, "turns_before_first": 1, "straggler_ratio": 1, "queue_s": 3, "lock_wait_s": 2,
	} {
		if got := taken(out, "parallelism."+name); got != want {
			t.Errorf("n of %s: got %d, want %d", name, got, want)
		}
	}
	none := fusionColumn(alone)
	for _, name := range []string{"batched_share", "turns_before_first", "straggler_ratio", "queue_s"} {
		if n := of(none, "parallelism."+name); !math.IsNaN(n) {
			t.Errorf("%s of nothing: %v", name, n)
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
	near(t, "turns", of(fusionColumn(x), "parallelism.turns_before_first"), 0)
}

// Resolved given an escalation: of trials that delegated alone, and only of
// those with a verdict.
func TestResolvedGivenEscalation(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	with := func(verdict *bool, escalated bool) *work {
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
	infra := with(&yes, true)
	infra.Blame = bench.BlameInfra
	out := fusionColumn(with(&yes, true), with(&no, true), with(&no, true), with(&yes, false), with(nil, false),
		never, infra)
	near(t, "if escalated", of(out, "escalation.resolved_if_escalated"), 1.0/3)
	near(t, "if not", of(out, "escalation.resolved_if_not"), 1)
	if a, b := taken(out, "escalation.resolved_if_escalated"), taken(out, "escalation.resolved_if_not"); a != 3 || b != 1 {
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
	near(t, "main", of(out, "cost_usd.main"), 0.01)
	near(t, "total", of(out, "cost_usd.total"), 0.014)
	near(t, "sidekick", of(out, "cost_usd.sidekick"), 0)
	near(t, "advisor", of(out, "cost_usd.advisor"), 0.004)
	near(t, "cached", of(out, "cached_share.main"), 0)
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
	out := fusionColumn(x, unfinished)
	near(t, "main", of(out, "critical_path.main_share"), 0.5)
	near(t, "sidekicks", of(out, "critical_path.sidekick_share"), 0.5)
}
