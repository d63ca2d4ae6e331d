package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// exactly is the chance of at most x by adding up the laws.
func (s hypergeometricSum) exactly(x int) float64 {
	lo, _ := s.limits()
	law := []float64{1}
	for _, h := range s {
		for range int(h.times) {
			next := make([]float64, len(law)+len(h.logs)-1)
			for i, p := range law {
				for k, l := range h.logs {
					next[i+k] += p * math.Exp(l)
				}
			}
			law = next
		}
	}
	sum := 0.0
	for i := 0; i <= x-int(lo) && i < len(law); i++ {
		sum += law[i]
	}
	return sum
}

// random are strata of tasks with rates from a beta distribution with a mode.
func random(r *rand.Rand, tasks, before, after int, rate float64) Strata {
	s := make(Strata, tasks)
	for i := range s {
		p := math.Pow(r.Float64(), 1/rate-1)
		draw := func(n int) (t Total) {
			for range n {
				t.N++
				if r.Float64() < p {
					t.Sum++
				}
			}
			return t
		}
		s[i] = Stratum{draw(before), draw(after)}
	}
	return s
}

// The saddlepoint is held against the exact sum at every number that could have been
// found, down to chances of 1e-8.
func TestFewerIsNearlyExact(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		tasks, before, after int
		rate                 float64
	}{
		{20, 1, 1, 0.5}, {60, 1, 1, 0.5}, {60, 1, 1, 0.95}, {60, 30, 1, 0.05}, {60, 30, 1, 0.95},
		{60, 20, 10, 0.5}, {300, 30, 1, 0.6}, {40, 3, 7, 0.1},
	} {
		sum, _ := hypergeometrics(random(r, c.tasks, c.before, c.after, c.rate))
		lo, hi := sum.limits()
		compared := 0
		for x := int(lo); x < int(hi); x++ {
			want, got := sum.exactly(x), sum.atMost(float64(x))
			if want < 1e-8 || want > 1-1e-8 {
				continue
			}
			compared++
			if math.Abs(got-want) > 0.08*want && want < 0.5 {
				t.Errorf("%+v: P(X ≤ %d) = %.3g, want %.3g", c, x, got, want)
			}
		}
		if compared < 4 {
			t.Errorf("%+v: only %d values compared", c, compared)
		}
	}
}

// With one value on each side it is McNemar's exact test, one-sided.
func TestFewerIsMcNemar(t *testing.T) {
	t.Parallel()
	strata := func(lost, gained, same int) (s Strata) {
		for range lost {
			s = append(s, Stratum{Total{1, 1}, Total{0, 1}})
		}
		for range gained {
			s = append(s, Stratum{Total{0, 1}, Total{1, 1}})
		}
		for range same {
			s = append(s, Stratum{Total{1, 1}, Total{1, 1}}, Stratum{Total{0, 1}, Total{0, 1}})
		}
		return s
	}
	for _, c := range []struct{ lost, gained int }{{12, 0}, {10, 3}, {40, 12}, {3, 9}} {
		want := float64(0)
		logs := logFactorialsTo(c.lost + c.gained)
		for k := range c.gained + 1 {
			want += logs.binomial(0.5).of(k, c.lost+c.gained)
		}
		s := strata(c.lost, c.gained, 100)
		if got := s.Fewer(0, 1); math.Abs(got-want) > 0.06*want {
			t.Errorf("%d lost, %d gained: p = %.3g, want %.3g", c.lost, c.gained, got, want)
		}
		if got := strata(c.gained, c.lost, 100).More(0, 1); math.Abs(got-want) > 0.06*want {
			t.Errorf("%d gained, %d lost: p = %.3g, want %.3g", c.lost, c.gained, got, want)
		}
		if s.Fewer(0.05, 1) <= s.Fewer(0, 1) || s.Fewer(0, 4) < s.Fewer(0, 1) && c.lost > c.gained {
			t.Errorf("%+v: a margin or dispersion makes a drop easier to show", c)
		}
	}
	if p := strata(0, 0, 30).Fewer(0, 1); p != 1 {
		t.Errorf("nothing differs, p = %g", p)
	}
}

// The chance of a p value of 1 % or less is no more than that if nothing changed,
// for low and high rates, and with night effects if these are allowed for.
func TestFewerKeepsItsLevel(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	const rounds = 4000
	for _, c := range []struct {
		before, after int
		rate          float64
	}{{1, 1, 0.5}, {30, 1, 0.1}, {30, 1, 0.9}, {20, 10, 0.6}} {
		low := 0
		for range rounds {
			if random(r, 100, c.before, c.after, c.rate).Fewer(0, 1) <= 0.01 {
				low++
			}
		}
		if share := float64(low) / rounds; share > 0.014 { // 0.01 and 2.5 standard errors
			t.Errorf("%+v: %.4f of the p values are at most 0.01", c, share)
		}
	}
}

// Greater keeps its level for skewed values, and finds what is there.
func TestGreater(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	low, found := 0, 0
	const rounds = 2000
	for range rounds {
		quiet, dearer := make(Strata, 60), make(Strata, 60)
		for i := range quiet {
			task := math.Exp(r.NormFloat64())
			draw := func() float64 { return task * math.Exp(0.5*r.NormFloat64()) }
			quiet[i] = Stratum{Total{draw(), 1}, Total{1.1 * draw(), 1}}
			dearer[i] = Stratum{Total{draw(), 1}, Total{1.6 * draw(), 1}}
		}
		if quiet.Greater(1.1, 1) <= 0.01 {
			low++
		}
		if dearer.Greater(1.1, 1) <= 0.01 {
			found++
		}
	}
	if share := float64(low) / rounds; share > 0.0156 {
		t.Errorf("%.4f of the p values are at most 0.01", share)
	}
	if share := float64(found) / rounds; share < 0.5 {
		t.Errorf("60 %% more is found in %.2f of the rounds only", share)
	}
	if p := (Strata{{Total{1, 1}, Total{9, 1}}, {Total{1, 1}, Total{9, 1}}}).Greater(1, 1); p != 1 {
		t.Errorf("two units show something: p = %g", p)
	}
}

// Occasions that are good or bad as a whole have a dispersion; others have one of 1.
func TestDispersion(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 8))
	series := func(nights int, spread float64) Repeated {
		rep := make(Repeated, nights)
		for i := range rep {
			p := 0.5 + spread*r.NormFloat64()
			for range 200 {
				one := Total{0, 1}
				if r.Float64() < p {
					one.Sum = 1
				}
				rep[i] = append(rep[i], one)
			}
		}
		return rep
	}
	mean := func(spread float64) float64 {
		sum := 0.0
		for range 200 {
			sum += float64(series(20, spread).Dispersion())
		}
		return sum / 200
	}
	if d := mean(0); math.Abs(d-0.8) > 0.12 { // two means are fitted, where they fit best
		t.Errorf("independent units: dispersion %.2f, want about 1", d)
	}
	if d := mean(0.07); d < 3 { // 1 + 200 · 0.07² / 0.25 = 4.9
		t.Errorf("nights with a spread of 7 points: dispersion %.2f", d)
	}
	changed := append(series(20, 0), series(20, 0)...)
	for i := range changed[20:] {
		for unit := range changed[20+i] {
			changed[20+i][unit].Sum *= float64(unit % 2) // half of them are lost
		}
	}
	if d := changed.Dispersion(); d > 1.6 {
		t.Errorf("a change that stays counts as variation: dispersion %.2f", d)
	}
	if d := series(5, 0).Dispersion(); d.OK() {
		t.Errorf("five nights have the dispersion %g", d)
	}
}

func TestSplitLeavesOutWhatIsMissing(t *testing.T) {
	t.Parallel()
	s := Repeated{
		{{1, 1}, {1, 1}, {0, 0}},
		{{1, 1}, {0, 1}, {1, 1}},
		{{0, 1}, {0, 0}, {1, 1}},
	}.Split(1)
	if s.Units() != 2 || math.Abs(s.Weight()-7.0/6) > 1e-12 {
		t.Errorf("%d units of weight %g", s.Units(), s.Weight())
	}
	before, after := s.Means()
	if before != 1 || math.Abs(float64(after)-(2.0/3*0.5)/(7.0/6)) > 1e-12 {
		t.Errorf("means %g and %g", before, after)
	}
	if ratio := s.Ratio(); ratio != 0.25 {
		t.Errorf("ratio %g", ratio)
	}
}
