package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Power is the chance with which n pairs show non-inferiority by margin at level
// alpha, by the test of Paired.NonInferior, if there is no true difference and the
// given share of pairs differ. It is exact: the sum over all outcomes.
func Power(n int, margin, discordance, alpha float64) float64 {
	return shown(n, margin, 0, discordance, alpha)
}

// shown is the chance with which n pairs show non-inferiority if the true
// difference is d.
func shown(n int, margin, d, discordance, alpha float64) float64 {
	logs := logFactorialsTo(n)
	gained := 0 // the least that is enough
	return trinomialOf(n, d, discordance, logs).chance(func(k int) int {
		for gained = max(0, gained-1); gained <= k; gained++ {
			s := score{float64(n), float64(gained), float64(k - gained)}
			if s.at(-margin) > 0 && s.p(-margin, logs) <= alpha {
				break
			}
		}
		return gained
	})
}

// PairsNeeded is how many pairs show non-inferiority with the given power if
// there is no true difference and the given share of pairs differ, by the test of
// Paired.NonInferior at level alpha. Above some thousand pairs it is exact to 1 in
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
