package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// P. E. Shrout, J. L. Fleiss, Psychological Bulletin 86 (1979) 420, tables 2 and
// 4: six targets, four judges, ICC(1,1) is .17.
func TestICCShroutFleiss1979(t *testing.T) {
	t.Parallel()
	targets := [][]float64{{9, 2, 5, 8}, {6, 1, 3, 2}, {8, 4, 6, 8}, {7, 1, 2, 6}, {10, 5, 6, 9}, {6, 2, 4, 7}}
	near(t, "ICC(1,1)", ICC(targets), 0.17, 0.005)
	near(t, "an empty group", ICC(append(targets, nil)), 0.17, 0.005)
}

func TestICCEdges(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		groups [][]float64
		want   Number
	}{
		"nothing":          {nil, None()},
		"one each":         {[][]float64{{1}, {0}}, None()},
		"one group":        {[][]float64{{1, 0}}, None()},
		"no variation":     {[][]float64{{0, 0}, {0, 0}}, None()},
		"alike":            {[][]float64{{1, 1}, {0, 0}, {-1, -1}}, 1},
		"below chance":     {[][]float64{{1, -1}, {-1, 1}}, 0},
		"unequal, by hand": {[][]float64{{1, 1, 1}, {0}}, 1},
	} {
		near(t, name, ICC(test.groups), test.want, 1e-12)
	}
}

// The reference point: 15 % of pairs differ, one-sided 5 %, 80 % power.
func TestDesignOfOneAttempt(t *testing.T) {
	t.Parallel()
	for margin, want := range map[float64]int{0.05: 382, 0.10: 102} {
		d := Design{Attempts: 1, Discordance: 0.15, Margin: margin, Alpha: 0.05}
		if got := d.TasksNeeded(0.80); got != want {
			t.Errorf("margin %v: got %d tasks, want %d", margin, got, want)
		}
		d.Attempts, d.ICC = 4, 1 // the same four times says nothing new
		if got := d.TasksNeeded(0.80); got != want {
			t.Errorf("margin %v, all alike: got %d tasks, want %d", margin, got, want)
		}
		d.Tasks = want
		if got := d.SmallestMargin(0.80, 0.5); math.Abs(float64(got)-margin) > 0.001 {
			t.Errorf("%d tasks show %v, want %v", want, got, margin)
		}
	}
	if got := (Design{Tasks: 2, Attempts: 1, Discordance: 0.4, Alpha: 0.05}).SmallestMargin(0.8, 0.5); got.OK() {
		t.Errorf("two tasks show %v", got)
	}
}

// dirichlet draws a comparison from another model than Design does: each task
// has its own chances of a gain and a loss, so that all are alike in part.
func dirichlet(rng *rand.Rand, d Design) (c Clustered) {
	concentration := 1/d.ICC - 1 // Σ of a Dirichlet with this correlation
	gamma := func(share float64) float64 {
		return distuv.Gamma{Alpha: share * concentration, Beta: 1, Src: rng}.Rand()
	}
	for range d.Tasks {
		gain, loss, same := gamma(d.Discordance/2), gamma(d.Discordance/2), gamma(1-d.Discordance)
		sum := 0
		for range d.Attempts {
			switch u := rng.Float64() * (gain + loss + same); {
			case u < gain:
				sum++
			case u < gain+loss:
				sum--
			}
		}
		c.Add(float64(sum) / float64(d.Attempts))
	}
	return c
}

// The power of several attempts is that of simulated comparisons within 3
// points. Where tasks are alike in another way than the design assumes, it is near.
func TestDesignAgainstSimulation(t *testing.T) {
	t.Parallel()
	const runs = 2000
	for _, tasks := range []int{20, 80} {
		for _, attempts := range []int{2, 5} {
			for _, icc := range []float64{0, 0.3, 0.7} {
				d := Design{tasks, attempts, 0.15, icc, 0.08, 0.05}
				rng := rand.New(rand.NewPCG(11, uint64(tasks*attempts)))
				c := cell{tasks, attempts, 0, 0, d.Discordance, icc}
				shown, otherwise := 0, 0
				for range runs {
					if c.pairs(rng).NonInferior(d.Margin, d.Alpha) {
						shown++
					}
					if icc == 0.3 && dirichlet(rng, d).NonInferior(d.Margin, d.Alpha) {
						otherwise++
					}
				}
				name := fmt.Sprintf("%d×%d, icc %g", tasks, attempts, icc)
				near(t, name, d.Power(), float64(shown)/runs, 0.03)
				if icc == 0.3 {
					near(t, name+", otherwise", d.Power(), float64(otherwise)/runs, 0.08)
				}
			}
		}
	}
}

// Attempts that are independent save tasks, and what is needed has the power.
func TestTasksNeededWithAttempts(t *testing.T) {
	t.Parallel()
	one := Design{Attempts: 1, Discordance: 0.2, Margin: 0.05, Alpha: 0.05}
	before := one.TasksNeeded(0.8)
	for _, icc := range []float64{0.5, 0} {
		d := one
		d.Attempts, d.ICC = 3, icc
		n := d.TasksNeeded(0.8)
		if n >= before {
			t.Errorf("icc %g: %d tasks, no fewer than %d", icc, n, before)
		}
		before, d.Tasks = n, n
		near(t, "power", d.Power(), 0.8, 0.015)
	}
}
