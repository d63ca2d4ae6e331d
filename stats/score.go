package stats

import "math"

// score is Tango's inference about the difference of two paired proportions: of n
// units, gained were right for the candidate alone, lost for the baseline alone.
// It keeps its confidence for few units and for few that differ, where the
// textbook (Wald) interval does not.
//
// T. Tango, Statistics in Medicine 17 (1998) 891, equations 7, 11 and 24 to 26.
type score struct{ n, gained, lost float64 }

// at is the statistic for the hypothesis that the true difference is d: standard
// normal if it is, positive if d is too small. The nuisance parameter takes its
// maximum likelihood value under the hypothesis.
func (s score) at(d float64) float64 {
	over := s.gained - s.lost - s.n*d
	if over == 0 {
		return 0
	}
	return over / math.Sqrt(max(0, s.n*(2*s.q(d)+d*(1-d))))
}

// q is the maximum likelihood value of the chance that a pair is lost if the true
// difference is d.
func (s score) q(d float64) float64 {
	lin := -s.gained - s.lost + (2*s.n-s.gained+s.lost)*d
	con := -s.lost * d * (1 - d)
	return (math.Sqrt(max(0, lin*lin-8*s.n*con)) - lin) / (4 * s.n)
}

// nonInferiority is the p value for the hypothesis that the difference is −margin
// or less; 1 without units.
func (s score) nonInferiority(margin float64) float64 {
	if s.n == 0 {
		return 1
	}
	return s.p(-margin, logFactorialsTo(int(s.n)))
}

// interval returns the differences that are not rejected.
func (s score) interval(confidence float64) Interval {
	if s.n == 0 {
		return NoInterval()
	}
	q := z(confidence)
	return Interval{Number(falling(s.at, q)), Number(falling(s.at, -q))}
}

// falling is the difference at which a statistic, which falls as the difference
// rises, has the value target.
func falling(statistic func(d float64) float64, target float64) float64 {
	lo, hi := -1.0, 1.0
	for range 100 {
		mid := (lo + hi) / 2
		if statistic(mid) > target {
			lo = mid
		} else {
			hi = mid
		}
	}
	return (lo + hi) / 2
}

// Clustered sums up the mean differences of independent units with several pairs
// each, such as tasks with several attempts: those in the candidate's favour and
// those in the baseline's.
//
// Inference is Tango's with the units as pairs and these sums, which may be
// fractions, as the pairs that differ. Pairs of a unit count as one, however
// independent they are. That errs on the safe side: the statistic's variance
// rests on Σ|mean|, which is not less than the Σ mean² that it is about, as no
// mean is beyond 1. Where no unit has lost, its limits stay away from 0 as they do
// with one pair each. A percentile bootstrap has the limit 0 there, above every
// margin, whatever the true difference is.
type Clustered struct {
	Units        int
	Gained, Lost float64
}

// Add counts a unit by the mean difference of its pairs, candidate minus
// baseline, between −1 and 1.
func (c *Clustered) Add(mean float64) {
	c.Units++
	c.Gained += max(0, mean)
	c.Lost += max(0, -mean)
}

// Difference is the mean difference, as a share of 1; NaN without units.
func (c Clustered) Difference() float64 { return (c.Gained - c.Lost) / float64(c.Units) }

// Discordance is the mean absolute difference; NaN without units.
func (c Clustered) Discordance() float64 { return (c.Gained + c.Lost) / float64(c.Units) }

// Interval returns the score interval of the difference.
func (c Clustered) Interval(confidence float64) Interval { return c.score().interval(confidence) }

// NonInferiority is the one-sided p value for the hypothesis that the difference is
// −margin (a share of 1) or less; 1 without units. At the margin it is at most 0.05
// in no more than 5.5 % of comparisons, whatever the number of units, their pairs
// and the share of them that differ.
func (c Clustered) NonInferiority(margin float64) float64 {
	return c.score().nonInferiority(margin)
}

// NonInferior reports whether the difference is shown to be greater than −margin
// (a share of 1), one-sided at level alpha.
func (c Clustered) NonInferior(margin, alpha float64) bool {
	return c.NonInferiority(margin) <= alpha
}

func (c Clustered) score() score { return score{float64(c.Units), c.Gained, c.Lost} }
