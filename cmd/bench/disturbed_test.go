package main

import (
	"context"
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"bench"
	"bench/llm"
	"bench/results"
	"bench/results/compare"
	"bench/results/storetest"
	"bench/results/timeline"
)

// disturbance ends the process of a run in virtual time, once a number of events is
// there.
type disturbance struct {
	run  func() *virtual
	kind string // kill, interrupt or none
	at   int
}

func (d disturbance) String() string { return fmt.Sprintf("%s-%s-%d", d.run().id, d.kind, d.at) }

// disturbed is the run that is disturbed: cutRun at prices that do not change by the
// hour, for it is resumed hours later.
func disturbed() *virtual {
	v := cutRun()
	for i := range v.configurations {
		c := &v.configurations[i]
		c.Main.Price.Hours = nil
		if c.Sidekick != nil {
			c.Sidekick.Model.Price.Hours = nil
		}
	}
	return v
}

// othersRun is a run of the other kinds, of sidekicks in the background, and of some that
// share files.
func othersRun() *virtual {
	big, small := virtualModel("big", 3, 0.3, 3.75, 15), virtualModel("small", 0.5, 0.05, 0.625, 2)
	second, use := time.Second, tokens(600, 0, 0, 20)
	sidekick := func(file string) []said { // which do not end at the same time
		return []said{
			{after: time.Duration(len(file)) * 700 * time.Millisecond,
				calls: []llm.ToolCall{terminal("sleep 3")}, usage: use},
			{after: 3 * second, calls: []llm.ToolCall{terminal("echo right >" + file)}, usage: use},
			{after: 2 * second, calls: []llm.ToolCall{reported("Written.", "low")}, usage: use},
		}
	}
	p := play{
		"advised single": {
			{after: 2 * second, calls: []llm.ToolCall{tool("consult", map[string]any{"question": "What now?"}),
				terminal("cat a.txt")}, usage: use},
			{after: 2 * second, calls: []llm.ToolCall{newFile("new.txt", "right\n")}, usage: use},
			{after: 2 * second, text: "Done.", usage: use},
		},
		"advised a0001": {{after: 8 * second, text: "Write it.", usage: use}},
		"behind main": {
			{after: 2 * second, calls: []llm.ToolCall{
				task("Write one.", "run_in_background", true), task("Write two.", "run_in_background", true),
			}, usage: use},
			{after: 4 * second, calls: []llm.ToolCall{newFile("new.txt", "right\n"), terminal("sleep 2")}, usage: use},
			{after: second, calls: []llm.ToolCall{
				tool("task_output", map[string]any{"task_id": "t0001", "timeout": 60}),
				tool("task_output", map[string]any{"task_id": "t0002", "timeout": 60}),
			}, usage: use},
			{after: second, text: "Done.", usage: use},
		},
		"behind t0001": sidekick("one.txt"), "behind t0002": sidekick("second.txt"),
	}
	cs := []bench.Configuration{
		{Name: "advised", Kind: bench.KindAdvisor, Main: small, MaxParallelTools: 8,
			Advisor: &bench.Advisor{Model: big, Consults: 2}},
		{Name: "program", Kind: bench.KindCommand, Main: big,
			Command: &bench.Command{Run: "sleep 7; echo right >new.txt"}},
		fusionOf("behind", big, small, bench.WorkspaceSnapshot),
	}
	p["locked main"] = []said{
		{after: 2 * second, calls: []llm.ToolCall{
			task("Write one."), terminal("sleep 1"), task("Write two."),
		}, usage: use},
		{after: 2 * second, text: "Done.", usage: use},
	}
	p["locked t0001"], p["locked t0002"] = sidekick("one.txt"), sidekick("second.txt")
	cs = append(cs, fusionOf("locked", big, small, bench.WorkspaceSharedLocked))
	routedPlay(p, "routed")
	cs = append(cs, routedOf("routed", big, small, virtualModel("wise", 10, 1, 12.5, 50)))
	v := recountRun("others", p, 1, cs...)
	v.workers.Agents = 1
	return v
}

// do does the run, and resumes it an hour after the disturbance.
func (d disturbance) do(t *testing.T, l *logbook) {
	t.Helper()
	v := d.run()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	l.after = func(n int, _ bench.Event) bool {
		if n == d.at && d.kind == "interrupt" {
			cancel(bench.ErrInterrupted)
		}
		return n != d.at || d.kind != "kill"
	}
	s, err := v.start(ctx, l)
	if d.at > 0 && (err != nil || s.Unfinished > 0) {
		l.after = nil
		time.Sleep(time.Hour)
		s, err = v.resume(t.Context(), l)
	}
	if err != nil || s.Unfinished > 0 {
		t.Errorf("%s: %+v, %v", d, s, err)
	}
}

// measured is what is known of the trials of a run, by configuration, and of the
// configurations.
type measured struct {
	trials map[string]*timeline.Trial
	values map[string]map[string]compare.Value
	pairs  []compare.Pair
}

func measure(t *testing.T, store *results.Store, run string) measured {
	t.Helper()
	f, err := store.Facts(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	m := measured{trials: map[string]*timeline.Trial{}, values: map[string]map[string]compare.Value{}}
	for _, trial := range timeline.All(f) {
		m.trials[trial.Key.Configuration] = trial
	}
	c, err := compare.Runs(t.Context(), store, []string{run}, compare.Options{Resamples: 2, MarginPP: 50})
	if err != nil {
		t.Fatal(err)
	}
	m.pairs = c.Pairs
	for _, configuration := range c.Configurations {
		values := map[string]compare.Value{}
		for _, metric := range compare.Metrics {
			values[metric.Name] = configuration.Value(metric)
		}
		m.values[configuration.Name] = values
	}
	return m
}

// lost is for how long what was under way at a moment of a trial had been: the longest
// of it, and all of it, in milliseconds. Where the trial is cut off then, that is
// done again.
func lost(t *timeline.Trial, at time.Time) (longest, all int64) {
	lose := func(d time.Duration) {
		longest, all = max(longest, d.Milliseconds()), all+d.Milliseconds()
	}
	add := func(from, to time.Time) {
		if from.Before(at) && !to.Before(at) {
			lose(at.Sub(from))
		}
	}
	for _, c := range t.Calls {
		add(timeline.SentAt(c).Add(-c.Waited), c.End)
	}
	for _, c := range t.Tools {
		if c.Name != "task" { // it takes as long as what it waits for
			add(c.Start.Add(-c.LockWait), c.End)
		}
	}
	for _, a := range t.Activations() {
		add(a.StoppedAt(), a.EndedAt)
		if a.SpawnedAt.Before(at) && !a.StartedAt.Before(at) { // but not its queue
			lose(min(at.Sub(a.SpawnedAt), a.LockWait+a.Inspect) +
				max(0, at.Sub(a.StartedAt.Add(-a.Prepare))))
		}
	}
	return longest, all
}

// lasting are metrics that follow from how long what lasted. The durations themselves
// are compared.
var lasting = map[string]bool{
	"wall_s.p50": true, "wall_s.p95": true, "wall_s.per_task": true, "wall_s.paused": true,
	"under_budget.minutes_area": true, "sidekick_share.llm_seconds": true,
	"parallelism.mean_concurrency": true, "parallelism.speedup_estimate": true,
	"parallelism.straggler_ratio": true, "parallelism.main_idle_s": true,
	"critical_path.main_share": true, "critical_path.sidekick_share": true,
	"critical_path.workspace_share": true,
}

// repeated are metrics that know of calls which were made again, and of caches that
// had an hour to expire.
var repeated = map[string]bool{
	"calls.total": true, "calls.per_task": true, "calls.unknown_usage": true,
	"cost_usd.unknown_estimate": true, "cost_usd.expiry_penalty": true,
	"displacement": true, // of which nothing is said where a call is not known
}

// sameMetrics compares all other metrics: outcomes, cost, tokens, what agents did. Those
// that are seconds may differ by those that were lost.
func sameMetrics(t *testing.T, d disturbance, lost float64, whole, got measured) {
	t.Helper()
	for name, values := range whole.values {
		for _, m := range compare.Metrics {
			if lasting[m.Name] || repeated[m.Name] {
				continue
			}
			a, b := values[m.Name], got.values[name][m.Name]
			x, y, slack := float64(a.Number), float64(b.Number), 0.0
			if m.Unit == compare.Seconds {
				slack = lost
			}
			if a.N != b.N || math.IsNaN(x) != math.IsNaN(y) ||
				math.Abs(x-y) > 1e-9*math.Abs(x)+slack {
				t.Errorf("%s: %s of %s is %v of %d, undisturbed %v of %d", d, m.Name, name, y, b.N, x, a.N)
			}
		}
	}
}

// sameTimes compares how long the work on a trial lasted, of which part was lost, and
// returns how much that is.
func sameTimes(
	t *testing.T, d disturbance, at time.Time, whole, got *timeline.Trial,
) (all int64) {
	t.Helper()
	for _, p := range got.Pauses {
		if p.Agent == "" {
			at = p.From // until then some went on
		}
	}
	longest, all := lost(whole, at)
	if longest, all = longest+1, all+1; len(got.Pauses) == 0 {
		longest, all = 0, 0
	}
	name := got.Key.Configuration
	a, b := whole.Times(), got.Times()
	if more := b.Wall - a.Wall; more < 0 || more > longest {
		t.Errorf("%s: work on %s lasts %d ms, undisturbed %d; at most %d were lost", d, name, b.Wall, a.Wall,
			longest)
	}
	within := func(what string, was, is int64) {
		if max(was-is, is-was) > all {
			t.Errorf("%s: %s of %s last %d ms, undisturbed %d; at most %d were lost", d, what, name, is, was, all)
		}
	}
	within("sidekicks", a.Sum, b.Sum)
	within("one or more sidekicks", a.Union, b.Union)
	within("waits of main", a.Idle, b.Idle)
	if b.Peak != a.Peak {
		t.Errorf("%s: %d sidekicks at once, undisturbed %d", d, b.Peak, a.Peak)
	}
	p, q := whole.Path(), got.Path()
	within("critical paths", p.Length().Milliseconds(), q.Length().Milliseconds())
	within("workspaces", p.Workspaces().Milliseconds(), q.Workspaces().Milliseconds())
	for role, was := range p.ByRole() {
		within("critical path of "+string(role), was.Milliseconds(), q.ByRole()[role].Milliseconds())
	}
	return all
}

// Wherever a run is killed or interrupted, the resumed run says what the undisturbed run
// says: verdicts, cost, tokens, what agents did; and how long it took, but for what
// was lost and done again.
func TestDisturbedRunIsMeasuredAsUndisturbed(t *testing.T) {
	t.Parallel()
	store := storetest.Stored(t)
	do := func(d disturbance) (measured, *logbook) {
		l := &logbook{}
		synctest.Test(t, func(t *testing.T) { d.do(t, l) })
		l.stored(t, store, d.String())
		return measure(t, store, d.String()), l
	}
	for _, run := range []func() *virtual{disturbed, othersRun} {
		disturbedAnywhere(t, run, do)
	}
}

func disturbedAnywhere(
	t *testing.T, run func() *virtual, do func(disturbance) (measured, *logbook),
) {
	t.Helper()
	whole, log := do(disturbance{run, "none", 0})
	for name, trial := range whole.trials {
		if trial.Outcome != bench.OutcomeResolved && name != "cheap" {
			t.Fatalf("undisturbed, %s ends as %s", name, trial.Outcome)
		}
	}
	for n := 1; n < len(log.events); n++ {
		for _, kind := range []string{"kill", "interrupt"} {
			d := disturbance{run, kind, n}
			got, l := do(d)
			most := 0.0
			for name, trial := range whole.trials {
				all := sameTimes(t, d, l.events[n-1].Time, trial, got.trials[name])
				most = max(most, float64(all)/1000)
			}
			sameMetrics(t, d, most, whole, got)
		}
	}
}
