package compare

import (
	"math"
	"testing"

	"bench"
	"bench/results"
	"bench/results/timeline"
)

// atWork is a trial with a verdict whose main agent used so many tokens a call.
func atWork(task string, attempt int, role bench.Role, input ...int64) *work {
	yes := true
	t := &work{Trial: &timeline.Trial{
		Trial: results.Trial{
			Key:     bench.TrialKey{InstanceID: task, Attempt: attempt},
			SolveAt: at(0), ExtractAt: at(100), EndedAt: at(110), Outcome: bench.OutcomeResolved, Resolved: &yes,
		},
		Agents: map[string]results.Agent{
			"main": {ID: "main", Role: role}, "A": {ID: "A", Role: bench.RoleSidekick},
		},
	}}
	for i, n := range input {
		c := priced("main", dear, float64(10*i), float64(10*i+5), bench.Usage{Input: n, Output: 10})
		c.Turn = i + 1
		t.Calls = append(t.Calls, c)
	}
	return t
}

// alongside is a single configuration of the model that leads a fusion.
func alongside(trials ...*work) *Column {
	c := columnOf(trials...)
	c.name, c.config = "solo", bench.Configuration{Kind: bench.KindSingle, Main: bench.Model{Price: dear}}
	return c
}

// Six tasks: main needs 150 tokens more or less of the 300 that its model alone
// does, and on the last as many. The sidekicks' tokens are nobody's here, nor is
// the task that only one side has.
func TestDisplacement(t *testing.T) {
	t.Parallel()
	var alone, led []*work
	for i, task := range []string{"a", "b", "c", "d", "e", "f"} {
		alone = append(alone, atWork(task, 1, bench.RoleSingle, 90, 190)) // 300 with the output
		x := atWork(task, 1, bench.RoleMain, 140)
		if i == 5 {
			x = atWork(task, 1, bench.RoleMain, 290)
		}
		x.Calls = append(x.Calls, priced("A", low, 1, 2, bench.Usage{Input: 100_000}))
		led = append(led, x)
	}
	alone = append(alone, atWork("only here", 1, bench.RoleSingle, 1_000_000))
	solo, fusion := alongside(alone...), columnOf(led...)
	findAlone([]*Column{fusion, solo})
	out := fusion.configuration()
	const want = 1 - (5*150.0+300)/(6*300)
	near(t, "displacement", of(out, "displacement"), want)
	if n := taken(out, "displacement"); n != 6 {
		t.Errorf("over %d tasks", n)
	}
	// Resamples hold from 0 to 6 times the last task: from 0 displaced to a half.
	i := out.Value(Named("displacement")).Interval
	if !i.OK() || i.Lo < 0 || float64(i.Lo) > want || float64(i.Hi) < want || i.Hi > 0.5 {
		t.Errorf("interval %v", i)
	}
	p := onePair(solo, fusion, quick)
	near(t, "of the pair", float64(p.Evidence.Displacement), want)
	if p.Evidence.DisplacementInterval != i {
		t.Errorf("the pair's interval is %v, the metric's %v", p.Evidence.DisplacementInterval, i)
	}
	near(t, "the other way round", float64(onePair(fusion, solo, quick).Evidence.Displacement), math.NaN())
}

// Without its main model alone, or where that reported nothing, a fusion has no
// displacement. Of two single ones that of its own run counts.
func TestFindAlone(t *testing.T) {
	t.Parallel()
	fusion, solo := columnOf(atWork("a", 1, bench.RoleMain, 100)), alongside(atWork("a", 1, bench.RoleSingle, 200))
	other := alongside()
	other.run.ID, solo.config.Main.Model, fusion.config.Main.Model = "s", "big", "big"
	findAlone([]*Column{fusion, other})
	absent(t, fusion.configuration(), "displacement")
	other.config.Main.Model = "big"
	findAlone([]*Column{other, fusion, solo})
	if fusion.alone != solo {
		t.Fatal("found that of another run")
	}
	near(t, "displacement", of(fusion.configuration(), "displacement"), 1-110.0/210)
	solo.NoUsage = 1
	absent(t, fusion.configuration(), "displacement")
}

// onePair compares two columns.
func onePair(base, other *Column, o Options) Pair {
	return compared(base, []*Column{other}, nil, o)[0]
}
