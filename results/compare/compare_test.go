package compare

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"bench"
	"bench/results"
	"bench/results/resultstest"
	"bench/results/storetest"
	"bench/results/timeline"
	"bench/results/verdict"
	"bench/stats"
)

var begin = time.UnixMilli(1e12)

func at(seconds float64) time.Time { return begin.Add(time.Duration(seconds * 1e9)) }

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9 || math.IsNaN(got) != math.IsNaN(want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// of is a metric of a configuration.
func of(c Configuration, name string) float64 { return float64(c.Value(Named(name)).Number) }

// taken is what it is taken over.
func taken(c Configuration, name string) int { return c.Value(Named(name)).N }

func absent(t *testing.T, c Configuration, names ...string) {
	t.Helper()
	for _, name := range names {
		if v := of(c, name); !math.IsNaN(v) {
			t.Errorf("%s is %v", name, v)
		}
	}
}

// fusionTrial is 100 s of work by hand. Main calls from 0 to 10 and 60 to 70
// and runs a command from 70 to 80; its task calls last from 10 to 60.
//
//	A: from 10 to 40, of which 20 to 25 is a rate limit
//	B: from 10 to 60, of which 30 to 35 is a lock, and 50 to 55 a rate limit
//	   of one call while a tool of it works on
//
// So A worked 25 s and B 45 s, together 70 s within the 50 s from 10 to 60.
func fusionTrial() *work {
	return &work{Trial: &timeline.Trial{
		Trial: results.Trial{
			ID: 1, SolveAt: at(0), ExtractAt: at(100), EndedAt: at(130), Outcome: bench.OutcomeResolved,
		},
		Agents: map[string]results.Agent{
			"main": {ID: "main", Role: bench.RoleMain},
			"A":    {ID: "A", Role: bench.RoleSidekick}, "B": {ID: "B", Role: bench.RoleSidekick},
		},
		Calls: []results.Call{
			{Agent: "main", Start: at(0), End: at(10)}, {Agent: "main", Start: at(60), End: at(70)},
			{Agent: "A", Start: at(10), End: at(20)},
			{Agent: "A", Start: at(25), End: at(40), Waited: 5 * time.Second},
			{Agent: "B", Start: at(10), End: at(30)},
			{Agent: "B", Start: at(55), End: at(60), Waited: 5 * time.Second},
		},
		Tools: []results.ToolCall{
			{Agent: "main", Name: "task", Start: at(10), End: at(60)},
			{Agent: "main", Name: "task", Start: at(10), End: at(60)},
			{Agent: "main", Name: "terminal", Start: at(70), End: at(80)},
			{Agent: "B", Name: "terminal", Start: at(35), End: at(55), LockWait: 5 * time.Second},
		},
		Delegations: []results.Delegation{
			{Trial: 1, ID: "t0001", Child: "A", BatchID: "b", BatchSize: 2, StartedAt: at(10), EndedAt: at(40)},
			{Trial: 1, ID: "t0002", Child: "B", BatchID: "b", BatchSize: 2, StartedAt: at(10), EndedAt: at(60)},
		},
	}}
}

func TestParallelismByHand(t *testing.T) {
	t.Parallel()
	out := fusionColumn(fusionTrial(), fusionTrial(), &work{Trial: &timeline.Trial{}})
	near(t, "per trial", of(out, "parallelism.delegations_per_trial"), 2)
	near(t, "batch", of(out, "parallelism.batch_size_mean"), 2)
	near(t, "mean", of(out, "parallelism.mean_concurrency"), 1.4)
	near(t, "speedup", of(out, "parallelism.speedup_estimate"), 1.2)
	near(t, "idle", of(out, "parallelism.main_idle_s"), 50)
}

// judged is a column whose trials have the given verdicts, task by task:
// y, n, or a dash for an infrastructure fault, each attempt one letter.
func judged(name string, cents int64, tasks ...string) *Column {
	c := newColumn(results.Run{ID: "r", MarginPP: 5},
		bench.Configuration{Name: name, Kind: bench.KindSingle}, quick)
	for i, attempts := range tasks {
		for k, v := range []byte(attempts) {
			t := &trial{Trial: results.Trial{
				Key: bench.TrialKey{
					Configuration: name, InstanceID: string(rune('a' + i)), Attempt: k + 1,
				},
				Cost: bench.USD(cents * 1e7), Outcome: bench.OutcomeUnresolved, Blame: bench.BlameAgent,
			}}
			yes, no := true, false
			switch v {
			case 'y':
				t.Outcome, t.Blame, t.Resolved = bench.OutcomeResolved, "", &yes
			case 'n':
				t.Resolved = &no
			case '-':
				t.Outcome, t.Blame = bench.OutcomeInfraLLM, bench.BlameInfra
			}
			c.take(t)
		}
	}
	return c
}

var quick = Options{Resamples: 500, Seed: 1}

func repeat(verdict string, n int) []string { return slices.Repeat([]string{verdict}, n) }

// A retry after an infrastructure fault takes the place of the fault: the k-th
// verdict of a task is paired with the k-th verdict.
func TestPairsSkipFaults(t *testing.T) {
	t.Parallel()
	base := judged("solo", 100, "y", "n", "y", "-", "y")
	other := judged("fusion", 50, "-y", "y", "-", "y", "n")
	p := onePair(base, other, quick)
	e := p.Evidence
	if e.Paired != (stats.Paired{Both: 1, OnlyCandidate: 1, OnlyBaseline: 1}) {
		t.Errorf("got %+v", e)
	}
	near(t, "difference", float64(e.Difference), 0)
	near(t, "ratio", float64(e.CostRatio), 0.5)
	if e.Test != verdict.TestMcNemar || e.CostRatioInterval.OK() {
		t.Errorf("got %s, %v", e.Test, e.CostRatioInterval)
	}
	warned(t, p, verdict.NoCostInterval{},
		verdict.LeftOut{Configuration: "solo", Trials: 5, Pairs: 3, Infra: 1, NoPartner: 1},
		verdict.LeftOut{Configuration: "fusion", Trials: 6, Pairs: 3, Infra: 2, NoPartner: 1})
}

func has(t *testing.T, warnings []string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !slices.ContainsFunc(warnings, func(s string) bool { return strings.Contains(s, w) }) {
			t.Errorf("no warning %q in %q", w, warnings)
		}
	}
}

// Several attempts of a task are not independent: they are drawn together.
func TestRepeatedTasksAreClustered(t *testing.T) {
	t.Parallel()
	base := judged("solo", 100, slices.Concat(repeat("yyy", 10), repeat("nnn", 10))...)
	other := judged("fusion", 100, slices.Concat(repeat("yyn", 10), repeat("nnn", 10))...)
	p := onePair(base, other, quick)
	e := p.Evidence
	if e.N() != 60 || e.Tasks != 20 || e.OnlyBaseline != 10 || e.Test != verdict.TestSignFlip {
		t.Errorf("got %+v", e)
	}
	near(t, "difference", float64(e.Difference), -1.0/6)
	near(t, "p", float64(e.PValue), 2.0/1024) // ten tasks, all one way
	if want := (stats.Clustered{Units: 20, Lost: 10.0 / 3}).Interval(Confidence); e.DifferenceInterval != want {
		t.Errorf("interval %v, want %v", e.DifferenceInterval, want)
	}
	near(t, "pass@k", of(base.configuration(), "pass_at_k"), 0.5)
	near(t, "pass@k", of(other.configuration(), "pass_at_k"), 0.5)
	near(t, "pass^k", of(other.configuration(), "pass_all_k"), 0)
	absent(t, judged("once", 100, "y", "n").configuration(), "pass_at_k", "pass_all_k")
	i, wilson := other.configuration().Value(Named("resolved_rate")).Interval, stats.Wilson(20, 60, Confidence)
	if i.Hi-i.Lo < wilson.Hi-wilson.Lo {
		t.Errorf("clusters make the interval narrower: %v against %v", i, wilson)
	}
}

// TestFlags: every trial is counted under each flag of its grade.
func TestFlags(t *testing.T) {
	t.Parallel()
	key := func(instance string) bench.TrialKey {
		return bench.TrialKey{Configuration: "a", InstanceID: instance, Attempt: 1}
	}
	facts := results.Facts{
		Configurations: []bench.Configuration{{Name: "a", Kind: bench.KindSingle}, {Name: "b"}},
		Trials: []results.Trial{
			{ID: 1, Key: key("x"), Outcome: bench.OutcomeResolved},
			{ID: 2, Key: key("y"), Outcome: bench.OutcomeUnresolved},
		},
		Flags: []results.Flag{{Trial: 1, Name: "odd"}, {Trial: 2, Name: "odd"}, {Trial: 2, Name: "odder"}},
	}
	c, err := Of([]results.Facts{facts}, Options{Resamples: 1})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"odd": 2, "odder": 1}
	if got := c.Configurations[0].Flags; !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := c.Configurations[1].Flags; got == nil || len(got) > 0 {
		t.Errorf("a configuration without flags has %v", got)
	}
}

// What keeps trials out of pairs, and what runs should have in common, is said
// beside what follows from the pairs.
func TestWarnings(t *testing.T) {
	t.Parallel()
	base := judged("solo", 100, slices.Concat(repeat("y", 400), repeat("n", 100))...)
	other := judged("fusion", 90, slices.Concat(repeat("y", 392), repeat("n", 108))...)
	base.run.MarginPP, base.run.MinSaving = 0, 0.25
	other.run.ID, other.run.DatasetFingerprint, other.run.Rules, other.run.Workers.Agents = "s", "x", "v4", 9
	other.config.Kind = bench.KindFusion
	p := onePair(base, other, quick)
	if !p.Evidence.NonInferior || p.Assumptions.MarginPP != DefaultMarginPP || p.Assumptions.MinSaving != 0.25 {
		t.Errorf("got %+v", p)
	}
	runs := verdict.Runs{Baseline: "r", Candidate: "s"}
	warned(t, p, verdict.MarginAssumed{MarginPP: 5}, verdict.LowerWithinMargin{}, verdict.NeverDelegated{Configuration: "fusion"},
		verdict.DifferentTasks{Runs: runs}, verdict.DifferentRules{Runs: runs, CandidateRules: "v4"},
		verdict.DifferentWorkers{Runs: runs, CandidateWorkers: 9})
	p = onePair(base, other, Options{MarginPP: 1, Resamples: 500, Seed: 1})
	if p.Evidence.NonInferior || p.Assumptions.MarginPP != 1 || p.Assumptions.Assumed {
		t.Errorf("got %+v", p)
	}
}

func warned(t *testing.T, p Pair, want ...verdict.Warning) {
	t.Helper()
	for _, w := range want {
		if !slices.Contains(p.Warnings, w) {
			t.Errorf("no warning %+v in %+v", w, p.Warnings)
		}
	}
}

func TestBaseline(t *testing.T) {
	t.Parallel()
	fusion, solo, cheap := judged("fusion", 1, "y"), judged("solo", 1, "y"), judged("cheap", 1, "y")
	fusion.config.Kind = bench.KindFusion
	cols := []*Column{fusion, solo, cheap}
	for asked, want := range map[string]*Column{"": solo, "cheap": cheap, "fusion": fusion} {
		if got, err := baseline(cols, asked); err != nil || got != want {
			t.Errorf("%q: got %v, %v", asked, got, err)
		}
	}
	fusion.run.Baseline = "cheap"
	if got, _ := baseline(cols, ""); got != cheap {
		t.Errorf("declared: got %s", got.name)
	}
	if _, err := baseline(cols, "x"); err == nil || !strings.Contains(err.Error(), "there are fusion, solo, cheap") {
		t.Errorf("unknown: %v", err)
	}
	if c, err := Of(nil, Options{}); err != nil || len(c.Configurations) != 0 {
		t.Errorf("nothing: %+v, %v", c, err)
	}
}

func TestFrontier(t *testing.T) {
	t.Parallel()
	of := func(name string, rate, cost float64) Configuration {
		return Configuration{Name: name, values: map[string]Value{
			"resolved_rate": number(stats.Number(rate)), "cost_usd.per_task": number(stats.Number(cost)),
		}}
	}
	got := frontier([]Configuration{
		of("solo", 0.7, 5), of("fusion", 0.7, 3), of("cheap", 0.5, 1), of("bad", 0.4, 1), of("none", math.NaN(), 1),
	})
	if !slices.Equal(got, []string{"fusion", "cheap"}) {
		t.Errorf("got %v", got)
	}
}

// From a stored run: sums agree with one another and with the store's views.
func TestStoredRun(t *testing.T) {
	t.Parallel()
	s := storetest.Stored(t, resultstest.Spec{RunID: "r", Tasks: 10, Seed: 2, Faults: true})
	c, err := Runs(t.Context(), s, []string{"r"}, Options{Resamples: 500})
	if err != nil {
		t.Fatal(err)
	}
	run, err := s.Run(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	var total float64
	var graded, infra float64
	for _, conf := range c.Configurations {
		var roles bench.USD
		var usage bench.Usage
		for _, r := range conf.Roles {
			roles, usage = roles+r.Cost, usage.Add(r.Usage)
		}
		total += roles.Float()
		near(t, conf.Name+" total", of(conf, "cost_usd.total"), roles.Float())
		near(t, conf.Name+" roles", of(conf, "cost_usd.main")+of(conf, "cost_usd.sidekick"), roles.Float())
		for name, want := range map[string]int64{
			"input": usage.Input, "cached_input": usage.CachedInput, "cache_write": usage.CacheWrite,
			"output": usage.Output, "reasoning": usage.Reasoning,
		} {
			near(t, conf.Name+" "+name, of(conf, "tokens."+name), float64(want))
		}
		graded, infra = graded+of(conf, "n_graded"), infra+of(conf, "n_infra")
		if cold := of(conf, "cost_usd.without_cache"); cold <= of(conf, "cost_usd.total") {
			t.Errorf("%s: %v without cache, %v with", conf.Name, cold, of(conf, "cost_usd.total"))
		}
		n := 0
		for _, k := range conf.Outcomes {
			n += k
		}
		near(t, conf.Name+" outcomes", of(conf, "n_trials"), float64(n+conf.Unfinished))
		near(t, conf.Name+" tasks", of(conf, "n_tasks"), 10)
	}
	near(t, "run", total, run.Cost.Float())
	near(t, "graded", graded, float64(run.Graded))
	near(t, "infra", infra, float64(run.Infra))
	if infra == 0 {
		t.Error("no faults")
	}
	fusion := c.Configurations[2]
	escalated, wasted := of(fusion, "escalation.escalated"), of(fusion, "escalation.wasted_usd")
	near(t, "escalated", escalated, of(fusion, "escalation.voluntary")+of(fusion, "escalation.forced"))
	if escalated == 0 || of(fusion, "escalation.delegations") <= escalated || wasted <= 0 ||
		wasted > of(fusion, "cost_usd.sidekick") {
		t.Errorf("%v escalated, %v spent on them", escalated, wasted)
	}
	for name, least := range map[string]float64{
		"peak_concurrency": 2, "mean_concurrency": 1, "speedup_estimate": 1,
	} {
		if got := of(fusion, "parallelism."+name); got < least {
			t.Errorf("%s is %v", name, got)
		}
	}
}

// Runs with configurations of the same name keep them apart.
func TestTwoRuns(t *testing.T) {
	t.Parallel()
	s := storetest.Stored(t, resultstest.Spec{RunID: "a", Tasks: 2, Seed: 2}, resultstest.Spec{RunID: "b", Tasks: 2, Seed: 3})
	c, err := Runs(t.Context(), s, []string{"a", "b"}, Options{Resamples: 100, Baseline: "solo@b"})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, conf := range c.Configurations {
		names = append(names, conf.Name)
	}
	if !slices.Equal(names, []string{"solo@a", "cheap@a", "fusion@a", "solo@b", "cheap@b", "fusion@b"}) {
		t.Errorf("got %v", names)
	}
	if len(c.Pairs) != 5 || c.Pairs[0].Baseline != "solo@b" || c.Pairs[0].Evidence.N() == 0 {
		t.Errorf("got %+v", c.Pairs)
	}
	if _, err := Runs(t.Context(), s, []string{"x"}, Options{}); err == nil {
		t.Error("an unknown run was compared")
	}
}

// What is doubtful about a run's money is said.
func TestRunWarnings(t *testing.T) {
	t.Parallel()
	reported := bench.Dollars(1.10)
	x := team()
	x.Calls = []results.Call{
		{Agent: "main", Cost: bench.Dollars(1), ReportedCost: &reported},
		{Agent: "main", UnknownUsage: 2, EstimatedUnknown: bench.Dollars(0.25)},
	}
	got := runWarnings(results.Run{ID: "r", Trials: 9, Ended: 7}, columnOf(x).Spending)
	has(t, got, "run r: 2 of 9 trials have not ended", "2 attempts that failed or were cut off may have been billed",
		"$0.25 more", "reports $1.10 for 1 call whose tokens cost $1.00 by the price used (+10.0 %)")
	if len(got) != 3 {
		t.Errorf("got %q", got)
	}
	x.Calls[1].UnknownUsage = 1
	has(t, runWarnings(results.Run{ID: "r"}, columnOf(x).Spending),
		"1 attempt that failed or was cut off may have been billed")
}
