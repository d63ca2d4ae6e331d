package compare

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"bench"
	"bench/results"
	"bench/results/verdict"
	"bench/stats"
)

// twice are the facts of a run of solo, of another configuration that costs half as
// much, and of solo once more, which resolves what solo does but for one task in flip
// tasks, in turn the one or the other of both, at a cost that is as much in turn more
// and less.
func twice(tasks, flip int, unsteady float64) results.Facts {
	f := results.Facts{Run: results.Run{ID: "r", Baseline: "solo", MarginPP: 5}}
	f.Configurations = []bench.Configuration{
		{Name: "solo", Kind: bench.KindSingle}, {Name: "half", Kind: bench.KindSingle},
		{Name: "solo-aa", Kind: bench.KindSingle, Repeats: "solo"},
	}
	for i := range tasks {
		for _, c := range f.Configurations {
			up := i/max(1, flip)%2 == 0
			yes, usd := i%3 > 0, 1.0
			switch {
			case c.Name == "half":
				usd = 0.5
			case c.Repeats != "" && up:
				usd += unsteady
			case c.Repeats != "":
				usd -= unsteady
			}
			if c.Repeats != "" && flip > 0 && i%flip == 0 {
				yes = up
			} else if flip > 0 && i%flip == 0 {
				yes = !up
			}
			t := results.Trial{
				ID: int64(len(f.Trials) + 1), Outcome: bench.OutcomeUnresolved, Resolved: &yes,
				Key: bench.TrialKey{Configuration: c.Name, InstanceID: fmt.Sprintf("t%03d", i), Attempt: 1},
			}
			if yes {
				t.Outcome = bench.OutcomeResolved
			}
			t.Cost = bench.Dollars(usd)
			f.Trials = append(f.Trials, t)
			f.Agents = append(f.Agents, results.Agent{Trial: t.ID, ID: "m", Role: bench.RoleSingle})
			f.Calls = append(f.Calls, results.Call{Trial: t.ID, Agent: "m", Cost: t.Cost})
		}
	}
	return f
}

// A configuration that was run a second time is no candidate: nothing is corrected for
// it, and it beats nobody. What it differs by from itself stands beside the pairs.
func TestRepeatIsNoCandidate(t *testing.T) {
	t.Parallel()
	c, err := Of([]results.Facts{twice(60, 10, 0.01)}, quick)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Pairs) != 1 || c.Pairs[0].Evidence.Candidates != 1 || len(c.NetBenefit.Of) != 2 {
		t.Errorf("%d pairs, %d of net benefit", len(c.Pairs), len(c.NetBenefit.Of))
	}
	if named := slices.Concat(c.Frontier, c.Axes[0].Order); slices.Contains(named, "solo-aa") {
		t.Errorf("the repeat is ranked: %v", named)
	}
	if len(c.Noise) != 1 || len(c.Configurations) != 3 || *c.Configurations[2].Repeats != "solo" {
		t.Fatalf("noise %+v of %d", c.Noise, len(c.Configurations))
	}
	n := c.Noise[0]
	if n.Configuration != "solo" || n.Repeat != "solo-aa" || n.N() != 60 || n.Flips() != 6 ||
		n.OnlyBaseline != 3 || n.Quality || n.Cost {
		t.Errorf("got %+v", n)
	}
	near(t, "difference", float64(n.Difference), 0)
	near(t, "cost", float64(n.CostRatio), 1)
	if want := (stats.Clustered{Units: 60, Gained: 3, Lost: 3}).Interval(Confidence); n.DifferenceInterval != want {
		t.Errorf("interval %v, want %v", n.DifferenceInterval, want)
	}
	if p := c.Pairs[0]; p.Cost != verdict.CostCheaper || slices.ContainsFunc(p.Warnings, isNoise) {
		t.Errorf("half of the cost is beyond noise of a percent: %s %+v", p.Cost, p.Warnings)
	}
	if _, err := Of([]results.Facts{twice(8, 0, 0)}, Options{Baseline: "solo-aa"}); err == nil {
		t.Error("a repeat is taken as the baseline")
	}
}

func isNoise(w verdict.Warning) bool {
	n, ok := w.(verdict.WithinNoise)
	return ok && n.Claim == verdict.ClaimCost
}

// A verdict on cost that noise explains has a warning. If the repeat differs from its
// original by more than chance, the run says so.
func TestWithinNoise(t *testing.T) {
	t.Parallel()
	f := twice(12, 2, 0.99)
	c, err := Of([]results.Facts{f}, quick)
	if err != nil {
		t.Fatal(err)
	}
	p := c.Pairs[0]
	if p.Cost != verdict.CostCheaper || !slices.ContainsFunc(p.Warnings, isNoise) {
		t.Errorf("%s: half of the cost within %v: %+v", p.Cost, c.Noise[0].CostRatioInterval, p.Warnings)
	}
	f = twice(30, 0, 0)
	for i := range f.Trials {
		if f.Trials[i].Key.Configuration == "solo-aa" {
			f.Trials[i].Cost, f.Calls[i].Cost = bench.Dollars(0.8), bench.Dollars(0.8)
		}
	}
	if c, err = Of([]results.Facts{f}, quick); err != nil {
		t.Fatal(err)
	}
	want := "solo-aa is solo once more, and differs from it in cost by more than chance"
	if !c.Noise[0].Cost || !strings.Contains(strings.Join(c.Warnings, "\n"), want) {
		t.Errorf("no word of %v in %q", c.Noise[0].CostRatioInterval, c.Warnings)
	}
}
