package compare

import (
	"fmt"

	"bench"
	"bench/results"
	"bench/results/verdict"
)

// examined is what was found in the trials of a run, by their ids.
func examined(f results.Facts) map[int64]*results.Examined {
	out := make(map[int64]*results.Examined, len(f.Examined))
	for i := range f.Examined {
		out[f.Examined[i].Trial] = &f.Examined[i]
	}
	return out
}

// contamination counts a column's trials by the worst of what was found in them.
// Unexamined ones have ended, and nobody has looked.
func (c *Column) contamination() (by map[bench.Severity]int, unexamined int) {
	by = map[bench.Severity]int{}
	for _, t := range c.trials {
		switch {
		case t.examined != nil:
			if worst := bench.Worst(t.examined.Findings); worst != "" {
				by[worst]++
			}
		case t.imported == nil && t.Worked():
			unexamined++
		}
	}
	return by, unexamined
}

// contaminated warns of trials that touched the upstream fix, whose verdicts say little.
func (c *Column) contaminated() []verdict.Warning {
	by, _ := c.contamination()
	if by[bench.Touched] == 0 {
		return nil
	}
	return []verdict.Warning{verdict.Contaminated{Configuration: c.name, Trials: by[bench.Touched]}}
}

// unexamined says how many trials of a run nobody has examined.
func unexamined(run results.Run, cols []*Column) (out []string) {
	n := 0
	for _, c := range cols {
		if c.run.ID == run.ID {
			_, more := c.contamination()
			n += more
		}
	}
	if n == 0 {
		return nil
	}
	return []string{fmt.Sprintf("run %s: %d of %d trials were not examined for contamination (bench "+
		"examine %s)", run.ID, n, run.Trials, run.ID)}
}
