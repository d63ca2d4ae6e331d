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
	e.paused += m.Paused
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

// resolvedRate has Wilson's interval, or one from drawing tasks where these have
// several attempts, which are not independent.
func (c *Column) resolvedRate() Value {
	e := c.ends
	v := over(e.resolved, e.graded)
	if v.Interval = stats.Wilson(e.resolved, e.graded, Confidence); e.verdicts.repeated() {
		_, v.Interval = c.draw.Mean(e.verdicts.totals)
	}
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

// repeated reports whether a task has several values.
func (u *units) repeated() bool {
	return slices.ContainsFunc(u.totals, func(t stats.Total) bool { return t.N > 1 })
}
