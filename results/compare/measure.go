package compare

import (
	"cmp"
	"math"
	"slices"

	"bench"
	"bench/scoring/stats"
)

// configuration measures one column.
func (c *column) configuration(r stats.Resampling) Configuration {
	out := Configuration{
		Name: c.name, Kind: c.config.Kind, MainModel: c.config.Main.Name, Run: c.run.ID,
		MainWire: c.config.Main.Model, Simulated: c.config.Main.Simulated,
		Trials: len(c.trials), Outcomes: map[bench.Outcome]int{}, Flags: map[string]int{},
	}
	if s := c.config.Sidekick; s != nil {
		out.SidekickModel, out.SidekickWire = &s.Model.Name, s.Model.Model
		out.Simulated = out.Simulated || s.Model.Simulated
	}
	c.outcomes(&out, r)
	c.money(&out, r)
	c.roles(&out)
	c.parallelism(&out)
	c.criticalPath(&out)
	c.escalation(&out)
	return out
}

// outcomes counts how trials ended.
func (c *column) outcomes(out *Configuration, r stats.Resampling) {
	tasks := newUnits()
	seen := map[string]bool{}
	var walls []float64
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
		if t.counts() && !t.SolveAt.IsZero() {
			walls = append(walls, float64(t.measure().wall)/1000)
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
	out.ResolvedRate = over(out.Resolved, out.Graded)
	out.ResolvedCI = interval(stats.Wilson(out.Resolved, out.Graded, Confidence))
	if tasks.repeated() { // attempts of one task are not independent
		_, i := r.Mean(tasks.totals)
		out.ResolvedCI = interval(i)
	}
	out.Wall = Wall{Number(stats.Percentile(walls, 0.5)), Number(stats.Percentile(walls, 0.95))}
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

// money sums up what was spent, exactly, and turns it into dollars last.
func (c *column) money(out *Configuration, r stats.Resampling) {
	var total, sidekick, uncached bench.USD
	tokens := [2]bench.Usage{} // main, sidekick
	var seconds [2]float64
	priced := true
	tasks := newUnits()
	for _, t := range c.trials {
		var spent bench.USD
		for _, call := range t.calls {
			spent += call.Cost
			role := 0
			if t.sidekick(call.Agent) {
				role = 1
				sidekick += call.Cost
			}
			tokens[role] = tokens[role].Add(call.Usage)
			seconds[role] += call.Duration.Seconds()
			price, ok := c.prices[call.PriceID]
			priced = priced && ok
			uncached += bench.Usage{Input: call.Usage.Input, Output: call.Usage.Output}.Cost(price)
		}
		total += spent
		if t.counts() {
			tasks.add(t.Key.InstanceID, spent.Float())
		}
	}
	perTask, ci := r.Mean(tasks.totals)
	out.Tokens = tokens[0].Add(tokens[1])
	out.Cost = Cost{
		Total: Number(total.Float()), PerTask: Number(perTask), PerTaskCI: interval(ci),
		PerResolved: over(total.Float(), out.Resolved), Main: Number((total - sidekick).Float()),
		Sidekick: Number(sidekick.Float()), WithoutCache: Number(uncached.Float()),
	}
	if !priced {
		out.Cost.WithoutCache = Number(math.NaN())
	}
	out.SidekickShare = Share{
		Cost:       over(sidekick, total),
		Tokens:     over(tokens[1].Tokens(), out.Tokens.Tokens()),
		LLMSeconds: over(seconds[1], seconds[0]+seconds[1]),
	}
	out.CachedShare = CachedShare{
		Main:     over(tokens[0].CachedInput, tokens[0].Input),
		Sidekick: over(tokens[1].CachedInput, tokens[1].Input),
	}
}

// roles sums up by role and model; main before sidekick.
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
		for _, a := range t.agents {
			of(a.Role, a.Model, a.WireModel).Agents++
		}
		for _, call := range t.calls {
			s := of(t.agents[call.Agent].Role, call.Model, call.WireModel)
			s.Calls++
			s.Usage = s.Usage.Add(call.Usage)
			s.Cost += call.Cost
			s.Time += call.Duration
			s.Waited += call.Waited
		}
		for _, tool := range t.tools {
			a := t.agents[tool.Agent]
			of(a.Role, a.Model, a.WireModel).ToolCalls++
		}
	}
	for _, s := range sums {
		s.CachedShare = over(s.Usage.CachedInput, s.Usage.Input)
		out.Roles = append(out.Roles, *s)
	}
	slices.SortFunc(out.Roles, func(a, b Role) int { // main and single come before sidekick
		return cmp.Or(cmp.Compare(a.Role, b.Role), cmp.Compare(a.Model, b.Model))
	})
}

// parallelism pools the ended trials on which agents worked.
func (c *column) parallelism(out *Configuration) {
	var all side
	var solved, delegations, batched int
	batches := map[[2]any]bool{}
	for _, t := range c.trials {
		m := t.measure()
		if !m.solved || t.Outcome == "" {
			continue
		}
		solved++
		all.wall, all.sum, all.union = all.wall+m.wall, all.sum+m.sum, all.union+m.union
		all.idle, all.peak = all.idle+m.idle, max(all.peak, m.peak)
		delegations += len(t.delegations)
		for _, d := range t.delegations {
			if k := [2]any{d.Trial, d.BatchID}; !batches[k] {
				batches[k] = true
				batched += d.BatchSize
			}
		}
	}
	out.Parallelism = Parallelism{
		DelegationsPerTrial: over(delegations, solved),
		BatchSizeMean:       over(batched, len(batches)),
		PeakConcurrency:     all.peak,
		MeanConcurrency:     over(all.sum, all.union),
		SpeedupEstimate:     over(all.wall-all.union+all.sum, all.wall),
		MainIdle:            over(all.idle, solved) / 1000,
	}
}

// escalation counts what was handed back, and what had been spent on it.
func (c *column) escalation(out *Configuration) {
	e := Escalation{ByReason: map[bench.Reason]int{}}
	ended := 0
	var wasted bench.USD
	for _, t := range c.trials {
		for _, d := range t.delegations {
			e.Delegations++
			if d.State != "" {
				ended++
			}
			switch d.Escalation {
			case bench.EscalatedVoluntary:
				e.Voluntary++
			case bench.EscalatedByHarness:
				e.Forced++
			case bench.NotEscalated:
				continue
			}
			e.ByReason[d.Reason]++
			for _, call := range t.calls {
				if call.Agent == d.Child {
					wasted += call.Cost
				}
			}
		}
	}
	e.Escalated = e.Voluntary + e.Forced
	e.Rate, e.Wasted = over(e.Escalated, ended), Number(wasted.Float())
	out.Escalation = e
}
