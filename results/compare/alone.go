package compare

import (
	"cmp"
	"slices"

	"bench"
	"bench/results/verdict"
)

// leadsAlone reports whether another column is the main model of this one, a
// fusion, working alone: what it does there, main does not do here.
func (c *Column) leadsAlone(other *Column) bool {
	return c.config.Kind == bench.KindFusion && other.config.Kind == bench.KindSingle &&
		!other.repeats() && c.config.Main.Model == other.config.Main.Model
}

// findAlone gives each fusion the column of its main model alone: of its own run
// and under the same name in the config, if there is one.
func findAlone(cols []*Column) {
	for _, c := range cols {
		var found []*Column
		for _, other := range cols {
			if c.leadsAlone(other) {
				found = append(found, other)
			}
		}
		if len(found) == 0 {
			continue
		}
		distance := func(other *Column) (far int) {
			if other.run.ID != c.run.ID {
				far += 2
			}
			if other.config.Main.Name != c.config.Main.Name {
				far++
			}
			return far
		}
		slices.SortStableFunc(found, func(a, b *Column) int {
			return cmp.Compare(distance(a), distance(b))
		})
		c.alone = found[0]
	}
}

// displacement is how much of the work of the main model alone its fusion spares
// it, on the tasks that both have verdicts for.
func (c *Column) displacement() Value {
	if c.alone == nil {
		return Value{}.absent()
	}
	share, ci, tasks := verdict.Displaced(match(c.alone, c), c.draw)
	return Value{Number: share, Interval: ci, N: tasks}
}
