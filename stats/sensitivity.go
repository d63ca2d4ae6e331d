package stats

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Skewed returns the interval of the difference with both tails equal, where
// Tango's are not: his score with its variance and its skewness corrected. It is
// wider, and for sensitivity.
//
// P. J. Laud, Pharmaceutical Statistics 16 (2017) 334, of which it is the paired
// form (pairbinci of the R package ratesci).
func (c Clustered) Skewed(confidence float64) Interval {
	s := c.score()
	if s.n < 2 {
		return NoInterval()
	}
	q := z(confidence)
	return Interval{Number(falling(s.skewed, q)), Number(falling(s.skewed, -q))}
}

// Skewed returns the interval of the difference with both tails equal; see
// Clustered.Skewed.
func (p Paired) Skewed(confidence float64) Interval { return p.clustered().Skewed(confidence) }

func (p Paired) clustered() Clustered {
	return Clustered{p.N(), float64(p.OnlyCandidate), float64(p.OnlyBaseline)}
}

// skewed is the z that solves z + k·(z² − 1) = score, where k is a sixth of the
// skewness of the difference if its true value is d (Cornish and Fisher).
func (s score) skewed(d float64) float64 {
	lost := s.q(d)
	gained := lost + d
	over := s.gained - s.lost - s.n*d
	variance := max(0, s.n*(2*lost+d*(1-d))) * s.n / (s.n - 1)
	third := s.n * (gained*math.Pow(1-d, 3) - lost*math.Pow(1+d, 3) - (1-gained-lost)*math.Pow(d, 3))
	if over == 0 && variance == 0 {
		return 0
	}
	at := over / math.Sqrt(variance)
	k := third / (6 * math.Pow(variance, 1.5))
	if math.Abs(k) < 1e-12 || math.IsInf(at, 0) {
		return at
	}
	return (math.Sqrt(max(0, 1+4*k*(at+k))) - 1) / (2 * k)
}

// Newcombe returns the interval of the difference from Wilson's of both
// proportions, with the corrected correlation between them, for sensitivity.
//
// R. G. Newcombe, Statistics in Medicine 17 (1998) 2635, method 10.
func (p Paired) Newcombe(confidence float64) Interval {
	n := p.N()
	if n == 0 {
		return NoInterval()
	}
	candidate, baseline := p.Both+p.OnlyCandidate, p.Both+p.OnlyBaseline
	phi := p.correlation()
	c, b := Wilson(candidate, n, confidence), Wilson(baseline, n, confidence)
	pc, pb := Number(candidate)/Number(n), Number(baseline)/Number(n)
	d := Number(p.Difference())
	return Interval{
		d - apart(pc-c.Lo, b.Hi-pb, phi),
		d + apart(c.Hi-pc, pb-b.Lo, phi),
	}
}

// apart is the length of the difference of two vectors whose cosine is phi.
func apart(a, b Number, phi float64) Number {
	return Number(math.Sqrt(float64(a*a + b*b - 2*Number(phi)*a*b)))
}

// correlation is phi, moved towards 0 where it is positive.
func (p Paired) correlation() float64 {
	a, b := float64(p.Both), float64(p.OnlyBaseline)
	c, d := float64(p.OnlyCandidate), float64(p.Neither)
	margins := (a + b) * (c + d) * (a + c) * (b + d)
	if margins == 0 {
		return 0
	}
	over := a*d - b*c
	if over > 0 {
		over = max(0, over-float64(p.N())/2)
	}
	return over / math.Sqrt(margins)
}

// McNemarExact returns the two-sided p value that never falls below the true one,
// for the hypothesis that baseline and candidate are equally often right. McNemar
// is its mid-p form.
func (p Paired) McNemarExact() float64 {
	n := p.OnlyBaseline + p.OnlyCandidate
	half := distuv.Binomial{N: float64(n), P: 0.5}
	return min(1, 2*half.CDF(float64(min(p.OnlyBaseline, p.OnlyCandidate))))
}

// Fisher returns the two-sided p value for the hypothesis that two proportions,
// a of n and b of m, are equal given their sum: the chance of all outcomes that are
// no likelier than the one seen.
//
// R. A. Fisher, Journal of the Royal Statistical Society 98 (1935) 39.
func Fisher(a, n, b, m int) (p float64) {
	logs := logFactorialsTo(n + m)
	choose := func(n, k int) float64 { return logs[n] - logs[k] - logs[n-k] }
	sum := a + b
	chance := func(x int) float64 {
		return math.Exp(choose(n, x) + choose(m, sum-x) - choose(n+m, sum))
	}
	seen := chance(a) * (1 + 1e-7) // equal chances are as small
	for x := max(0, sum-m); x <= min(n, sum); x++ {
		if c := chance(x); c <= seen {
			p += c
		}
	}
	return min(1, p)
}

// Holm returns the p values of several hypotheses, adjusted so that one that is
// below a level is so with no more than that chance of any being wrong.
//
// S. Holm, Scandinavian Journal of Statistics 6 (1979) 65.
func Holm(ps []float64) []float64 {
	adjusted := make([]float64, len(ps))
	least := 0.0
	for rank, i := range ascending(ps) {
		least = max(least, min(1, float64(len(ps)-rank)*ps[i]))
		adjusted[i] = least
	}
	return adjusted
}

// ascending are the places of values from the least to the greatest.
func ascending(values []float64) []int {
	places := upTo(len(values))
	slices.SortStableFunc(places, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	return places
}

// Fieller returns the interval of a ratio of two estimates with their standard
// errors and the correlation of these, at the quantile of their distribution. The
// denominator must differ from 0 at that quantile; otherwise there is none, as the
// ratio may be anything.
//
// E. C. Fieller, Journal of the Royal Statistical Society B 16 (1954) 175; for cost
// and effect: M. A. Chaudhary, S. C. Stearns, Statistics in Medicine 15 (1996) 1447.
func Fieller(over, under Estimate, correlation, quantile float64) Interval {
	covariance := correlation * over.Error * under.Error
	q := quantile * quantile
	a := under.Value*under.Value - q*under.Error*under.Error
	b := over.Value*under.Value - q*covariance
	c := over.Value*over.Value - q*over.Error*over.Error
	root := math.Sqrt(b*b - a*c)
	if a <= 0 || math.IsNaN(root) {
		return NoInterval()
	}
	return Interval{Number((b - root) / a), Number((b + root) / a)}
}

// Estimate is a value with its standard error.
type Estimate struct{ Value, Error float64 }
