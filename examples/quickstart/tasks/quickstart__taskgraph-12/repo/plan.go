package taskgraph

import (
	"slices"
	"time"
)

// Plan says which tasks can run side by side.
type Plan struct {
	Waves    [][]string // each wave needs only tasks of earlier ones
	Critical []string   // the chain that takes longest
	Length   time.Duration
}

// Plan groups the tasks into waves and finds the critical path. The errors are
// those of Order.
func (g *Graph) Plan() (Plan, error) {
	order, err := g.Order()
	if err != nil {
		return Plan{}, err
	}
	var p Plan
	wave := map[string]int{}
	ends := map[string]time.Duration{}
	before := map[string]string{}
	last := ""
	for _, name := range order {
		t := g.tasks[name]
		var start time.Duration
		for _, need := range t.Needs {
			wave[name] = max(wave[name], wave[need]+1)
			if before[name] == "" || ends[need] > start {
				start, before[name] = ends[need], need
			}
		}
		ends[name] = start + t.Cost
		if wave[name] == len(p.Waves) {
			p.Waves = append(p.Waves, nil)
		}
		p.Waves[wave[name]] = append(p.Waves[wave[name]], name)
		if last == "" || ends[name] > ends[last] {
			last = name
		}
	}
	for name := last; name != ""; name = before[name] {
		p.Critical = append(p.Critical, name)
	}
	slices.Reverse(p.Critical)
	p.Length = ends[last]
	return p, nil
}
