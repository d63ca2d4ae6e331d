package compare

import (
	"strings"
	"testing"

	"bench"
	"bench/results"
)

// Main sends 30,000 tokens again, and then 40,000. If none came from the cache, at
// 9 µ$ less for each, that is said; where a hundredth did, caching works.
func TestUncached(t *testing.T) {
	t.Parallel()
	for cached, want := range map[int64]string{
		0:   "0 of 70000 tokens that calls of the model main ",
		600: "600 of 70000 tokens that calls of the model main ",
		700: "",
	} {
		x := team()
		x.Calls = []results.Call{
			priced("main", dear, 0, 5, bench.Usage{Input: 30_000}),
			priced("main", dear, 6, 7, bench.Usage{Input: 40_000, CachedInput: cached}),
			{Agent: "main", Start: at(8), End: at(9), Error: "overloaded"}, // reads nothing
			priced("main", dear, 10, 11, bench.Usage{Input: 50_000}),
			priced("A", low, 0, 1, bench.Usage{Input: 9_000}),
			priced("A", low, 2, 3, bench.Usage{Input: 10_000}), // too little to tell
		}
		for i := range x.Calls {
			x.Calls[i].Model = x.Calls[i].Agent
		}
		got := strings.Join(columnOf(x).uncachedWarnings(), "\n")
		if want == "" && got != "" || !strings.Contains(got, want) ||
			want != "" && (!strings.Contains(got, "up to $0.63 less") || strings.Count(got, "\n") > 0) {
			t.Errorf("%d cached: %q, want %q", cached, got, want)
		}
	}
}
