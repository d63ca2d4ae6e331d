package timeline

import (
	"math/rand/v2"
	"testing"
)

// Ranges against a clock that counts second by second.
func TestRangesAgainstBruteForce(t *testing.T) {
	t.Parallel()
	const hours = 40
	rng := rand.New(rand.NewPCG(1, 1))
	draw := func() (ranges []Range) {
		for range rng.IntN(8) {
			from := rng.Int64N(hours)
			ranges = append(ranges, Range{from, from + rng.Int64N(hours-from)})
		}
		return ranges
	}
	holds := func(ranges []Range, at int64) (n int) {
		for _, s := range ranges {
			if s.From <= at && at < s.To {
				n++
			}
		}
		return n
	}
	for range 2000 {
		a, b := draw(), draw()
		var inUnion, inMinus int64
		most := 0
		for h := range int64(hours) {
			n := holds(a, h)
			most = max(most, n)
			if n > 0 {
				inUnion++
				if holds(b, h) == 0 {
					inMinus++
				}
			}
		}
		if got := Length(Union(a)); got != inUnion {
			t.Fatalf("union of %v: %d, want %d", a, got, inUnion)
		}
		if got := Length(Minus(a, b)); got != inMinus {
			t.Fatalf("%v minus %v: %d, want %d", a, b, got, inMinus)
		}
		if got := Peak(a); got != most {
			t.Fatalf("peak of %v: %d, want %d", a, got, most)
		}
	}
}
