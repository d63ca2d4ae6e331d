package draw

import (
	"slices"
	"testing"
)

// No two ticks of an axis read the same, and what a task costs is told to a hundredth of a
// cent.
func TestTicksDiffer(t *testing.T) {
	t.Parallel()
	for most := 0.001; most < 2_000_000; most *= 1.07 {
		for _, lo := range []float64{0, most / 500} {
			var got []string
			s := scale{lo: lo, hi: most, to: 100, log: lo > 0}
			for _, v := range s.ticks(6) {
				got = append(got, dollars(v))
			}
			if len(got) < 2 || len(slices.Compact(slices.Clone(got))) != len(got) {
				t.Errorf("up to %g: %q", most, got)
			}
		}
	}
	for v, want := range map[float64]string{
		0.0239: "$0.0239", 0.015: "$0.015", 0.05: "$0.05", 0.1: "$0.10", 3: "$3", 0.0051: "$0.0051",
		0.02391: "$0.0239", 1500: "$1.5k",
	} {
		if got := dollars(v); got != want {
			t.Errorf("%g: %s, want %s", v, got, want)
		}
	}
}
