package stats

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

func near[F ~float64](t *testing.T, what string, got, want F, within float64) {
	t.Helper()
	if math.Abs(float64(got-want)) > within || math.IsNaN(float64(got)) != math.IsNaN(float64(want)) {
		t.Errorf("%s: got %.6f, want %.6f", what, got, want)
	}
}

// R. G. Newcombe, Statistics in Medicine 17 (1998) 857, table I, method 3.
func TestWilsonNewcombe1998(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		k, n   int
		lo, hi Number
	}{
		{81, 263, 0.2553, 0.3662},
		{15, 148, 0.0624, 0.1605},
		{0, 20, 0, 0.1611},
		{1, 29, 0.0061, 0.1718},
	} {
		i := Wilson(test.k, test.n, 0.95)
		near(t, "lower", i.Lo, test.lo, 5e-5)
		near(t, "upper", i.Hi, test.hi, 5e-5)
	}
	if i := Wilson(20, 20, 0.95); i.Hi != 1 {
		t.Errorf("20 of 20: %v", i)
	}
	if Wilson(0, 0, 0.95).OK() {
		t.Error("nothing has an interval")
	}
}

// Airway hyper-responsiveness of 21 children before and after stem cell
// transplantation (Bentur et al. 2009), as analysed by Fagerland, Lydersen and
// Laake, Statistics in Medicine 33 (2014) 2850: 1 both, 1 before only, 7 after
// only, 12 neither.
var bentur = Paired{Both: 1, OnlyCandidate: 1, OnlyBaseline: 7, Neither: 12}

func TestTangoFagerland2014(t *testing.T) {
	t.Parallel()
	near(t, "difference", bentur.Difference(), -0.286, 5e-4)
	i := bentur.Interval(0.95)
	near(t, "lower", i.Lo, -0.517, 5e-4)
	near(t, "upper", i.Hi, -0.026, 5e-4)
}

// T. Tango, Statistics in Medicine 17 (1998) 891: 43 pairs agree, one is lost, and
// the margin is 0.1.
func TestTangoNonInferiority(t *testing.T) {
	t.Parallel()
	p := Paired{Both: 43, OnlyBaseline: 1}
	statistic := p.score().at(-0.1)
	near(t, "Z", statistic, 1.709, 5e-4)
	near(t, "p", 1-distuv.UnitNormal.CDF(statistic), 0.0438, 5e-5)
	near(t, "lower", p.Interval(0.90).Lo, -0.0957, 5e-5)
}

// Where nothing is gained, the likeliest share of losses under the hypothesis is the
// margin, and the p value the chance of as few as there are, by hand: 0.9^20, and
// 0.9^44 + 44·0.1·0.9^43 for the example above, which the normal approximation puts
// on the other side of 0.05.
func TestNonInferiorityIsExact(t *testing.T) {
	t.Parallel()
	near(t, "none of 20", Paired{Both: 20}.NonInferiority(0.1), math.Pow(0.9, 20), 1e-8)
	one := Paired{Both: 43, OnlyBaseline: 1}
	near(t, "one of 44", one.NonInferiority(0.1), math.Pow(0.9, 44)+4.4*math.Pow(0.9, 43), 1e-8)
	if one.NonInferior(0.1, 0.05) || !one.NonInferior(0.1, 0.06) {
		t.Error("0.0571 is above 0.05 and below 0.06")
	}
	if p := (Paired{}); p.NonInferior(0.1, 0.05) || p.NonInferiority(0.1) != 1 {
		t.Error("nothing shows nothing")
	}
}

// M. W. Fagerland, S. Lydersen, P. Laake, Statistical Analysis of Contingency
// Tables (2017), 8, as the R package contingencytables tests it; the R package
// PropCIs, scoreci.mp(25, 28, 618).
func TestTangoPrinted(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		p          Paired
		confidence float64
		lo, hi     Number
		within     float64
	}{
		{bentur, 0.95, -0.5172, -0.0260, 5e-5},
		{Paired{Both: 59, OnlyCandidate: 6, OnlyBaseline: 16, Neither: 80}, 0.95, -0.1240, -0.0054, 5e-5},
		{Paired{OnlyBaseline: 25, OnlyCandidate: 28, Both: 400, Neither: 165}, 0.95, -0.018785, 0.028732, 5e-7},
		{Paired{OnlyBaseline: 25, OnlyCandidate: 28, Both: 400, Neither: 165}, 0.90, -0.0148, 0.0247, 5e-5},
	} {
		i := test.p.Interval(test.confidence)
		near(t, "lower", i.Lo, test.lo, test.within)
		near(t, "upper", i.Hi, test.hi, test.within)
	}
}

// Without pairs that differ the limits are ±z²/(n+z²), by hand from Tango's
// equations; with all pairs differing one way the upper limit is 1.
func TestTangoEdges(t *testing.T) {
	t.Parallel()
	const z2 = 3.841458820694124
	i := Paired{Both: 10, Neither: 10}.Interval(0.95)
	near(t, "lower", i.Lo, -z2/(20+z2), 1e-9)
	near(t, "upper", i.Hi, z2/(20+z2), 1e-9)
	near(t, "all one way", Paired{OnlyCandidate: 10}.Interval(0.95).Hi, 1, 1e-9)
	if (Paired{}).Interval(0.95).OK() {
		t.Error("no pairs have an interval")
	}
	for range 1000 { // swapping the configurations mirrors the interval
		p := Paired{rand.IntN(9), rand.IntN(9), rand.IntN(9), 1 + rand.IntN(9)}
		q := Paired{p.Both, p.OnlyCandidate, p.OnlyBaseline, p.Neither}
		a, b := p.Interval(0.95), q.Interval(0.95)
		near(t, "mirrored", a.Lo, -b.Hi, 1e-9)
		if d := Number(p.Difference()); d < a.Lo-1e-9 || d > a.Hi+1e-9 || a.Lo < -1 || a.Hi > 1 {
			t.Errorf("%+v: %v outside of %v", p, d, a)
		}
	}
}

// Fagerland, Lydersen and Laake, BMC Medical Research Methodology 13 (2013)
// 91: 1 against 7 gives 0.0391, which is (2·9 − 8)/256; 6 against 16 gives
// 0.0347.
func TestMcNemarFagerland2013(t *testing.T) {
	t.Parallel()
	near(t, "1:7", bentur.McNemar(), 10.0/256, 1e-12)
	near(t, "6:16", Paired{OnlyBaseline: 6, OnlyCandidate: 16}.McNemar(), 0.0347, 5e-5)
	near(t, "16:6", Paired{OnlyBaseline: 16, OnlyCandidate: 6}.McNemar(), 0.0347, 5e-5)
	near(t, "equal", Paired{OnlyBaseline: 5, OnlyCandidate: 5}.McNemar(), 1, 1e-12)
	near(t, "none", Paired{Both: 5}.McNemar(), 1, 0)
}

// The level and the power are what they are said to be: of simulated
// comparisons with 382 pairs, a margin of 5 points and 15 % discordance, 5 %
// are called non-inferior when the candidate is worse by the margin, and 80 %
// when it is as good.
func TestNonInferiorLevelAndPower(t *testing.T) {
	t.Parallel()
	const runs, pairs, margin = 3000, 382, 0.05
	rng := rand.New(rand.NewPCG(1, 2))
	share := func(onlyCandidate, onlyBaseline float64) float64 {
		n := 0
		for range runs {
			var p Paired
			for range pairs {
				switch u := rng.Float64(); {
				case u < onlyCandidate:
					p.OnlyCandidate++
				case u < onlyCandidate+onlyBaseline:
					p.OnlyBaseline++
				default:
					p.Both++
				}
			}
			if p.NonInferior(margin, 0.05) {
				n++
			}
		}
		return float64(n) / runs
	}
	near(t, "level", share(0.05, 0.10), 0.05, 0.013)
	near(t, "power", share(0.075, 0.075), 0.80, 0.025)
}

// R: quantile(c(1, 2, 4, 8), c(0, .25, .5, .95, 1)).
func TestPercentile(t *testing.T) {
	t.Parallel()
	values := []float64{8, 1, 4, 2}
	for p, want := range map[float64]float64{0: 1, 0.25: 1.75, 0.5: 3, 0.95: 7.4, 1: 8} {
		near(t, "percentile", Percentile(values, p), want, 1e-12)
	}
	near(t, "of one", Percentile([]float64{7}, 0.5), 7, 0)
	near(t, "of nothing", Percentile(nil, 0.5), math.NaN(), 0)
	if values[0] != 8 {
		t.Error("the values were sorted in place")
	}
}

// The bootstrap interval of a mean of many values agrees with the normal one:
// mean 0.5, standard error √(1/12/400).
func TestBootstrapAgainstNormal(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	units := make([]Total, 400)
	var sum, squares float64
	for i := range units {
		v := rng.Float64()
		units[i], sum, squares = Total{v, 1}, sum+v, squares+v*v
	}
	mean := sum / 400
	half := 1.959964 * math.Sqrt((squares/400-mean*mean)/400)
	got, i := Resampling{10_000, 1, 0.95}.Mean(units)
	near(t, "mean", got, mean, 1e-12)
	near(t, "lower", i.Lo, Number(mean-half), 0.0015)
	near(t, "upper", i.Hi, Number(mean+half), 0.0015)
}

// The ends of BCa by hand, at 95 % and n = 10: t is 2.262157, widened by √(10/9) to
// 2.384523. Without bias and skewness that is Φ(±2.384523); with a bias of 0.1 and an
// acceleration of 0.05 it is Φ(0.1 + m/(1 − 0.05·m)) with m = 0.1 ± 2.384523.
func TestBCaByHand(t *testing.T) {
	t.Parallel()
	lo, hi := bca{}.ends(10, 0.95)
	near(t, "lower", lo, 0.008551, 1e-5)
	near(t, "upper", hi, 1-0.008551, 1e-5)
	lo, hi = bca{0.1, 0.05, 1}.ends(10, 0.95)
	near(t, "lower", lo, distuv.UnitNormal.CDF(0.1-2.284523/1.114226), 1e-6)
	near(t, "upper", hi, distuv.UnitNormal.CDF(0.1+2.484523/0.875774), 1e-6)
}

func TestBootstrapNeedsUnits(t *testing.T) {
	t.Parallel()
	five := make([]Total, 5)
	if _, i := (Resampling{100, 1, 0.95}).Mean(five); i.OK() {
		t.Errorf("five units: %v", i)
	}
	if _, i := (Resampling{100, 1, 0.95}).Mean(make([]Total, 6)); i.OK() {
		t.Errorf("six units without values: %v", i)
	}
}

func TestRatio(t *testing.T) {
	t.Parallel()
	r := Resampling{2000, 7, 0.95}
	pairs := []Pair{{2, 1}, {4, 2}, {6, 3}, {10, 5}, {8, 4}, {2, 1}} // half, whatever is drawn
	got, i := r.Ratio(pairs)
	near(t, "ratio", got, 0.5, 1e-12)
	near(t, "lower", i.Lo, 0.5, 1e-12)
	near(t, "upper", i.Hi, 0.5, 1e-12)
	pairs[0].Candidate = 9
	_, a := r.Ratio(pairs)
	_, b := r.Ratio(pairs)
	if a != b || a.Lo >= a.Hi {
		t.Errorf("seeded twice: %v and %v", a, b)
	}
	if got, i := r.Ratio([]Pair{{0, 1}, {0, 2}}); !math.IsNaN(got) || i.OK() {
		t.Errorf("free baseline: %v, %v", got, i)
	}
	if _, i := r.Ratio(pairs[:1]); i.OK() {
		t.Errorf("one pair: %v", i)
	}
}

// With one pair per task the sign-flip test is McNemar's exact test: 1 against
// 7 has 2·(1+8)/256 on its side.
func TestSignFlip(t *testing.T) {
	t.Parallel()
	r := Resampling{20_000, 11, 0.95}
	one7 := []float64{1, -1, -1, -1, -1, -1, -1, -1, 0, 0}
	near(t, "exact", r.SignFlip(one7), 18.0/256, 1e-12)
	var many []float64 // 6 against 16: exact 0.0525
	for range 6 {
		many = append(many, 1)
	}
	for range 16 {
		many = append(many, -1)
	}
	near(t, "sampled", r.SignFlip(many), 0.0525, 0.006)
	near(t, "nothing", r.SignFlip(nil), 1, 0)
}

func BenchmarkRatio500(b *testing.B) {
	pairs := make([]Pair, 500)
	for i := range pairs {
		pairs[i] = Pair{1 + float64(i%7), 1 + float64(i%5)}
	}
	for range b.N {
		Resampling{10_000, 1, 0.95}.Ratio(pairs)
	}
}

func BenchmarkTango(b *testing.B) {
	for range b.N {
		bentur.Interval(0.95)
	}
}
