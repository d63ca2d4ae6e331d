package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Stratum has the values of one unit, such as the verdicts on a task, before and
// after some moment.
type Stratum struct{ Before, After Total }

// weight is that of the unit's difference: what the variance of its mean is the
// inverse of, up to a factor. It is 0 if one side has no value.
func (s Stratum) weight() float64 {
	n := s.Before.N + s.After.N
	if n == 0 {
		return 0
	}
	return float64(s.Before.N*s.After.N) / float64(n)
}

// Strata compare what came after some moment with what was before it, unit by unit.
type Strata []Stratum

// Units is how many units have values on both sides.
func (s Strata) Units() (n int) {
	for _, x := range s {
		if x.weight() > 0 {
			n++
		}
	}
	return n
}

// Weight is the sum of the weights of the units' differences.
func (s Strata) Weight() (sum float64) {
	for _, x := range s {
		sum += x.weight()
	}
	return sum
}

// Means are those before and after over units with both, weighted alike; absent
// without such units. Their difference is that of Mantel and Haenszel.
func (s Strata) Means() (before, after Number) {
	var sum Pair
	for _, x := range s {
		if w := x.weight(); w > 0 {
			sum.Baseline += w * x.Before.Sum / float64(x.Before.N)
			sum.Candidate += w * x.After.Sum / float64(x.After.N)
		}
	}
	return Over(sum.Baseline, s.Weight()), Over(sum.Candidate, s.Weight())
}

// Fewer is the one-sided p value for the hypothesis that yes-or-no values (sums of
// ones) are not fewer after than before by more than margin, as a share of 1: that
// of the test of Mantel and Haenszel with units as strata. Within a unit its values
// are exchangeable under the hypothesis, however likely a yes is for it, so that
// units that are always right or always wrong say nothing. Of one value on each side
// it is McNemar's test. Without variation it is 1.
//
// Dispersion is the variance that occasions have shown over what chance within units
// explains (Repeated.Dispersion); values below 1 count as 1.
//
// The chance is summed up by a saddlepoint of the sum of hypergeometric variables,
// within a few percent also in the tails, where the normal approximation is off by
// several times for high and low rates. The margin is added to what was found.
//
// N. Mantel, W. Haenszel, Journal of the National Cancer Institute 22 (1959) 719; the
// saddlepoint: R. L. Strawderman, M. T. Wells, JASA 93 (1998) 1294; with correction
// for continuity: H. E. Daniels, International Statistical Review 55 (1987) 37.
func (s Strata) Fewer(margin, dispersion float64) float64 {
	sum, found := hypergeometrics(s)
	mean, variance := sum.at(0)
	if variance == 0 {
		return 1
	}
	found += margin * s.Weight()
	return sum.atMost(mean + (found-mean)/math.Sqrt(max(1, dispersion)))
}

// More is Fewer for the hypothesis that there are not more after than before.
func (s Strata) More(margin, dispersion float64) float64 {
	mirrored := make(Strata, len(s))
	for i, x := range s {
		x.Before.Sum, x.After.Sum = float64(x.Before.N)-x.Before.Sum, float64(x.After.N)-x.After.Sum
		mirrored[i] = x
	}
	return mirrored.Fewer(margin, dispersion)
}

// Greater is the one-sided p value for the hypothesis that totals after are no more
// than bound times those before, from Student's test of each unit's mean after less
// bound times its mean before. Less than three units, or units that do not vary,
// show nothing: it is 1.
//
// E. C. Fieller, Journal of the Royal Statistical Society B 16 (1954) 175.
func (s Strata) Greater(bound, dispersion float64) float64 {
	t, freedom := student(s.over(bound), dispersion)
	if !freedom.OK() {
		return 1
	}
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(freedom)}.Survival(t)
}

// Apart is the two-sided p value for the hypothesis that units have the same mean after
// as before, from Student's test of their differences; 1 as for Greater.
func (s Strata) Apart(dispersion float64) float64 {
	t, freedom := student(s.over(1), dispersion)
	if !freedom.OK() {
		return 1
	}
	return 2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(freedom)}.Survival(math.Abs(t))
}

// Estimated is a two-sided p value of the normal distribution as it is if the variance
// was estimated with so many degrees of freedom: that of Student's. Dispersions above 1
// are such estimates, from few occasions.
func Estimated(p float64, freedom int) float64 {
	if freedom < 1 {
		return 1
	}
	z := distuv.UnitNormal.Quantile(1 - p/2)
	return 2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(freedom)}.Survival(z)
}

// student is the statistic of Student's test of values, their variance multiplied by a
// dispersion of at least 1, and its degrees of freedom, absent if values show nothing.
func student(values []float64, dispersion float64) (t float64, freedom Number) {
	n := float64(len(values))
	t = Mean(values) / (deviation(values) / math.Sqrt(n)) / math.Sqrt(max(1, dispersion))
	if n < 3 || math.IsNaN(t) || math.IsInf(t, 0) {
		return t, None()
	}
	return t, Number(n - 1)
}

// Shift is the mean over units of the difference of their means, after less before;
// absent without units that have both.
func (s Strata) Shift() Number { return Number(Mean(s.over(1))) }

// over is, for each unit, its mean after less bound times its mean before.
func (s Strata) over(bound float64) (all []float64) {
	for _, x := range s {
		if x.weight() > 0 {
			all = append(all, x.After.Sum/float64(x.After.N)-bound*x.Before.Sum/float64(x.Before.N))
		}
	}
	return all
}

// Ratio is the total of the units' means after over that before, absent if that is 0.
func (s Strata) Ratio() Number {
	var before, after float64
	for _, x := range s {
		if x.weight() > 0 {
			before += x.Before.Sum / float64(x.Before.N)
			after += x.After.Sum / float64(x.After.N)
		}
	}
	return Over(after, before)
}

// Repeated are the values of the same units on several occasions: by occasion, then
// by unit. A Total of no values stands for a unit that was not there.
type Repeated [][]Total

// Split compares the occasions from one on with those before it.
func (r Repeated) Split(at int) Strata {
	s := make(Strata, r.units())
	for i, occasion := range r {
		for unit, t := range occasion {
			side := &s[unit].Before
			if i >= at {
				side = &s[unit].After
			}
			side.Sum, side.N = side.Sum+t.Sum, side.N+t.N
		}
	}
	return s
}

// Logs has the logarithm of each unit's mean on each occasion as its one value. Means
// that are not above 0 are left out.
func (r Repeated) Logs() Repeated {
	out := make(Repeated, len(r))
	for i, occasion := range r {
		out[i] = make([]Total, len(occasion))
		for unit, t := range occasion {
			if t.N > 0 && t.Sum > 0 {
				out[i][unit] = Total{math.Log(t.Sum / float64(t.N)), 1}
			}
		}
	}
	return out
}

func (r Repeated) units() int {
	if len(r) == 0 {
		return 0
	}
	return len(r[0])
}

// Dispersion is how much more occasions vary than the values of units do by
// themselves: 1 if units vary independently of each other, more if whole occasions are
// better or worse, as on a bad day of a provider. A change that stays is no such
// variation: it is that around the means before and after the split that leaves least.
// With one value for each, around one mean, it would be Cochran's Q over its degrees of
// freedom. Fewer than six occasions leave it absent, as they say too little.
//
// W. G. Cochran, Biometrika 37 (1950) 256; variance in excess as a factor:
// P. McCullagh, J. A. Nelder, Generalized Linear Models (1989), 4.5.
func (r Repeated) Dispersion() Number {
	if len(r) < 6 {
		return None()
	}
	least := math.Inf(1)
	for at := 1; at < len(r); at++ {
		if d := r.DispersionAround(at); d.OK() {
			least = min(least, float64(d))
		}
	}
	return Number(least)
}

// DispersionAround is the dispersion around the means before and after one split, which
// is estimated with two degrees of freedom less than there are occasions.
func (r Repeated) DispersionAround(at int) Number {
	if len(r) < 6 {
		return None()
	}
	var together, apart float64
	split := r.Split(at)
	for i, occasion := range r {
		sum := 0.0
		for unit, t := range occasion {
			if t.N == 0 {
				continue
			}
			side := split[unit].Before
			if i >= at {
				side = split[unit].After
			}
			left := t.Sum/float64(t.N) - side.Sum/float64(side.N)
			sum, apart = sum+left, apart+left*left
		}
		together += sum * sum
	}
	return Over(together, apart)
}
