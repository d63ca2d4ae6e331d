package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// trinary are n differences of pairs, of which a share of lost and gained differ.
func trinary(rng *rand.Rand, n int, lost, gained float64) Sequence {
	s := make(Sequence, n)
	for i := range s {
		switch u := rng.Float64(); {
		case u < lost:
			s[i] = -1
		case u < lost+gained:
			s[i] = 1
		}
	}
	return s
}

// The wealth after pairs of which 3 are gained, 1 lost and 6 neither is a sum that can
// be written down: only counts matter. The p value is that of the best moment.
func TestSequenceByHand(t *testing.T) {
	t.Parallel()
	const b = -0.05
	s := Sequence{1, 0, 0, -1, 0, 1, 0, 0, 0, 1}
	sum, weights := 0.0, 0.0
	for i := range 32 {
		f := (float64(i) + 0.5) / 32
		won := func(x float64) float64 { return 1 + f*(x-b)/(1+b) }
		weights += 1 - f
		sum += (1 - f) * math.Pow(won(1), 3) * won(-1) * math.Pow(won(0), 6)
	}
	near(t, "p", s.NotAbove(b), weights/sum, 1e-12)
	worse := append(s[:10:10], -1, -1, -1)
	near(t, "p of the best moment", worse.NotAbove(b), s.NotAbove(b), 1e-12)
	near(t, "the other way", worse.negated().NotBelow(-b), s.NotAbove(b), 1e-12)
	if p := Sequence(nil).NotAbove(b); p != 1 || (Sequence{}).Interval(0.95).OK() {
		t.Errorf("nothing seen: p %v", p)
	}
}

// The interval holds what the tests do not exclude, and no more; fractions, as means of
// attempts are, fit in.
func TestSequenceInterval(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(4, 2))
	s := trinary(rng, 200, 0.1, 0.2)
	for i := range s {
		s[i] /= float64(1 + i%3)
	}
	i := s.Interval(0.95)
	near(t, "lower end", s.NotAbove(float64(i.Lo)), 0.025, 1e-6)
	near(t, "upper end", s.NotBelow(float64(i.Hi)), 0.025, 1e-6)
	if excluded := i.Lo > 0; excluded != (s.P() < 0.05) {
		t.Errorf("interval %v, p %v", i, s.P())
	}
	if fixed := (Clustered{Units: 200, Gained: 20, Lost: 10}).Interval(0.95); i.Hi-i.Lo < fixed.Hi-fixed.Lo {
		t.Errorf("%v is narrower than for one look, %v", i, fixed)
	}
	long := make(Sequence, 3000)
	for i := range long {
		long[i] = 1
	}
	if i := long.Interval(0.95); i.Lo < 0.99 || i.Hi < 0.99 {
		t.Errorf("all gained: %v", i)
	}
}

// TestSequenceLevel: of candidates that are worse by exactly the margin, no more than 5 %
// are ever called non-inferior, whoever looks after every pair; and of pairs without a
// difference no more than 5 % ever have an interval without 0.
func TestSequenceLevel(t *testing.T) {
	t.Parallel()
	repetitions, units := 300, 300
	cells := [][2]float64{{0.15, 0.05}, {0.3, 0.1}}
	if *full {
		repetitions, units = 4000, 2000
		cells = append(cells, [][2]float64{{0.05, 0.05}, {0.15, 0.02}, {0.3, 0.05}, {0.6, 0.05}, {0.1, 0.1}, {1, 0.2}}...)
	}
	// Two standard errors above the 5 % that are promised.
	most := int(float64(repetitions)*0.05 + 2*math.Sqrt(float64(repetitions)*0.05*0.95))
	for _, c := range cells {
		discordance, margin := c[0], c[1]
		rng := rand.New(rand.NewPCG(11, uint64(1000*discordance)))
		wrong, excluded := 0, 0
		for range repetitions {
			s := trinary(rng, units, (discordance+margin)/2, (discordance-margin)/2)
			if s.NotAbove(-margin) <= 0.05 {
				wrong++
			}
			if trinary(rng, units, discordance/2, discordance/2).P() < 0.05 {
				excluded++
			}
		}
		if *full {
			t.Logf("discordance %v, margin %v: %d non-inferior, %d without 0, of %d", discordance, margin,
				wrong, excluded, repetitions)
		}
		if wrong > most || excluded > most {
			t.Errorf("discordance %v, margin %v: %d and %d of %d are wrong at some look", discordance, margin,
				wrong, excluded, repetitions)
		}
	}
}

// Looks cost pairs: at the reference point four fifths of sequences have decided by more
// than the 382 pairs that one look takes, and half of them by fewer.
func TestSequenceNeeded(t *testing.T) {
	t.Parallel()
	half, most := SequenceNeeded(0.05, 0.15, 0.05, 0.5), SequenceNeeded(0.05, 0.15, 0.05, 0.8)
	if half < 320 || half > 382 || most < 600 || most > 760 {
		t.Errorf("half by %d, 80 %% by %d", half, most)
	}
	if n := SequenceNeeded(0.005, 0.5, 0.05, 0.8); n != 0 {
		t.Errorf("a margin of half a point takes %d", n)
	}
}
