package stats_test

import (
	"fmt"

	"bench/stats"
)

// Of 100 tasks, 60 were resolved by both configurations, 4 by the baseline
// alone, 3 by the candidate alone, and 33 by neither.
func Example() {
	p := stats.Paired{Both: 60, OnlyBaseline: 4, OnlyCandidate: 3, Neither: 33}
	i := p.Interval(0.95)
	fmt.Printf("difference %+.1f points, 95 %% interval [%+.1f, %+.1f]\n",
		100*p.Difference(), 100*i.Lo, 100*i.Hi)
	fmt.Printf("p = %.2f\n", p.McNemar())
	fmt.Println("non-inferior by 10 points:", p.NonInferior(0.10, 0.05))
	// Output:
	// difference -1.0 points, 95 % interval [-7.3, +5.1]
	// p = 0.73
	// non-inferior by 10 points: true
}
