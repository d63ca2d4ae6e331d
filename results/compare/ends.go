package compare

import (
	"fmt"
	"slices"

	"bench"
	"bench/stats"
)

// ends is how trials ended.
type ends struct {
	tasks    map[string]bool
	graded   int // with a verdict
	resolved int
	infra    int
	open     int // queued or under way
	outcomes map[bench.Outcome]int
	flags    map[string]int // trials by the doubts of their grades
	walls    []float64      // seconds for which agents worked on trials that count
	paused   int64          // ms
	outage   int64          // ms
	worked   int64          // ms, outages included
	verdicts units          // 1 for resolved
	costs    units          // dollars, of trials that count
}

func newEnds() ends {
	return ends{tasks: map[string]bool{}, outcomes: map[bench.Outcome]int{}, flags: map[string]int{}}
}

// add counts a trial.
func (e *ends) add(t *trial) {
	e.tasks[t.Key.InstanceID] = true
	if t.Outcome == "" {
		e.open++
		return
	}
	e.outcomes[t.Outcome]++
	for _, flag := range t.flags {
		e.flags[flag]++
	}
	if t.Blame == bench.BlameInfra {
		e.infra++
	}
	m := t.sums.Teamwork.Times
	e.paused, e.outage, e.worked = e.paused+m.Paused, e.outage+m.Outage, e.worked+m.Wall
	if t.Counts() && t.Worked() {
		e.walls = append(e.walls, float64(m.Wall)/1000)
	}
	if t.Counts() {
		e.costs.add(t.Key.InstanceID, t.sums.Spending.All.Cost.Float())
	}
	if t.Resolved == nil {
		return
	}
	e.graded++
	verdict := 0.0
	if *t.Resolved {
		e.resolved++
		verdict = 1
	}
	e.verdicts.add(t.Key.InstanceID, verdict)
}

// resolvedRate has Wilson's interval. Several attempts at a task are not
// independent, so that tasks are what is counted.
func (c *Column) resolvedRate() Value {
	e := c.ends
	v := over(e.resolved, e.graded)
	v.Interval = stats.NoInterval()
	if v.OK() {
		v.Interval = stats.WilsonMean(float64(v.Number), len(e.verdicts.totals), Confidence)
	}
	return v
}

// pass is the mean over tasks of a chance with k attempts, k being the fewest
// verdicts that a task has; absent where that is one.
func (c *Column) pass(chance func(k, resolved, n int) float64) Value {
	totals := c.ends.verdicts.totals
	v := Value{}.absent()
	if len(totals) == 0 {
		return v
	}
	fewest := slices.MinFunc(totals, func(a, b stats.Total) int { return a.N - b.N }).N
	if v.N = fewest; fewest < 2 {
		return v
	}
	var sum float64
	for _, t := range totals {
		sum += chance(fewest, int(t.Sum), t.N)
	}
	mean := sum / float64(len(totals))
	v.Number, v.Interval = stats.Number(mean), stats.WilsonMean(mean, len(totals), Confidence)
	return v
}

// resolved is how many trials are, out of those with a verdict, and, where
// trials have none, all that ended as well.
func (c *Column) resolved() Value {
	e := c.ends
	v := count(e.resolved)
	v.Beside = fmt.Sprintf(" of %d", e.graded)
	if ended := len(c.trials) - e.open; ended > e.graded {
		v.Beside += fmt.Sprintf(" (%d ended)", ended)
	}
	return v
}

// units collects values by the task they belong to, in order of appearance.
type units struct {
	index  map[string]int
	totals []stats.Total
}

func (u *units) add(task string, value float64) {
	if u.index == nil {
		u.index = map[string]int{}
	}
	i, ok := u.index[task]
	if !ok {
		i = len(u.totals)
		u.index[task] = i
		u.totals = append(u.totals, stats.Total{})
	}
	u.totals[i].Sum += value
	u.totals[i].N++
}
