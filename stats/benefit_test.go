package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// Costs 1, 2 and 6 for rates 0.2, 0.6 and 0.8, by hand: the second is worth more
// from 1/0.4 = 2.50 dollars on, the third from 4/0.2 = 20. A fourth that is dearer
// and no better is never chosen.
func TestTurns(t *testing.T) {
	t.Parallel()
	outcomes := []Outcome{{0.8, 6}, {0.2, 1}, {0.6, 2}, {0.6, 3}}
	turns := Turns(outcomes)
	if len(turns) != 2 || turns[0].From != 1 || turns[0].To != 2 || turns[1].To != 0 {
		t.Fatalf("got %+v", turns)
	}
	near(t, "first", turns[0].Lambda, 2.5, 1e-9)
	near(t, "second", turns[1].Lambda, 20, 1e-9)
	for _, turn := range turns {
		a, b := outcomes[turn.From], outcomes[turn.To]
		near(t, "level", a.NetBenefit(turn.Lambda), b.NetBenefit(turn.Lambda), 1e-9)
	}
	if got := Frontier(outcomes); !slices.Equal(got, []int{0, 1, 2}) {
		t.Errorf("frontier: %v", got)
	}
	if Turns(nil) != nil || Turns(outcomes[:1]) != nil {
		t.Error("nothing to choose from turns")
	}
	if got := Turns([]Outcome{{0.5, 2}, {0.6, 2}}); got != nil {
		t.Errorf("of equally cheap ones the best is chosen at once: %v", got)
	}
}

// The R package BCEA prints, of its vaccine example at 25,000 a unit: expected net
// benefits of −36.054 and −34.826, 1.2284 between them, and an ICER of 20,098. From
// the last two follow the differences in effect and cost, and from these the turn.
func TestNetBenefitPrinted(t *testing.T) {
	t.Parallel()
	const lambda, icer, eib = 25_000, 20_098, 1.2284
	near(t, "increment", -34.826-(-36.054), eib, 1e-3)
	effect := eib / (lambda - icer)
	a, b := Outcome{0, 0}, Outcome{effect, icer * effect}
	near(t, "benefit", b.NetBenefit(lambda)-a.NetBenefit(lambda), eib, 1e-9)
	near(t, "turn", Turns([]Outcome{a, b})[0].Lambda, icer, 1e-6)
}

// With normal effects and costs the acceptability is that of the normal law: the
// net benefit of the difference over its standard error.
func TestAcceptabilityAgainstNormal(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 6))
	units := make([][]Outcome, 400)
	var sum, squares float64
	const lambda = 3.0
	for i := range units {
		a := Outcome{rng.Float64(), 1 + rng.NormFloat64()}
		b := Outcome{rng.Float64(), 0.98 + rng.NormFloat64()}
		d := b.NetBenefit(lambda) - a.NetBenefit(lambda)
		sum, squares = sum+d, squares+d*d
		units[i] = []Outcome{a, b}
	}
	mean := sum / 400
	z := mean / math.Sqrt((squares/400-mean*mean)/400)
	draws := Resampling{10_000, 2, 0.95}.Outcomes(units)
	best := draws.Best(lambda)
	near(t, "acceptability", best[1], 0.5*math.Erfc(-z/math.Sqrt2), 0.02)
	near(t, "both", best[0]+best[1], 1, 1e-9)
	if (Resampling{100, 1, 0.95}).Outcomes(units[:5]).Best(1) != nil {
		t.Error("five units have a probability")
	}
}

// Two that are level share; one that is dominated is never on the frontier.
func TestShares(t *testing.T) {
	t.Parallel()
	same := slices.Repeat([][]Outcome{{{1, 1}, {1, 1}, {0, 2}}}, 8)
	draws := Resampling{50, 1, 0.95}.Outcomes(same)
	if got := draws.Best(1); got[0] != 0.5 || got[1] != 0.5 || got[2] != 0 {
		t.Errorf("best: %v", got)
	}
	if got := draws.OnFrontier(); got[0] != 1 || got[1] != 1 || got[2] != 0 {
		t.Errorf("frontier: %v", got)
	}
}

// Ranks by hand: in one of two resamples the first has most, in the other it is level
// with the second and both share two ranks; the third is always last.
func TestRanks(t *testing.T) {
	t.Parallel()
	draws := Outcomes{{{1, 1}, {1, 2}, {0, 9}}, {{1, 2}, {1, 2}, {0, 9}}}
	got := draws.Ranks(5)
	for i, want := range [][]float64{{0.75, 0.25, 0}, {0.25, 0.75, 0}, {0, 0, 1}} {
		if !slices.Equal(got[i], want) {
			t.Errorf("ranks of %d: %v, want %v", i, got[i], want)
		}
	}
	if got := draws.Of(2, 0).Ranks(5); !slices.Equal(got[0], []float64{0, 1}) || Outcomes(nil).Ranks(1) != nil {
		t.Errorf("of two: %v", got)
	}
}
