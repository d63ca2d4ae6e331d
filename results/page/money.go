package page

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"bench"
	"bench/results/compare"
	"bench/results/draw"
)

// roleClasses are the colours of roles. Whoever answers for a task has the first.
var roleClasses = map[bench.Role]int{
	bench.RoleMain: 0, bench.RoleSingle: 0, bench.RoleCommand: 0, bench.RoleSidekick: 1,
	bench.RoleAdvisor: 2,
}

// costs draws what the roles of each configuration cost.
func costs(c compare.Comparison) *draw.Picture {
	var bars []draw.Bar
	for _, conf := range c.Configurations {
		bar := draw.Bar{Label: conf.Name}
		var sum, open bench.USD
		for _, r := range conf.Roles {
			bar.Parts = append(bar.Parts, draw.Part{
				Value: r.Cost.Float(), Class: draw.Series(roleClasses[r.Role]),
				Tip: fmt.Sprintf("%s, %s: %s", r.Role, r.WireModel, bench.Spending(r.Cost, r.Unreported)),
			})
			sum, open = sum+r.Cost, open+r.Unreported
		}
		if bar.Total = bench.Spending(sum, open); conf.NoUsage > 0 {
			bar.Parts, bar.Total = nil, "not reported"
		}
		bars = append(bars, bar)
	}
	return draw.Bars(bars, "Cost by role")
}

func roles(c compare.Comparison) []legend {
	out := []legend{{draw.Series(0), "main or single"}}
	for _, conf := range c.Configurations {
		for _, r := range conf.Roles {
			l := legend{draw.Series(roleClasses[r.Role]), string(r.Role) + "s"}
			if roleClasses[r.Role] > 0 && !slices.Contains(out, l) {
				out = append(out, l)
			}
		}
	}
	return out
}

// The classes of tokens, as they are billed.
func classes() []legend {
	return []legend{
		{draw.Series(0), "input"}, {draw.Series(4), "input from a cache"},
		{draw.Series(3), "written to a cache"}, {draw.Series(1), "output"},
	}
}

// tokens draws the tokens of each role, by class.
func tokens(c compare.Comparison) *draw.Picture {
	var bars []draw.Bar
	for _, conf := range c.Configurations {
		for _, r := range conf.Roles {
			u, of := r.Usage, classes()
			bar := draw.Bar{Label: conf.Name + ", " + string(r.Role)}
			for i, n := range []int64{u.Input - u.CachedInput - u.CacheWrite, u.CachedInput, u.CacheWrite,
				u.Output} {
				bar.Parts = append(bar.Parts, draw.Part{
					Value: float64(n), Class: of[i].Class, Tip: fmt.Sprintf("%s: %d tokens", of[i].Name, n),
				})
			}
			if bar.Total = "no tokens"; u.Input > 0 {
				bar.Total = fmt.Sprintf("%.0f%% cached", 100*float64(u.CachedInput)/float64(u.Input))
			}
			bars = append(bars, bar)
		}
	}
	return draw.Bars(bars, "Tokens by role and class")
}

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
