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
	if n <= 0 {
		return NoInterval()
	}
	q := z(confidence)
	p, m := float64(k)/float64(n), float64(n)
	mid := p + q*q/(2*m)
	half := q * math.Sqrt(p*(1-p)/m+q*q/(4*m*m))
	scale := 1 + q*q/m
	return Interval{Number(max(0, (mid-half)/scale)), Number(min(1, (mid+half)/scale))}
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
