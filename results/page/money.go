package page

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"bench"
)

// taskCosts is what tasks cost, those with the largest difference first.
type taskCosts struct {
	Baseline, Candidate string
	Rows                []taskCost
	Saved               bench.USD // by the candidate, over all tasks
	Left                int       // tasks that are not listed
}

// taskCost is what one task cost both sides, over all attempts.
type taskCost struct {
	Task                string
	Baseline, Candidate bench.USD
	Saved               bench.USD
	Share               string // of all that was saved
}

// mostTasks is how many tasks are listed.
const mostTasks = 20

// taskCosts compares the first candidate with the baseline.
func (b *builder) taskCosts() (out taskCosts) {
	c := b.comparison
	if len(c.Pairs) == 0 {
		return out
	}
	out.Baseline, out.Candidate = c.Pairs[0].Baseline, c.Pairs[len(c.Pairs)-1].Candidate
	sums := map[string]*[2]bench.USD{}
	for _, t := range b.trials {
		side := slices.Index([]string{out.Baseline, out.Candidate}, c.Configurations[t.Column].Name)
		if side < 0 {
			continue
		}
		if sums[t.Key.InstanceID] == nil {
			sums[t.Key.InstanceID] = &[2]bench.USD{}
		}
		sums[t.Key.InstanceID][side] += t.Cost
	}
	for task, s := range sums {
		row := taskCost{Task: task, Baseline: s[0], Candidate: s[1], Saved: s[0] - s[1]}
		out.Rows = append(out.Rows, row)
		out.Saved += row.Saved
	}
	slices.SortFunc(out.Rows, func(a, b taskCost) int {
		return cmp.Or(cmp.Compare(math.Abs(b.Saved.Float()), math.Abs(a.Saved.Float())),
			cmp.Compare(a.Task, b.Task))
	})
	for i := range out.Rows {
		if r := &out.Rows[i]; out.Saved != 0 {
			r.Share = fmt.Sprintf("%.0f%%", 100*r.Saved.Float()/out.Saved.Float())
		}
	}
	if len(out.Rows) > mostTasks {
		out.Left = len(out.Rows) - mostTasks
		out.Rows = out.Rows[:mostTasks]
	}
	return out
}
