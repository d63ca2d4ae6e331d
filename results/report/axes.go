package report

import (
	"strings"

	"bench/results/compare"
)

// axisNames are the axes in words.
var axisNames = map[string]string{
	"cost_usd.per_task": "cost", "tokens.uncached_per_task": "uncached tokens",
	"calls.per_task": "model calls", "wall_s.per_task": "time",
}

// orders says in which order configurations stand by cost, and by what else it is
// another one. Of many only that is said.
func orders(c compare.Comparison) (lines []string) {
	if len(c.Axes) == 0 || len(c.Axes[0].Order) < 2 {
		return nil
	}
	var same, others []string
	for _, a := range c.Axes[1:] {
		name := axisNames[a.Metric]
		if a.Flips == 0 {
			same = append(same, name)
			continue
		}
		others = append(others, name)
		lines = append(lines, " By "+name+": "+strings.Join(a.Order, ", ")+".")
	}
	if many(c) {
		return []string{"The order by cost per task is another by: " + list(others) + "."}
	}
	first := "Lowest first by cost per task: " + strings.Join(c.Axes[0].Order, ", ")
	if len(same) > 0 {
		first += "; the same by " + strings.Join(same, ", ")
	}
	return append([]string{first + "."}, lines...)
}
