package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// coverage is how often intervals hold the truth, by what they are of and by the
// number of tasks.
type coverage struct {
	name string
	// one draws a comparison of n tasks, and reports whether its interval holds.
	one func(rng *rand.Rand, n int) bool
}

func holds(i Interval, truth float64) bool {
	return float64(i.Lo) <= truth+1e-12 && truth-1e-12 <= float64(i.Hi)
}

// pairOf draws the counts of n pairs.
func pairOf(rng *rand.Rand, n int, gained, lost, both float64) (p Paired) {
	for range n {
		switch u := rng.Float64(); {
		case u < gained:
			p.OnlyCandidate++
		case u < gained+lost:
			p.OnlyBaseline++
		case u < gained+lost+both:
			p.Both++
		default:
			p.Neither++
		}
	}
	return p
}

// costs draws what a task costs both sides: log-normal, correlated, and for the
// candidate 0.7 of it on the whole.
func costs(rng *rand.Rand) Pair {
	hard, own := rng.NormFloat64(), rng.NormFloat64()
	const spread = 0.7
	return Pair{math.Exp(spread * hard), 0.7 * math.Exp(spread*(0.7*hard+math.Sqrt(0.51)*own))}
}

func coverages(resamples int) []coverage {
	draw := Resampling{resamples, 1, 0.95}
	paired := func(of func(Paired) Interval) func(*rand.Rand, int) bool {
		return func(rng *rand.Rand, n int) bool {
			return holds(of(pairOf(rng, n, 0.1, 0.15, 0.4)), -0.05)
		}
	}
	return []coverage{
		{"Wilson, rate 0.6", func(rng *rand.Rand, n int) bool {
			k := 0
			for range n {
				if rng.Float64() < 0.6 {
					k++
				}
			}
			return holds(Wilson(k, n, 0.95), 0.6)
		}},
		{"Tango, 25 % differ", paired(func(p Paired) Interval { return p.Interval(0.95) })},
		{"Laud", paired(func(p Paired) Interval { return p.Skewed(0.95) })},
		{"Newcombe", paired(func(p Paired) Interval { return p.Newcombe(0.95) })},
		{"Tango on task means, 3 alike", func(rng *rand.Rand, n int) bool {
			return holds(cell{n, 3, 0, -0.05, 0.25, 1}.pairs(rng).Interval(0.95), -0.05)
		}},
		{"BCa, cost ratio", func(rng *rand.Rand, n int) bool {
			pairs := make([]Pair, n)
			for i := range pairs {
				pairs[i] = costs(rng)
			}
			_, i := draw.Ratio(pairs)
			return holds(i, 0.7)
		}},
		{"BCa, cost per task", func(rng *rand.Rand, n int) bool {
			units := make([]Total, n)
			for i := range units {
				units[i] = Total{costs(rng).Baseline, 1}
			}
			_, i := draw.Mean(units)
			return holds(i, math.Exp(0.7*0.7/2))
		}},
		{"by repository, 2 to 8 tasks each", func(rng *rand.Rand, n int) bool {
			cs := make(Clusters, n)
			for i := range cs {
				size := 2 + rng.IntN(7)
				p := pairOf(rng, size, 0.1, 0.15, 0.4)
				cs[i] = Cluster{float64(size), float64(p.OnlyCandidate), float64(p.OnlyBaseline)}
			}
			return holds(cs.Interval(0.95), -0.05)
		}},
	}
}

// TestCoverage draws comparisons whose truth is known, and holds how many of the
// 95 % intervals have it. With -full the table is that of docs/evidence.md.
func TestCoverage(t *testing.T) {
	t.Parallel()
	runs, resamples, within := 300, 400, 0.05
	if *full {
		runs, resamples, within = 4000, 2000, 0.015+0.0069 // and two standard errors
	}
	var table strings.Builder
	for _, c := range coverages(resamples) {
		fmt.Fprintf(&table, "| %s |", c.name)
		for _, n := range []int{20, 50, 300} {
			rng := rand.New(rand.NewPCG(11, uint64(n)))
			held := 0
			for range runs {
				if c.one(rng, n) {
					held++
				}
			}
			share := float64(held) / float64(runs)
			fmt.Fprintf(&table, " %.1f |", 100*share)
			if math.Abs(share-0.95) > within {
				t.Errorf("%s, n = %d: %.1f %%", c.name, n, 100*share)
			}
		}
		table.WriteString("\n")
	}
	t.Log("\n" + table.String())
}
