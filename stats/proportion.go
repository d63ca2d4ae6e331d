package stats

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// z is the standard normal quantile of a two-sided confidence, 1.96 for 0.95.
func z(confidence float64) float64 { return distuv.UnitNormal.Quantile((1 + confidence) / 2) }

// Wilson returns the score interval of a proportion k/n, as a share of 1.
//
// E. B. Wilson, JASA 22 (1927) 209; method 3 of R. G. Newcombe, Statistics in
// Medicine 17 (1998) 857.
func Wilson(k, n int, confidence float64) Interval {
	return WilsonMean(float64(k)/float64(n), n, confidence)
}

// WilsonMean returns Wilson's interval for the mean of n values between 0 and 1,
// such as shares of attempts. Their variance is at most that of a proportion, so it
// errs on the safe side, and where all are 0 or 1 it says how few they are, which
// resamples cannot.
func WilsonMean(mean float64, n int, confidence float64) Interval {
	if n <= 0 {
		return NoInterval()
	}
	q := z(confidence)
	p, m := mean, float64(n)
	mid := p + q*q/(2*m)
	half := q * math.Sqrt(p*(1-p)/m+q*q/(4*m*m))
	scale := 1 + q*q/m
	return Interval{Number(max(0, (mid-half)/scale)), Number(min(1, (mid+half)/scale))}
}

// PassAt is the chance that at least one of k attempts resolves a task of which c
// of n attempts did, without bias: pass@k. It is NaN for k above n.
//
// M. Chen et al., Evaluating Large Language Models Trained on Code (2021),
// arXiv 2107.03374, 2.1.
func PassAt(k, c, n int) float64 {
	return 1 - allAmong(k, n-c, n)
}

// PassAll is the chance that all of k attempts resolve a task of which c of n did,
// without bias: pass^k. It is NaN for k above n.
//
// S. Yao et al., τ-bench (2024), arXiv 2406.12045, 3.
func PassAll(k, c, n int) float64 { return allAmong(k, c, n) }

// allAmong is the share of the choices of k of n that are all among some of them.
func allAmong(k, some, n int) float64 {
	if k > n {
		return math.NaN()
	}
	share := 1.0
	for i := range k {
		share *= float64(max(0, some-i)) / float64(n-i)
	}
	return share
}

// Percentile returns the p-quantile, 0 ≤ p ≤ 1, of values in any order, with
// linear interpolation between order statistics (type 7 of R. J. Hyndman and
// Y. Fan, The American Statistician 50 (1996) 361). Of nothing it is NaN.
func Percentile(values []float64, p float64) float64 {
	return quantile(slices.Sorted(slices.Values(values)), p)
}

func quantile(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	at := p * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// Mean is the arithmetic mean; of nothing it is NaN.
func Mean(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
