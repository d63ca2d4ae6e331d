package stats

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// full asks for the whole of what tests take a part of: every number of tasks, and
// 2,000 repetitions of each cell.
var full = flag.Bool("full", false, "simulate and enumerate in full")

// some is every value in a full test, and about one in step otherwise.
func some(from, to, step int) (ns []int) {
	for n := from; n <= to; n += step {
		ns = append(ns, n)
		if *full {
			n -= step - 1
		}
	}
	return ns
}

// When the candidate is worse by exactly the margin, at most 5.5 % of comparisons
// with one attempt say that it is not, whatever the number of tasks and the share of
// them that differ. This is no simulation: all outcomes are summed up. Tango's test
// by the normal approximation says so in up to 7.7 %.
func TestLevelOfOneAttempt(t *testing.T) {
	t.Parallel()
	const steps = 30
	for _, margin := range []float64{0.01, 0.02, 0.05, 0.1, 0.2} {
		worst := ""
		most := 0.0
		for _, n := range append(some(5, 60, 5), some(61, 400, 113)...) {
			least := leastOf(n, margin)
			for i := range steps + 1 {
				differ := margin + (1-margin)*float64(i*i)/(steps*steps)
				law := trinomialOf(n, -margin, differ, logFactorialsTo(n))
				if share := law.chance(func(k int) int { return least[k] }); share > most {
					most, worst = share, fmt.Sprintf("%d pairs of which %.3f differ", n, differ)
				}
			}
		}
		t.Logf("margin %g: at most %.2f %%, with %s", margin, 100*most, worst)
		if most > 0.055 || most < 0.045 {
			t.Errorf("margin %g: %.2f %% are called non-inferior, with %s", margin, 100*most, worst)
		}
	}
}

// leastOf is how many of k pairs that differ must be gained, for each k up to n.
func leastOf(n int, margin float64) []int {
	logs := logFactorialsTo(n)
	least, gained := make([]int, n+1), 0
	for k := range least {
		for gained = max(0, gained-1); gained <= k; gained++ {
			s := score{float64(n), float64(gained), float64(k - gained)}
			if s.at(-margin) > 0 && s.p(-margin, logs) <= 0.05 {
				break
			}
		}
		least[k] = gained
	}
	return least
}

// What is summed up by rising numbers is what a sum over every outcome gives, with
// the test of each of them.
func TestPowerByEveryOutcome(t *testing.T) {
	t.Parallel()
	for _, n := range []int{5, 30} {
		for _, differ := range []float64{0.1, 0.5, 1} {
			const margin, d = 0.1, -0.1
			logs := logFactorialsTo(n)
			law := trinomialOf(n, d, differ, logs)
			var sum float64
			for k := range n + 1 {
				for gained := range k + 1 {
					if (Paired{Both: n - k, OnlyCandidate: gained, OnlyBaseline: k - gained}).NonInferior(margin, 0.05) {
						sum += law.differ.of(k, n) * law.gained.of(gained, k)
					}
				}
			}
			near(t, "chance", shown(n, margin, d, differ, 0.05), sum, 1e-8)
		}
	}
}

// cell is a comparison whose truth is known: units with attempts each, of which a
// candidate resolves difference more than the baseline. Icc is the correlation of
// attempts within a unit.
type cell struct {
	units, attempts         int
	rate                    float64 // of the baseline
	difference, discordance float64
	icc                     float64
}

// pairs draws them from one law: a share icc of the units has the same outcome in
// all attempts, and those of the others are independent.
func (c cell) pairs(rng *rand.Rand) (out Clustered) {
	pair := func() float64 {
		switch u := rng.Float64(); {
		case u < (c.discordance+c.difference)/2:
			return 1
		case u < c.discordance:
			return -1
		}
		return 0
	}
	for range c.units {
		sum := 0.0
		if rng.Float64() < c.icc {
			sum = pair() * float64(c.attempts)
		} else {
			for range c.attempts {
				sum += pair()
			}
		}
		out.Add(sum / float64(c.attempts))
	}
	return out
}

// trials draws them from another: units are as hard as a beta law says, and given
// that all attempts of both sides are independent. Its discordance follows.
func (c cell) trials(rng *rand.Rand) (out Clustered) {
	how := func() float64 { return c.rate }
	switch {
	case c.icc == 1:
		how = func() float64 {
			if rng.Float64() < c.rate {
				return 1
			}
			return 0
		}
	case c.icc > 0:
		sum := 1/c.icc - 1
		how = distuv.Beta{Alpha: c.rate * sum, Beta: (1 - c.rate) * sum, Src: rng}.Rand
	}
	for range c.units {
		base := how()
		candidate := base * (1 + c.difference/c.rate)
		sum := 0.0
		for range c.attempts {
			if rng.Float64() < candidate {
				sum++
			}
			if rng.Float64() < base {
				sum--
			}
		}
		out.Add(sum / float64(c.attempts))
	}
	return out
}

// shown is the share of runs that are called non-inferior.
func (c cell) shown(
	draw func(*rand.Rand) Clustered, runs int, margin float64, seed uint64,
) float64 {
	rng := rand.New(rand.NewPCG(seed, uint64(c.units*1000+c.attempts)))
	n := 0
	for range runs {
		if draw(rng).NonInferior(margin, 0.05) {
			n++
		}
	}
	return float64(n) / float64(runs)
}

// With several attempts likewise: never more often than with one, whose exact
// share is 5.5 % at most. A simulation adds an error of its own, of which three
// standard errors are let pass; in full, a cell above 5.5 % is drawn once more, twenty
// times as often, and has that share. A percentile bootstrap by task is wrong in 61 % of
// comparisons with five tasks of two attempts each.
func TestLevelOfSeveralAttempts(t *testing.T) {
	t.Parallel()
	const margin = 0.05
	runs, within := 400, 0.055+0.033
	units := []int{5, 20, 100}
	if *full {
		runs, within = 2000, 0.055+0.0033
		units = []int{5, 9, 10, 20, 50, 100, 200, 400}
	}
	worst, cells, again := 0.0, 0, 0
	hold := func(c cell, law string, draw func(*rand.Rand) Clustered) {
		share := c.shown(draw, runs, margin, 7)
		if *full && share > 0.055 {
			again++
			share = c.shown(draw, 20*runs, margin, 8)
		}
		cells++
		worst = max(worst, share)
		if share > within {
			t.Errorf("%s, %+v: %.1f %% are called non-inferior", law, c, 100*share)
		}
	}
	for _, n := range units {
		for _, attempts := range []int{2, 5} {
			for _, icc := range []float64{0, 0.3, 1} {
				for _, discordance := range []float64{0.05, 0.15, 0.4} {
					c := cell{n, attempts, 0, -margin, discordance, icc}
					hold(c, "pairs", c.pairs)
				}
				for _, rate := range []float64{0.2, 0.5, 0.9} {
					c := cell{n, attempts, rate, -margin, 0, icc}
					hold(c, "trials", c.trials)
				}
			}
		}
	}
	t.Logf("%d cells, %d repetitions each, %d of them drawn again: at most %.2f %%", cells, runs, again,
		100*worst)
}

// What is as good is found to be, given tasks enough: with attempts that are
// independent sooner than with one.
func TestClusteredHasPower(t *testing.T) {
	t.Parallel()
	const runs = 500
	power := func(units, attempts int, icc float64) float64 {
		rng, n := rand.New(rand.NewPCG(8, uint64(attempts))), 0
		for range runs {
			if (cell{units, attempts, 0, 0, 0.15, icc}).pairs(rng).NonInferior(0.05, 0.05) {
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
