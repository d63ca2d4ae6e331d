package compare

import (
	"reflect"
	"slices"
	"testing"

	"bench"
	"bench/results"
	"bench/results/timeline"
	"bench/results/verdict"
	"bench/stats"
)

// took is a graded trial that cost so many dollars, tokens and seconds, in so many
// calls.
func took(task string, resolved bool, dollars float64, input, cached int64, seconds float64, calls int) *work {
	x := &work{Trial: &timeline.Trial{
		Trial: results.Trial{
			Key: bench.TrialKey{InstanceID: task, Attempt: 1}, Cost: bench.Dollars(dollars), Resolved: &resolved,
			SolveAt: at(0), ExtractAt: at(seconds), EndedAt: at(seconds + 1), Outcome: bench.OutcomeUnresolved,
		},
		Agents: map[string]results.Agent{"main": {ID: "main", Role: bench.RoleSingle}},
	}}
	for i := range calls {
		c := results.Call{Agent: "main", Turn: i + 1, PriceID: "dear", Start: at(0), End: at(1)}
		if i == 0 {
			c.Usage, c.Cost = bench.Usage{Input: input, CachedInput: cached}, bench.Dollars(dollars)
		}
		x.Calls = append(x.Calls, c)
	}
	return x
}

// The most that a graded trial costs is 4 dollars, of b's. Under budgets up to that
// a resolves its trials of 1 and 3 dollars for 3/4 and 1/4 of them; the third is not
// resolved: (3/4 + 1/4) / 3. The one that infrastructure ended is none of them.
func TestUnderABudget(t *testing.T) {
	t.Parallel()
	infra := took("x", true, 100, 1e9, 0, 1e6, 1)
	infra.Blame = bench.BlameInfra
	a := alongside(took("x", true, 1, 1000, 500, 60, 1), took("y", true, 3, 4000, 0, 240, 1),
		took("z", false, 2, 8000, 0, 600, 2), infra)
	b := alongside(took("x", true, 4, 2000, 0, 300, 1), took("y", false, 0.5, 100, 0, 6, 1))
	a.name, b.name = "a", "b"
	cols := []*Column{a, b}
	findMost(cols)
	one, other := a.configuration(), b.configuration()
	near(t, "a, dollars", of(one, "under_budget.cost_area"), 1.0/3)
	near(t, "a, tokens", of(one, "under_budget.tokens_area"), (7.0/8+4.0/8)/3)
	near(t, "a, minutes", of(one, "under_budget.minutes_area"), (9.0/10+6.0/10)/3)
	near(t, "b, dollars", of(other, "under_budget.cost_area"), 0)
	near(t, "b, tokens", of(other, "under_budget.tokens_area"), (6.0/8)/2)
	near(t, "a, failed", of(one, "cost_usd.failed_share"), 2.0/6)
	near(t, "b, failed", of(other, "cost_usd.failed_share"), 0.5/4.5)
	if n := taken(one, "under_budget.cost_area"); n != 3 {
		t.Errorf("over %d trials", n)
	}
	curve := curves(cols)[0]
	if curve.Resource != "cost_usd" || len(curve.Budgets) != 10 || curve.Budgets[0] != 0.4 || curve.Budgets[9] != 4 {
		t.Fatalf("got %+v", curve)
	}
	third, two := stats.Number(1.0/3), stats.Number(2.0/3)
	want := []stats.Number{0, 0, third, third, third, third, third, two, two, two} // from 1 dollar, and from 3
	if got := curve.Rates["a"]; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	a.NoUsage = 1
	absent(t, a.configuration(), "under_budget.cost_area", "under_budget.tokens_area", "cost_usd.failed_share")
	if got := curves(cols)[0].Rates["a"]; len(got) > 0 {
		t.Errorf("rates under a cost that nobody knows: %v", got)
	}
	if got := curves(nil); len(got) > 0 {
		t.Errorf("of nothing: %v", got)
	}
}

// a is the cheapest, and has the most calls; c is the dearest and the fastest.
func TestAxes(t *testing.T) {
	t.Parallel()
	a, b, c := alongside(took("x", true, 1, 1000, 900, 20, 9)), alongside(took("x", true, 2, 900, 0, 20, 5)),
		alongside(took("x", true, 3, 2000, 0, 10, 6))
	a.name, b.name, c.name = "a", "b", "c"
	silent := alongside(took("x", true, 0, 0, 0, 5, 1))
	silent.name, silent.NoUsage = "silent", 1
	var cs []Configuration
	for _, col := range []*Column{c, a, silent, b} {
		cs = append(cs, col.configuration())
	}
	want := []Axis{
		{"cost_usd.per_task", []string{"a", "b", "c"}, 0},
		{"tokens.uncached_per_task", []string{"a", "b", "c"}, 0},
		{"calls.per_task", []string{"b", "c", "a"}, 2},
		{"wall_s.per_task", []string{"silent", "c", "a", "b"}, 2},
	}
	got := axes(cs)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	near(t, "uncached", of(cs[1], "tokens.uncached_per_task"), 100)
	near(t, "calls", of(cs[1], "calls.per_task"), 9)
	near(t, "time", of(cs[1], "wall_s.per_task"), 20)
}

// Of five attempts at four tasks the baseline resolves 2 and the candidate 3. The
// better of both: the candidate of a, the baseline of b, the cheaper of c and d.
func TestCeiling(t *testing.T) {
	t.Parallel()
	o := func(resolved bool, dollars float64) verdict.Observation {
		return verdict.Observation{Resolved: resolved, Cost: stats.Number(dollars)}
	}
	pairs := []verdict.Pair{
		{Task: "a", Baseline: o(false, 1), Candidate: o(true, 2)}, {Task: "a", Baseline: o(false, 1), Candidate: o(true, 2)},
		{Task: "b", Baseline: o(true, 5), Candidate: o(false, 1)},
		{Task: "c", Baseline: o(true, 4), Candidate: o(true, 3)}, {Task: "d", Baseline: o(false, 0.5), Candidate: o(false, 3)},
	}
	got := ceilingOf(pairs)
	if want := (Ceiling{Resolved: 4, Cost: 2 + 2 + 5 + 3 + 0.5, HeadRoom: 40, Used: 0.5}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	got = ceilingOf([]verdict.Pair{{Task: "a", Baseline: o(true, 1), Candidate: o(false, 0.1)}})
	if got.Resolved != 1 || got.Cost != 1 || got.HeadRoom != 0 || got.Used.OK() {
		t.Errorf("without head room: %+v", got)
	}
	if got = ceilingOf(nil); got.Resolved != 0 || got.Cost.OK() || got.HeadRoom.OK() {
		t.Errorf("of nothing: %+v", got)
	}
	unknown := []verdict.Pair{{Task: "a", Baseline: o(true, 1), Candidate: verdict.Observation{Cost: stats.None()}}}
	if got = ceilingOf(unknown); got.Cost.OK() || got.Resolved != 1 {
		t.Errorf("a cost that is not known: %+v", got)
	}
}
