package stats

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Resampling says how to draw. The same values give the same intervals.
type Resampling struct {
	Resamples  int
	Seed       uint64
	Confidence float64
}

// Interval returns the bootstrap interval of a statistic over n independent units
// (tasks, or repositories, with all that belongs to them): bias-corrected and
// accelerated (BCa), and widened for small n. The statistic is given the units of
// one resample, some several times, or all but one; it must not keep them.
// Resamples for which it is NaN are left out.
//
// The percentile interval of few skewed values, such as costs, lies too low and is
// too narrow. BCa moves its ends by the median bias and the skewness, which it
// estimates by leaving out one unit at a time. The ends are those of Student's
// distribution, as the variance of a resample is (n−1)/n of what it should be, and
// further apart where the jackknife's standard error is above that of the
// resamples, as it is where few units weigh much.
//
// Too few units have no interval: even if all n agreed in sign, chance alone
// would make them do so more often (2 in 2^n) than the confidence allows. At
// 95 % that is fewer than six.
//
// B. Efron, JASA 82 (1987) 171; the widening: T. C. Hesterberg, The American
// Statistician 69 (2015) 371, 3.2; drawing whole clusters: A. C. Davison, D. V.
// Hinkley, Bootstrap Methods and their Application (1997), 3.8 and 5.3.2.
func (r Resampling) Interval(n int, statistic func(units []int) float64) Interval {
	if math.Ldexp(2, -n) > 1-r.Confidence {
		return NoInterval()
	}
	values := make([]float64, 0, r.Resamples)
	r.draw(n, func(units []int) {
		if v := statistic(units); !math.IsNaN(v) {
			values = append(values, v)
		}
	})
	if len(values) == 0 {
		return NoInterval()
	}
	slices.Sort(values)
	left := leftOut(n, statistic)
	lo, hi := bca{
		bias:         medianBias(values, statistic(upTo(n))),
		acceleration: acceleration(left),
		wider:        max(1, jackknifeError(left)/deviation(values)),
	}.ends(n, r.Confidence)
	return Interval{Number(quantile(values, lo)), Number(quantile(values, hi))}
}

// draw calls f with each resample of n units, which f must not keep: Resamples
// times n numbers below n, from the PCG generator seeded with Seed and n.
func (r Resampling) draw(n int, f func(units []int)) {
	rng := rand.New(rand.NewPCG(r.Seed, uint64(n)))
	units := make([]int, n)
	for range r.Resamples {
		for i := range units {
			units[i] = rng.IntN(n)
		}
		f(units)
	}
}

// bca is what the ends of an interval are moved by.
type bca struct{ bias, acceleration, wider float64 }

// ends are the shares of resamples below the limits.
func (b bca) ends(n int, confidence float64) (lo, hi float64) {
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(n - 1)}.Quantile((1 + confidence) / 2)
	wide := t * math.Sqrt(float64(n)/float64(n-1))
	if b.wider > 1 { // not where it is not known
		wide *= b.wider
	}
	at := func(z float64) float64 {
		moved := b.bias + z
		return distuv.UnitNormal.CDF(b.bias + moved/(1-b.acceleration*moved))
	}
	return at(-wide), at(wide)
}

// medianBias is the normal quantile of the share of resamples below the value of
// all units; those equal to it count half.
func medianBias(sorted []float64, all float64) float64 {
	below, _ := slices.BinarySearch(sorted, all-1e-12*math.Abs(all))
	notAbove, _ := slices.BinarySearch(sorted, all+1e-12*math.Abs(all))
	share := float64(below+notAbove) / 2 / float64(len(sorted))
	least := 0.5 / float64(len(sorted)) // an infinite bias says nothing
	return distuv.UnitNormal.Quantile(min(1-least, max(least, share)))
}

// leftOut are the values without one unit each.
func leftOut(n int, statistic func(units []int) float64) []float64 {
	left := make([]float64, n)
	units := make([]int, n-1)
	for i := range left {
		for k := range units {
			units[k] = k
			if k >= i {
				units[k]++
			}
		}
		left[i] = statistic(units)
	}
	return left
}

// acceleration is a sixth of the skewness of the statistic, by the jackknife.
func acceleration(left []float64) float64 {
	mean := Mean(left)
	var squares, cubes float64
	for _, v := range left {
		d := mean - v
		squares, cubes = squares+d*d, cubes+d*d*d
	}
	if a := cubes / (6 * math.Pow(squares, 1.5)); !math.IsNaN(a) {
		return a
	}
	return 0 // all equal, or one is not known
}

// jackknifeError is the standard error by the values without one unit each.
func jackknifeError(left []float64) float64 {
	n := float64(len(left))
	return deviation(left) * (n - 1) / math.Sqrt(n)
}

// deviation is the standard deviation of values, for n − 1.
func deviation(values []float64) float64 {
	mean, squares := Mean(values), 0.0
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	return math.Sqrt(squares / float64(len(values)-1))
}

// Pair is a value of the baseline and of the candidate for one unit.
type Pair struct{ Baseline, Candidate float64 }

// Ratio returns Σ candidate / Σ baseline over pairs, and its interval from
// resampling pairs. Without cost of the baseline it is NaN.
func (r Resampling) Ratio(pairs []Pair) (float64, Interval) {
	of := func(units []int) float64 {
		var b, c float64
		for _, u := range units {
			b, c = b+pairs[u].Baseline, c+pairs[u].Candidate
		}
		if b == 0 {
			return math.NaN()
		}
		return c / b
	}
	return of(upTo(len(pairs))), r.Interval(len(pairs), of)
}

// Total is the sum and the number of a unit's values.
type Total struct {
	Sum float64
	N   int
}

// Mean returns the mean of all values, and its interval from resampling units
// with all their values.
func (r Resampling) Mean(units []Total) (float64, Interval) {
	of := func(drawn []int) float64 {
		var t Total
		for _, u := range drawn {
			t.Sum, t.N = t.Sum+units[u].Sum, t.N+units[u].N
		}
		return t.Sum / float64(t.N)
	}
	return of(upTo(len(units))), r.Interval(len(units), of)
}

func upTo(n int) []int {
	units := make([]int, n)
	for i := range units {
		units[i] = i
	}
	return units
}

// SignFlip returns the two-sided p value for the hypothesis that differences
// of independent units are symmetric around 0, from flipping their signs: all
// of them up to 2^12, a random sample of flips beyond. It is what McNemar's
// test becomes when a unit has several pairs.
//
// R. A. Fisher, The Design of Experiments (1935), 21; the sampled p value:
// B. Phipson, G. K. Smyth, Statistical Applications in Genetics and Molecular
// Biology 9 (2010) 39.
func (r Resampling) SignFlip(differences []float64) float64 {
	var live []float64
	var sum float64
	for _, d := range differences {
		if d != 0 {
			live, sum = append(live, d), sum+d
		}
	}
	const tiny = 1e-9 // sums of the same numbers in another order are equal
	extreme := func(s float64) bool { return math.Abs(s) >= math.Abs(sum)-tiny }
	if len(live) <= 12 {
		n, all := 0, 1<<len(live)
		for flips := range all {
			if extreme(flipped(live, uint64(flips))) {
				n++
			}
		}
		return float64(n) / float64(all)
	}
	rng := rand.New(rand.NewPCG(r.Seed, uint64(len(live))))
	n := 0
	for range r.Resamples {
		var s float64
		for i := 0; i < len(live); i += 64 {
			s += flipped(live[i:min(i+64, len(live))], rng.Uint64())
		}
		if extreme(s) {
			n++
		}
	}
	return float64(n+1) / float64(r.Resamples+1)
}

// flipped is the sum of up to 64 values, those negated whose bit is set.
func flipped(values []float64, flips uint64) (s float64) {
	for i, v := range values {
		if flips>>i&1 == 1 {
			v = -v
		}
		s += v
	}
	return s
}
