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
// another one.
func orders(c compare.Comparison) []string {
	same, others := axesLike(c)
	if same == nil && others == nil {
		return nil
	}
	first := "Lowest first by cost per task: " + strings.Join(c.Axes[0].Order, ", ")
	if len(same) > 0 {
		first += "; the same by " + axisList(same)
	}
	lines := []string{first + "."}
	for _, a := range others {
		lines = append(lines, " By "+axisNames[a.Metric]+": "+strings.Join(a.Order, ", ")+".")
	}
	return lines
}

// flips says by what the order is another than by cost.
func flips(c compare.Comparison) []string {
	_, others := axesLike(c)
	if len(others) == 0 {
		return nil
	}
	return []string{"The order by cost per task is another by " + axisList(others) + "."}
}

// axesLike are the axes by which the order is that by cost, and the others; none
// where there is no order.
func axesLike(c compare.Comparison) (same, others []compare.Axis) {
	if len(c.Axes) == 0 || len(c.Axes[0].Order) < 2 {
		return nil, nil
	}
	for _, a := range c.Axes[1:] {
		if a.Flips == 0 {
			same = append(same, a)
		} else {
			others = append(others, a)
		}
	}
	return same, others
}

func axisList(axes []compare.Axis) string {
	names := make([]string, len(axes))
	for i, a := range axes {
		names[i] = axisNames[a.Metric]
	}
	return strings.Join(names, ", ")
}
