package compare

import (
	"regexp"
	"slices"
	"testing"

	"bench"
	"bench/results"
)

// What a program spent that reports nothing is not known, and not nothing.
func TestNoUsage(t *testing.T) {
	t.Parallel()
	yes := true
	facts := results.Facts{
		Run: results.Run{ID: "r"},
		Configurations: []bench.Configuration{
			{Name: "solo", Kind: bench.KindSingle}, {Name: "tool", Kind: bench.KindCommand},
			{Name: "sloppy", Kind: bench.KindCommand},
		},
		Notices: []results.Notice{
			{Trial: 2, Code: bench.NoticeNoUsage}, {Trial: 3, Code: bench.NoticeBadUsage},
			{Trial: 3, Code: bench.NoticeBadUsage}, {Trial: 1, Code: "sandbox_left"},
		},
	}
	for i, c := range facts.Configurations {
		id := int64(i + 1)
		facts.Trials = append(facts.Trials, results.Trial{
			ID: id, Key: bench.TrialKey{Configuration: c.Name, InstanceID: "a", Attempt: 1},
			Outcome: bench.OutcomeResolved, Resolved: &yes, Cost: bench.Dollars(1),
		})
		facts.Agents = append(facts.Agents, results.Agent{Trial: id, ID: "x", Role: bench.RoleSingle})
		facts.Calls = append(facts.Calls, results.Call{Trial: id, Agent: "x", Cost: bench.Dollars(1)})
	}
	out, err := Of([]results.Facts{facts}, Options{Resamples: 100})
	if err != nil {
		t.Fatal(err)
	}
	metrics, err := Select(`cost_usd\.(total|per_task|per_resolved|main),tokens\.input`)
	if err != nil {
		t.Fatal(err)
	}
	for i, known := range []bool{true, false, true} {
		for _, m := range metrics {
			if n := out.Configurations[i].Value(m); n.OK() != known {
				t.Errorf("%s of %s is %v", m.Name, out.Configurations[i].Name, n)
			}
		}
	}
	money := regexp.MustCompile(`^(cost_usd|tokens|sidekick_share|cached_share)\.`)
	for _, m := range Metrics {
		if money.MatchString(m.Name) && out.Configurations[1].Value(m).OK() {
			t.Errorf("%s of a program that reported nothing is %v", m.Name, out.Configurations[1].Value(m))
		}
	}
	if out.Pairs[0].Evidence.CostRatio.OK() || !out.Pairs[1].Evidence.CostRatio.OK() {
		t.Errorf("cost ratios %v and %v", out.Pairs[0].Evidence.CostRatio, out.Pairs[1].Evidence.CostRatio)
	}
	if want := []string{"solo", "sloppy"}; !slices.Equal(out.Frontier, want) {
		t.Errorf("frontier %q, want %q", out.Frontier, want)
	}
	if want := []string{
		"1 of 1 trials of tool reported no usage: its cost is not known",
		"reports of sloppy are not counted, as 2 notices say: its cost is a lower bound",
	}; !slices.Equal(out.Warnings, want) {
		t.Errorf("warnings %q, want %q", out.Warnings, want)
	}
}
