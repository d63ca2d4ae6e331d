package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Power is the chance with which n pairs show non-inferiority by margin in
// Tango's one-sided test at level alpha, if there is no true difference and the
// given share of pairs differ. It is exact: the sum over all outcomes.
func Power(n int, margin, discordance, alpha float64) (power float64) {
	differ := distuv.Binomial{N: float64(n), P: discordance}
	spread := 8 * math.Sqrt(float64(n)*discordance*(1-discordance))
	from := max(0, int(float64(n)*discordance-spread))
	to := min(n, int(float64(n)*discordance+spread)+1)
	gained := 0 // the least that is enough, which rises with the pairs that differ
	for k := from; k <= to; k++ {
		for gained <= k && !enough(n, k, gained, margin, alpha) {
			gained++
		}
		if gained > k { // not even if all of these are gained
			continue
		}
		tail := 1.0
		if gained > 0 {
			tail -= distuv.Binomial{N: float64(k), P: 0.5}.CDF(float64(gained - 1))
		}
		power += differ.Prob(float64(k)) * tail
	}
	return power
}

// enough reports whether so many gained of k pairs that differ are.
func enough(n, k, gained int, margin, alpha float64) bool {
	return score{float64(n), float64(gained), float64(k - gained)}.above(-margin, alpha)
}

// PairsNeeded is how many pairs show non-inferiority with the given power if
// there is no true difference and the given share of pairs differ, in Tango's
// one-sided test at level alpha. Above some thousand pairs it is exact to 1 in
// 1,000.
//
// It begins where Wald's test would be content, which is too early: at
// (z_alpha + z_power)² · discordance / margin² pairs (J.-P. Liu et al.,
// Statistics in Medicine 21 (2002) 231, with equal proportions).
func PairsNeeded(margin, discordance, alpha, power float64) int {
	s := distuv.UnitNormal.Quantile(1-alpha) + distuv.UnitNormal.Quantile(power)
	n := int(math.Ceil(s * s * discordance / (margin * margin)))
	for Power(n, margin, discordance, alpha) < power {
		n += max(1, n/1000)
	}
	return n
}
