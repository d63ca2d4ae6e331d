package stats

import (
	"math/rand/v2"
	"testing"
)

// The planned size is that of the test which decides: at 15 % discordance, one-
// sided 5 % and 80 % power, 382 pairs for 5 points and 102 for 10. Wald's formula
// says 371 and 93, which have 78.8 % and 75.9 %.
func TestPower(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		n      int
		margin float64
		want   float64
	}{{371, 0.05, 0.788}, {93, 0.10, 0.759}, {50, 0.10, 0.51}} {
		near(t, "power", Power(test.n, test.margin, 0.15, 0.05), test.want, 5e-3)
	}
	for margin, want := range map[float64]int{0.05: 382, 0.10: 102} {
		if got := PairsNeeded(margin, 0.15, 0.05, 0.80); got != want {
			t.Errorf("margin %v: got %d, want %d", margin, got, want)
		}
	}
}

// The exact power is that of simulated comparisons.
func TestPowerAgainstSimulation(t *testing.T) {
	t.Parallel()
	const runs = 4000
	rng := rand.New(rand.NewPCG(9, 9))
	for _, n := range []int{20, 50, 300} {
		for _, discordance := range []float64{0.05, 0.3} {
			shown := 0
			for range runs {
				if (cell{n, 1, 0, 0, discordance, 0}).pairs(rng).NonInferior(0.1, 0.05) {
					shown++
				}
			}
			near(t, "power", Power(n, 0.1, discordance, 0.05), float64(shown)/runs, 0.025)
		}
	}
}

func BenchmarkPairsNeeded(b *testing.B) {
	for range b.N {
		PairsNeeded(0.01, 0.15, 0.05, 0.80)
	}
}
