package stats

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Sequence are the mean differences of independent units, each between −1 and 1, in an
// order that says nothing about them. Whatever is inferred from it may be looked at after
// every unit, and who stops when he likes what he sees is wrong no more often than was
// promised.
//
// For the hypothesis that the mean is at most b, a gambler begins with 1 and bets on
// each unit x that it is above b: his wealth is multiplied by 1 + f·(x − b)/(1 + b), the
// fraction f of what he can bet without going bankrupt. If the hypothesis is true his
// wealth does not grow on the mean, so that the chance that it ever reaches 1/α is at
// most α (Ville 1939). The fractions are 32 from 0 to 1, each with its part of the 1 to
// begin with, small ones with more (2·(1 − f)): what bet would have been the best need
// not be known, and the order of units does not change the sum.
//
// I. Waudby-Smith, A. Ramdas, Journal of the Royal Statistical Society B 86 (2024) 1,
// with the mixture of F. Orabona, K.-S. Jun, IEEE Transactions on Information Theory 70
// (2024) 436 for strategies. It is narrower than the sequences of S. R. Howard et al.,
// Annals of Statistics 49 (2021) 1055, where few units differ, as it learns that.
type Sequence []float64

// bets is how many fractions there are.
const bets = 32

// gambler is the wealth of all fractions together, and of each.
type gambler struct {
	bound float64
	most  float64 // that he has ever had
	each  [bets]float64
}

// fraction is the i-th.
func fraction(i int) float64 { return (float64(i) + 0.5) / bets }

func newGambler(bound float64) *gambler {
	g := &gambler{bound: bound, most: 1}
	sum := 0.0
	for i := range g.each {
		g.each[i] = 1 - fraction(i)
		sum += g.each[i]
	}
	for i := range g.each {
		g.each[i] /= sum
	}
	return g
}

// enough is more wealth than any level asks for.
const enough = 1e200

// bet is the wealth after a unit.
func (g *gambler) bet(x float64) float64 {
	if g.most > enough {
		return g.most
	}
	sum, won := 0.0, (x-g.bound)/(1+g.bound)
	for i := range g.each {
		g.each[i] *= 1 + fraction(i)*won
		sum += g.each[i]
	}
	g.most = max(g.most, sum)
	return sum
}

// wealth is the most that was ever had by betting that the mean is above a bound.
func (s Sequence) wealth(bound float64) float64 {
	g := newGambler(bound)
	for _, x := range s {
		g.bet(x)
	}
	return g.most
}

// negated are the differences the other way round.
func (s Sequence) negated() Sequence {
	out := make(Sequence, len(s))
	for i, x := range s {
		out[i] = -x
	}
	return out
}

// NotAbove is the p value, one-sided and valid at any look, for the hypothesis that the
// mean is at most a bound.
func (s Sequence) NotAbove(bound float64) float64 { return 1 / s.wealth(bound) }

// NotBelow is that for the hypothesis that the mean is at least a bound.
func (s Sequence) NotBelow(bound float64) float64 { return s.negated().NotAbove(-bound) }

// P is the two-sided p value, valid at any look, for the hypothesis that the mean is 0.
func (s Sequence) P() float64 { return min(1, 2*min(s.NotAbove(0), s.NotBelow(0))) }

// Interval returns the means that no look has excluded: with the confidence given, the
// true one is among them after every unit.
func (s Sequence) Interval(confidence float64) Interval {
	if len(s) == 0 {
		return NoInterval()
	}
	limit := 2 / (1 - confidence)
	lo := falling(s.wealth, limit)
	hi := -falling(s.negated().wealth, limit)
	return Interval{Number(lo), Number(hi)}
}

// mostUnits is how far SequenceNeeded looks.
const mostUnits = 5_000

// SequenceNeeded is by how many pairs a sequence has shown, with the power given, that a
// candidate is not worse by a margin, one-sided at alpha, if there is no true difference
// and so many pairs differ; 0 beyond 5,000. It is a seeded simulation of 1,000 sequences.
func SequenceNeeded(margin, discordance, alpha, power float64) int {
	const repetitions = 1000
	needed := make([]int, repetitions)
	rng := rand.New(rand.NewPCG(1, repetitions))
	for i := range needed {
		g := newGambler(-margin)
		for n := 1; needed[i] == 0 && n <= mostUnits; n++ {
			x := 0.0
			switch u := rng.Float64(); {
			case u < discordance/2:
				x = 1
			case u < discordance:
				x = -1
			}
			if g.bet(x) >= 1/alpha {
				needed[i] = n
			}
		}
		if needed[i] == 0 {
			needed[i] = math.MaxInt
		}
	}
	slices.Sort(needed)
	if n := needed[int(math.Ceil(power*repetitions))-1]; n <= mostUnits {
		return n
	}
	return 0
}
