package stats

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// With one pair per unit nothing changes.
func TestClusteredOfOnePairEach(t *testing.T) {
	t.Parallel()
	p := Paired{Both: 59, OnlyCandidate: 6, OnlyBaseline: 16, Neither: 80}
	var c Clustered
	for unit, mean := range map[int]float64{59 + 80: 0, 6: 1, 16: -1} {
		for range unit {
			c.Add(mean)
		}
	}
	if c.Interval(0.95) != p.Interval(0.95) || c.Difference() != p.Difference() ||
		c.Discordance() != p.Discordance() {
		t.Errorf("got %+v, want %+v", c, p)
	}
	if (Clustered{}).NonInferior(0.05, 0.05) || (Clustered{}).Interval(0.95).OK() {
		t.Error("nothing shows nothing")
	}
}

// drawn is a comparison of units with attempts each. The candidate is better by
// difference, and discordance is the share of pairs that differ. A share icc of
// the units has the same outcome in all attempts; those of the others are
// independent, so that icc is the correlation within a unit.
func drawn(rng *rand.Rand, units, attempts int, difference, discordance, icc float64) (c Clustered) {
	pair := func() float64 {
		switch u := rng.Float64(); {
		case u < (discordance+difference)/2:
			return 1
		case u < discordance:
			return -1
		}
		return 0
	}
	for range units {
		sum := 0.0
		if rng.Float64() < icc {
			sum = pair() * float64(attempts)
		} else {
			for range attempts {
				sum += pair()
			}
		}
		c.Add(sum / float64(attempts))
	}
	return c
}

// When the candidate is worse by exactly the margin, at most 5 % of comparisons
// say that it is not, whatever the number of tasks, their attempts and how alike
// these are. A percentile bootstrap by task says so in 61 % of those with five
// tasks of two attempts each.
func TestClusteredIsRightAtTheMargin(t *testing.T) {
	t.Parallel()
	const runs, margin = 2000, 0.05
	for _, units := range []int{5, 9, 10, 20, 50, 100, 400} {
		for _, attempts := range []int{1, 2, 5} {
			for _, icc := range []float64{0, 0.3, 1} {
				for _, discordance := range []float64{0.05, 0.15, 0.4} {
					name := fmt.Sprintf("%d×%d, icc %g, %g differ", units, attempts, icc, discordance)
					rng := rand.New(rand.NewPCG(7, uint64(units*1000+attempts)))
					wrong := 0
					for range runs {
						if drawn(rng, units, attempts, -margin, discordance, icc).NonInferior(margin, 0.05) {
							wrong++
						}
					}
					// 5 % and 3 standard errors of 2,000 runs
					if share := float64(wrong) / runs; share > 0.05+0.015 {
						t.Errorf("%s: %.1f %% are called non-inferior", name, 100*share)
					}
				}
			}
		}
	}
}

// What is as good is found to be, given tasks enough: with attempts that are
// independent sooner than with one.
func TestClusteredHasPower(t *testing.T) {
	t.Parallel()
	const runs = 500
	power := func(units, attempts int, icc float64) float64 {
		rng, n := rand.New(rand.NewPCG(8, uint64(attempts))), 0
		for range runs {
			if drawn(rng, units, attempts, 0, 0.15, icc).NonInferior(0.05, 0.05) {
				n++
			}
		}
		return float64(n) / runs
	}
	one, alike, apart := power(382, 1, 0), power(382, 3, 1), power(382, 3, 0)
	near(t, "one attempt", one, 0.80, 0.06)
	near(t, "three that are alike", alike, 0.80, 0.06)
	if apart < 0.9 {
		t.Errorf("three that are independent: %.2f", apart)
	}
}
