package stats

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Resampling says how to draw. The same values give the same intervals.
type Resampling struct {
	Resamples  int
	Seed       uint64
	Confidence float64
}

// Interval returns the percentile bootstrap interval of a statistic over n
// independent units (tasks, or repositories, with all that belongs to them).
// The statistic is given the units of one resample, some several times; it
// must not keep them. Resamples for which it is NaN are left out.
//
// Too few units have no interval: even if all n agreed in sign, chance alone
// would make them do so more often (2 in 2^n) than the confidence allows. At
// 95 % that is fewer than six.
//
// B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap (1993), 13.3;
// drawing whole clusters: A. C. Davison, D. V. Hinkley, Bootstrap Methods and
// their Application (1997), 3.8.
func (r Resampling) Interval(n int, statistic func(units []int) float64) Interval {
	if math.Ldexp(2, -n) > 1-r.Confidence {
		return NoInterval()
	}
	rng := rand.New(rand.NewPCG(r.Seed, uint64(n)))
	units := make([]int, n)
	values := make([]float64, 0, r.Resamples)
	for range r.Resamples {
		for i := range units {
			units[i] = rng.IntN(n)
		}
		if v := statistic(units); !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return NoInterval()
	}
	slices.Sort(values)
	tail := (1 - r.Confidence) / 2
	return Interval{Number(quantile(values, tail)), Number(quantile(values, 1-tail))}
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
