package compare

import (
	"slices"
	"testing"

	"bench"
	"bench/results/verdict"
)

// Eight tasks cost the baseline a dollar and the candidate 25 cents each. It loses
// one of seven: by hand the difference is worth 0.75 dollars a task at
// 0.75/(1/8) = 6 dollars for one more resolved task.
func TestNetBenefit(t *testing.T) {
	t.Parallel()
	solo := judged("solo", 100, "y", "y", "y", "y", "y", "y", "y", "n", "-")
	cheap := judged("cheap", 25, "y", "y", "y", "y", "y", "y", "n", "n", "y")
	dear := judged("dear", 200, "n", "n", "n", "n", "n", "n", "n", "n", "y")
	o := quick
	o.Lambda = 10
	n := netBenefit([]*Column{solo, cheap, dear}, o)
	if n.Tasks != 8 || n.Cheapest != "cheap" || len(n.Of) != 3 || len(n.Turns) != 1 {
		t.Fatalf("got %+v", n)
	}
	if turn := n.Turns[0]; turn.From != "cheap" || turn.To != "solo" {
		t.Errorf("got %+v", turn)
	}
	near(t, "turn", n.Turns[0].Lambda, 6)
	near(t, "benefit of solo", float64(n.Of[0].NetBenefit), 10*7.0/8-1)
	near(t, "benefit of cheap", float64(n.Of[1].NetBenefit), 10*6.0/8-0.25)
	near(t, "sum", float64(n.Of[0].Best+n.Of[1].Best), 1)
	if n.Of[0].BestCurve[0] != 0 || n.Of[1].BestCurve[0] != 1 || n.Of[2].Frontier != 0 ||
		n.Of[1].Frontier != 1 || n.Of[0].Best < 0.5 || len(n.Of[2].BestCurve) != len(n.Lambdas) {
		t.Errorf("got %+v", n.Of)
	}
	few := netBenefit([]*Column{judged("solo", 100, "y"), judged("cheap", 50, "n")}, quick)
	if few.Tasks != 1 || few.Lambda.OK() || few.Of[0].Best.OK() || len(few.Turns) != 1 {
		t.Errorf("of one task: %+v", few)
	}
	if none := netBenefit(nil, quick); none.Tasks != 0 {
		t.Errorf("of nothing: %+v", none)
	}
}

// What differs between the sides besides what is compared, and what makes numbers
// less than they seem, is said also beside a favourable verdict.
func TestUnequal(t *testing.T) {
	t.Parallel()
	base := judged("solo", 100, repeat("y", 400)...)
	other := judged("cheap", 50, slices.Concat(repeat("y", 390), repeat("-", 10))...)
	base.run.MarginPP, other.config.Limits.Iterations = 5, 30
	other.config.Main.Simulated = true
	other.ends.flags["flaky"] = 2
	other.Caching.Penalty, other.Spending.All.Cost = 10, 100
	other.ends.outage, other.ends.worked = 60_000, 240_000
	o := quick
	o.MarginPP = 7
	p := onePair(base, other, o)
	if p.Word != verdict.NonInferiorAndCheaper {
		t.Errorf("got %s", p.Word)
	}
	warned(t, p, verdict.MarginChanged{Declared: 5, MarginPP: 7}, verdict.SimulatedModels{},
		verdict.DifferentLimits{Candidate: bench.Limits{Iterations: 30}},
		verdict.ExpiredCaches{Configuration: "cheap", Share: 0.1},
		verdict.InOutages{Configuration: "cheap", Share: 0.25},
		verdict.DoubtfulGrades{Configuration: "cheap", Flag: "flaky", Trials: 2})
	infra := slices.IndexFunc(p.Warnings, func(w verdict.Warning) bool { return w.Code() == "unequal_infra" })
	if infra < 0 || p.Warnings[infra].(verdict.UnequalInfra).Candidate != 10 {
		t.Errorf("got %+v", p.Warnings)
	}
	other.ends.outage, other.ends.worked = 59_000, 118_000
	if slices.ContainsFunc(onePair(base, other, o).Warnings, func(w verdict.Warning) bool {
		return w.Code() == "in_outages"
	}) {
		t.Error("less than a minute is said to be an outage")
	}
	if p = onePair(base, base, quick); len(p.Warnings) != 0 &&
		slices.ContainsFunc(p.Warnings, func(w verdict.Warning) bool { return w.Code() == "unequal_infra" }) {
		t.Errorf("against itself: %+v", p.Warnings)
	}
}
