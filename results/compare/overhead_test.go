package compare

import (
	"testing"
	"time"

	"bench"
	"bench/results"
)

// turn is a call of main with a number and an id.
func turn(n int, id string, from float64, u bench.Usage) results.Call {
	c := priced("main", dear, from, from+5, u)
	c.Turn, c.ID = n, id
	return c
}

// Main delegates to A and B in its first call, m1, and calls three times more: m2 at
// 50, m3 at 60 and m4 at 70. A ends at 40, B at 100, after all calls.
//
//	A's brief has 400 bytes: 100 tokens at 50 µ$ are 5 m$. B's has 40: 0.5 m$.
//	Main is shown 240 bytes of A's report: 60 tokens at 10 µ$ once and at 1 µ$ twice
//	are 0.72 m$. B's report nobody reads any more.
//	A's calls cost 3 m$, and its own report of 200 bytes 50 · 12 µ$ = 0.6 m$. With the
//	brief these are 8.6 m$, for which main could have read 8600 / 12 tokens.
//	A was shown 800 bytes, of which 200 were cut: 150 tokens.
func delegated() *work {
	x := team()
	a, b := spawned("t1", "A", "m1", 2, 5, 40), spawned("t2", "B", "m1", 2, 5, 100)
	a.Agent, b.Agent, a.PromptBytes, b.PromptBytes = "main", "main", 400, 40
	a.Report, b.Report, a.ReportBytes, b.ReportBytes = "x", "y", 200, 4000
	x.Delegations = []results.Delegation{a, b}
	x.Calls = []results.Call{
		turn(1, "m1", 0, bench.Usage{Input: 1000}), turn(2, "m2", 50, bench.Usage{Input: 1500, CachedInput: 1000}),
		turn(3, "m3", 60, bench.Usage{Input: 1600, CachedInput: 900}),
		turn(4, "m4", 70, bench.Usage{Input: 1700, CachedInput: 1600}),
		priced("A", low, 10, 20, bench.Usage{Input: 3000}),
	}
	x.Tools = []results.ToolCall{
		{Agent: "main", Name: "task", BatchID: "m1", Start: at(5), End: at(40), Bytes: 240},
		{Agent: "main", Name: "task", BatchID: "m1", Index: 1, Start: at(5), End: at(100), Bytes: 4000},
		{Agent: "A", Name: "terminal", Start: at(20), End: at(30), Bytes: 800, Clipped: 200},
	}
	return x
}

func TestOverhead(t *testing.T) {
	t.Parallel()
	out := fusionColumn(delegated(), delegated())
	near(t, "briefs", of(out, "overhead.briefs_usd"), 2*0.0055)
	near(t, "reports", of(out, "overhead.reports_usd"), 2*0.00072)
	near(t, "overhead", of(out, "overhead.usd"), 2*0.00622)
	// m1: 1000 · 10 µ$; m2: 500 · 10 + 1000 · 1; m3: 700 · 10 + 900 · 1; m4: 100 · 10 + 1600 · 1.
	near(t, "share", of(out, "overhead.share"), 0.00622/0.0265)
	near(t, "break-even", of(out, "break_even.tokens"), 8600.0/12)
	near(t, "observed", of(out, "break_even.observed"), 150/(8600.0/12))
	if n := taken(out, "break_even.tokens"); n != 2 { // A of each; after B's end main makes no call
		t.Errorf("over %d activations", n)
	}
	unpriced := delegated()
	unpriced.Calls[0].PriceID = "gone"
	absent(t, fusionColumn(unpriced), "overhead.usd", "overhead.share", "break_even.tokens", "break_even.observed")
	absent(t, fusionColumn(team()), "break_even.tokens", "overhead.share", "after_reports.ratio", "overhead.fixed_usd")
}

// The model alone begins with 900 tokens, and main, who is told of sidekicks, with
// 1000. m2 and m4 read at least that from the cache, m1 and m3 did not: 100 tokens
// cost 2 · 1 + 2 · 10 µ$ each. Main's second call, the first to read a report, has
// 1500 tokens, that of the model alone 2000.
func TestBesidesAlone(t *testing.T) {
	t.Parallel()
	yes := true
	graded := func(x *work, task string) *work {
		x.Resolved, x.Key = &yes, bench.TrialKey{InstanceID: task, Attempt: 1}
		return x
	}
	short, long := graded(team(), "a"), graded(team(), "b")
	short.Calls = []results.Call{turn(1, "s1", 0, bench.Usage{Input: 900})} // it has no second call
	long.Calls = []results.Call{turn(1, "s1", 0, bench.Usage{Input: 900}), turn(2, "s2", 9, bench.Usage{Input: 2000})}
	solo := alongside(short, long)
	fusion := columnOf(graded(delegated(), "a"), graded(delegated(), "b"), graded(delegated(), "nobody else's"))
	findAlone([]*Column{fusion, solo})
	out := fusion.configuration()
	near(t, "more tokens", of(out, "overhead.fixed_tokens"), 100)
	near(t, "their cost", of(out, "overhead.fixed_usd"), 2*100*22e-6)
	near(t, "after the reports", of(out, "after_reports.input"), 1500)
	near(t, "alone", of(out, "after_reports.input_alone"), 2000)
	near(t, "ratio", of(out, "after_reports.ratio"), 0.75)
	for name, want := range map[string]int{"overhead.fixed_tokens": 2, "overhead.fixed_usd": 2, "after_reports.ratio": 1} {
		if got := taken(out, name); got != want {
			t.Errorf("%s is over %d pairs, want %d", name, got, want)
		}
	}
}

// What main does before it delegates is in an earlier response; in the same one the
// order is that of nobody.
func TestDelegatesFirst(t *testing.T) {
	t.Parallel()
	with := func(tools ...results.ToolCall) *work {
		x := delegated()
		x.Delegations[0].BatchID, x.Delegations[1].BatchID = "m2", "m2"
		x.Tools = tools
		return x
	}
	own := func(name, batch string) results.ToolCall {
		return results.ToolCall{Agent: "main", Name: name, BatchID: batch}
	}
	for name, test := range map[string]struct {
		trial *work
		want  float64
	}{
		"nothing before":       {delegated(), 1},
		"in the same response": {with(own("terminal", "m2")), 1},
		"later":                {with(own("str_replace_based_edit_tool", "m3")), 1},
		"a refused task":       {with(own("task", "m1")), 1},
		"a sidekick":           {with(results.ToolCall{Agent: "A", Name: "terminal", BatchID: "m1"}), 1},
		"work before":          {with(own("terminal", "m1")), 0},
		"never delegates":      {team(), 0},
		"one of two trials":    {nil, 0.5},
	} {
		trials := []*work{test.trial}
		if test.trial == nil {
			trials = []*work{delegated(), team()}
		}
		out := fusionColumn(trials...)
		near(t, name, of(out, "parallelism.delegates_first"), test.want)
		if n := taken(out, "parallelism.delegates_first"); n != len(trials) {
			t.Errorf("%s: over %d trials", name, n)
		}
	}
}

// Of four activations, one of which never started, A's first was told and its
// second had to wrap up: they are of one sidekick, told apart by time.
func TestTold(t *testing.T) {
	t.Parallel()
	x := team()
	again := spawned("t1", "A", "m2", 1, 50, 70)
	again.Activation = 2
	queued := spawned("t3", "", "m2", 1, 60, 61)
	queued.StartedAt = time.Time{}
	x.Delegations = []results.Delegation{spawned("t1", "A", "m1", 1, 10, 40), again, spawned("t2", "B", "m1", 1, 10, 40), queued}
	x.Delegations[2].SentinelMisplaced = true
	x.marks = []results.BudgetMark{
		{Agent: "A", Time: at(20), Kind: bench.NoticeNear}, {Agent: "A", Time: at(21), Kind: bench.NoticeNear},
		{Agent: "A", Time: at(60), Kind: bench.NoticeLimit}, {Agent: "main", Time: at(20), Kind: bench.NoticeNear},
	}
	last := priced("A", low, 60, 65, bench.Usage{Input: 10})
	last.Purpose = bench.PurposeWrapUp
	x.Calls = []results.Call{priced("A", low, 12, 15, bench.Usage{Input: 10}), last}
	out := fusionColumn(x)
	near(t, "told", of(out, "limits.told_share"), 1.0/3)
	near(t, "wrapped up", of(out, "limits.wrapped_up_share"), 1.0/3)
	near(t, "misplaced", of(out, "escalation.sentinel_misplaced"), 1)
	if told, ended := taken(out, "limits.told_share"), taken(out, "escalation.sentinel_misplaced"); told != 3 || ended != 4 {
		t.Errorf("over %d that started, %d that ended", told, ended)
	}
}

func TestPatches(t *testing.T) {
	t.Parallel()
	x := team()
	for _, d := range []results.Delegation{
		{ID: "1", PatchUse: results.PatchApplied, PatchLines: 5, PatchLinesKept: 5},
		{ID: "2", PatchUse: results.PatchApplied, PatchLines: 1, PatchLinesKept: 1},
		{ID: "3", PatchUse: results.PatchChanged, PatchLines: 4, PatchLinesKept: 1},
		{ID: "4", PatchUse: results.PatchDropped, PatchLines: 10},
		{ID: "5", PatchUse: results.PatchDiscarded, PatchLines: 100}, {ID: "6"},
	} {
		x.Delegations = append(x.Delegations, d)
	}
	out := fusionColumn(x)
	for name, want := range map[string]float64{
		"applied": 2, "changed": 1, "dropped": 1, "applied_share": 0.5, "changed_share": 0.25, "dropped_share": 0.25,
		"lines_kept": 7, "lines_kept_share": 7.0 / 20,
	} {
		near(t, name, of(out, "patches."+name), want)
	}
	if n, lines := taken(out, "patches.applied"), taken(out, "patches.lines_kept_share"); n != 4 || lines != 20 {
		t.Errorf("of %d patches and %d lines", n, lines)
	}
}
