package compare

import (
	"cmp"
	"slices"

	"bench"
	"bench/stats"
)

// configuration measures one column.
func (c *column) configuration(r stats.Resampling) Configuration {
	out := Configuration{
		Name: c.name, Kind: c.config.Kind, MainModel: c.config.Main.Name, Run: c.run.ID,
		MainWire: c.config.Main.Model, Simulated: c.config.Simulated(), NoUsage: c.unreported(),
		Trials: len(c.trials), Outcomes: map[bench.Outcome]int{}, Flags: map[string]int{},
		N: map[string]int{},
	}
	if s := c.config.Sidekick; s != nil {
		out.SidekickModel, out.SidekickWire = &s.Model.Name, s.Model.Model
	}
	if a := c.config.Advisor; a != nil {
		out.AdvisorModel, out.AdvisorWire = &a.Model.Name, a.Model.Model
	}
	c.outcomes(&out, r)
	c.money(&out, r)
	c.caches(&out)
	c.roles(&out)
	c.parallelism(&out)
	c.batches(&out)
	c.criticalPath(&out)
	c.escalation(&out)
	c.escalationAndVerdict(&out)
	c.reports(&out)
	c.duplication(&out)
	c.reread(&out)
	c.edits(&out)
	c.faults(&out)
	if out.NoUsage > 0 {
		out.unmeasured()
	}
	return out
}

// outcomes counts how trials ended.
func (c *column) outcomes(out *Configuration, r stats.Resampling) {
	tasks := newUnits()
	seen := map[string]bool{}
	var walls []float64
	var paused int64
	for _, t := range c.trials {
		seen[t.Key.InstanceID] = true
		if t.Outcome == "" {
			out.Unfinished++
			continue
		}
		out.Outcomes[t.Outcome]++
		for _, flag := range t.flags {
			out.Flags[flag]++
		}
		switch t.Blame {
		case bench.BlameInfra:
			out.Infra++
		case bench.BlameUser:
			out.Cancelled++
		case bench.BlameNone, bench.BlameAgent, bench.BlameTask:
		}
		m := t.Times()
		paused += m.Paused
		if t.Counts() && t.Worked() {
			walls = append(walls, float64(m.Wall)/1000)
		}
		if t.Resolved == nil {
			continue
		}
		out.Graded++
		if *t.Resolved {
			out.Resolved++
			tasks.add(t.Key.InstanceID, 1)
		} else {
			tasks.add(t.Key.InstanceID, 0)
		}
	}
	out.Tasks = len(seen)
	out.ResolvedRate = stats.Over(out.Resolved, out.Graded)
	out.ResolvedCI = stats.Wilson(out.Resolved, out.Graded, Confidence)
	if tasks.repeated() { // attempts of one task are not independent
		_, i := r.Mean(tasks.totals)
		out.ResolvedCI = i
	}
	out.Wall = Wall{
		P50: stats.Number(stats.Percentile(walls, 0.5)), P95: stats.Number(stats.Percentile(walls, 0.95)),
		Paused: stats.Number(paused) / 1000,
	}
}

// units collects values by the task they belong to, in order of appearance.
type units struct {
	index  map[string]int
	totals []stats.Total
}

func newUnits() *units { return &units{index: map[string]int{}} }

func (u *units) add(task string, value float64) {
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

// roles sums up by role and model.
func (c *column) roles(out *Configuration) {
	type key struct {
		role  bench.Role
		model string
	}
	sums := map[key]*Role{}
	of := func(role bench.Role, model, wire string) *Role {
		k := key{role, model}
		if sums[k] == nil {
			sums[k] = &Role{Role: role, Model: model, WireModel: wire}
		}
		return sums[k]
	}
	for _, t := range c.trials {
		for _, a := range t.Agents {
			of(a.Role, a.Model, a.WireModel).Agents++
		}
		for _, call := range t.Calls {
			s := of(t.Agents[call.Agent].Role, call.Model, call.WireModel)
			s.Calls++
			s.Usage = s.Usage.Add(call.Usage)
			s.Cost += call.Cost
			s.Time += call.Duration
			s.Waited += call.Waited
		}
		for _, tool := range t.Tools {
			a := t.Agents[tool.Agent]
			of(a.Role, a.Model, a.WireModel).ToolCalls++
		}
	}
	for _, s := range sums {
		s.CachedShare = stats.Over(s.Usage.CachedInput, s.Usage.Input)
		out.Roles = append(out.Roles, *s)
	}
	slices.SortFunc(out.Roles, func(a, b Role) int {
		return cmp.Or(byRole(a.Role, b.Role), cmp.Compare(a.Model, b.Model))
	})
}
