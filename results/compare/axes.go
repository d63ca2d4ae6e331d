package compare

import (
	"cmp"
	"slices"
)

// Axis is the order of configurations by one cost, the lowest first.
type Axis struct {
	Metric string   `json:"metric"` // by which they are ordered
	Order  []string `json:"order"`  // names; those without a number are left out
	// Flips counts the pairs that stand the other way round than on the first axis.
	Flips int `json:"flips"`
}

// axisMetrics are the costs of a task by which configurations are ordered.
var axisMetrics = []string{
	"cost_usd.per_task", "tokens.uncached_per_task", "calls.per_task", "wall_s.per_task",
}

// axes orders configurations by each cost.
func axes(cs []Configuration) []Axis {
	out := make([]Axis, 0, len(axisMetrics))
	for _, name := range axisMetrics {
		a := Axis{Metric: name, Order: []string{}}
		m := Named(name)
		known := slices.DeleteFunc(slices.Clone(cs), func(c Configuration) bool {
			return !c.Value(m).OK() || c.CostOpen && m.OfUsage
		})
		slices.SortStableFunc(known, func(x, y Configuration) int {
			return cmp.Compare(x.Value(m).Number, y.Value(m).Number)
		})
		for _, c := range known {
			a.Order = append(a.Order, c.Name)
		}
		if len(out) > 0 {
			a.Flips = flips(out[0].Order, a.Order)
		}
		out = append(out, a)
	}
	return out
}

// flips counts the pairs of names that two orders have the other way round.
func flips(first, order []string) (n int) {
	for i, a := range first {
		for _, b := range first[i+1:] {
			at, then := slices.Index(order, a), slices.Index(order, b)
			if at >= 0 && then >= 0 && then < at {
				n++
			}
		}
	}
	return n
}
