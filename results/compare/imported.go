package compare

import (
	"fmt"

	"bench"
	"bench/results/verdict"
	"bench/stats"
)

// imported reports whether the column's trials were made elsewhere, so that there
// are no events to compute metrics from.
func (c *Column) imported() bool { return c.run.Imported != "" }

// importedValue is a metric of imported trials: what follows from how they ended,
// and sums of what was said of them. A sum with a part that is not known is not
// known, and neither is what takes events.
func (c *Column) importedValue(m Metric) Value {
	if m.Group == GroupResult {
		return m.Of(c)
	}
	of, ok := importedMetrics[m.Name]
	if !ok {
		return Value{Number: stats.None(), Interval: stats.NoInterval()}
	}
	v := of(c)
	if v.Interval == (stats.Interval{}) {
		v.Interval = stats.NoInterval()
	}
	return v
}

// importedMetrics are those that imported trials can have, by name.
var importedMetrics = map[string]func(c *Column) Value{
	"cost_usd.total":        func(c *Column) Value { return number(c.importedCost()) },
	"cost_usd.per_task":     (*Column).importedCostPerTask,
	"cost_usd.per_resolved": (*Column).importedCostPerResolved,
	"cost_usd.main":         func(c *Column) Value { return number(c.ofRoles(isLead, usageCost)) },
	"cost_usd.sidekick":     func(c *Column) Value { return number(c.ofRoles(isSidekick, usageCost)) },
	"cost_usd.advisor":      func(c *Column) Value { return number(c.ofRoles(isAdvisor, usageCost)) },
	"sidekick_share.cost":   func(c *Column) Value { return c.shareOfRoles(isSidekick, usageCost) },
	"calls.total":           func(c *Column) Value { return number(c.ofRoles(anyRole, usageCalls)) },
	"tokens.input":          func(c *Column) Value { return number(c.ofRoles(anyRole, usageInput)) },
	"tokens.cached_input":   func(c *Column) Value { return number(c.ofRoles(anyRole, usageCached)) },
	"tokens.cache_write":    func(c *Column) Value { return number(c.ofRoles(anyRole, usageWritten)) },
	"tokens.output":         func(c *Column) Value { return number(c.ofRoles(anyRole, usageOutput)) },
	"sidekick_share.tokens": func(c *Column) Value { return c.shareOfRoles(isSidekick, usageTokens) },
	"cached_share.main": func(c *Column) Value {
		return over(c.ofRoles(isLead, usageCached), c.ofRoles(isLead, usageInput))
	},
	"cached_share.sidekick": func(c *Column) Value {
		return over(c.ofRoles(isSidekick, usageCached), c.ofRoles(isSidekick, usageInput))
	},
	"wall_s.p50": func(c *Column) Value { return c.importedWall(0.5) },
	"wall_s.p95": func(c *Column) Value { return c.importedWall(0.95) },
}

func isSidekick(r bench.Role) bool { return r == bench.RoleSidekick }
func isAdvisor(r bench.Role) bool  { return r == bench.RoleAdvisor }
func isLead(r bench.Role) bool     { return !isSidekick(r) && !isAdvisor(r) }
func anyRole(bench.Role) bool      { return true }

// What is known of the usage of a role; dollars, or a number of things.
func usageCost(u bench.RoleUsage) stats.Number {
	if u.Cost == nil {
		return stats.None()
	}
	return dollars(*u.Cost)
}

func usageCalls(u bench.RoleUsage) stats.Number   { return counted(u.Calls) }
func usageInput(u bench.RoleUsage) stats.Number   { return counted(u.Input) }
func usageCached(u bench.RoleUsage) stats.Number  { return counted(u.CachedInput) }
func usageWritten(u bench.RoleUsage) stats.Number { return counted(u.CacheWrite) }
func usageOutput(u bench.RoleUsage) stats.Number  { return counted(u.Output) }
func usageTokens(u bench.RoleUsage) stats.Number  { return usageInput(u) + usageOutput(u) }

func counted(n *int64) stats.Number {
	if n == nil {
		return stats.None()
	}
	return stats.Number(*n)
}

// ofRoles sums up what some roles used in all trials; absent, which is NaN, where
// a trial says nothing of it. A trial that names its roles had no others.
func (c *Column) ofRoles(
	some func(bench.Role) bool, of func(bench.RoleUsage) stats.Number,
) (sum stats.Number) {
	for _, t := range c.trials {
		if t.imported == nil || len(t.imported.Roles) == 0 {
			return stats.None()
		}
		for _, u := range t.imported.Roles {
			if some(u.Role) {
				sum += of(u)
			}
		}
	}
	return sum
}

func (c *Column) shareOfRoles(
	some func(bench.Role) bool, of func(bench.RoleUsage) stats.Number,
) Value {
	return over(c.ofRoles(some, of), c.ofRoles(anyRole, of))
}

// importedCost is that of all trials in dollars, absent if one has none.
func (c *Column) importedCost() (sum stats.Number) {
	for _, t := range c.trials {
		if t.imported == nil || t.imported.Cost == nil {
			return stats.None()
		}
		sum += dollars(*t.imported.Cost)
	}
	return sum
}

func (c *Column) importedCostPerTask() Value {
	var byTask units
	for _, t := range c.trials {
		if !t.Counts() {
			continue
		}
		if t.imported == nil || t.imported.Cost == nil {
			return number(stats.None())
		}
		byTask.add(t.Key.InstanceID, t.imported.Cost.Float())
	}
	mean, ci := c.draw.Mean(byTask.totals)
	return Value{Number: stats.Number(mean), Interval: ci}
}

func (c *Column) importedCostPerResolved() Value {
	return over(c.importedCost(), c.ends.resolved)
}

// importedWall is a quantile of the seconds of the trials that count, absent if one
// does not say.
func (c *Column) importedWall(p float64) Value {
	var walls []float64
	for _, t := range c.trials {
		if !t.Counts() {
			continue
		}
		if t.imported == nil || t.imported.Wall == nil {
			return number(stats.None())
		}
		walls = append(walls, t.imported.Wall.Seconds())
	}
	return number(stats.Number(stats.Percentile(walls, p)))
}

// importedKnowledge is what is known of the cost of imported trials.
func (c *Column) importedKnowledge() Knowledge {
	n := 0
	for _, t := range c.trials {
		if t.imported != nil && t.imported.Cost != nil {
			n++
		}
	}
	switch n {
	case len(c.trials):
		return AllKnown
	case 0:
		return NothingKnown
	}
	return PartKnown
}

// observeImported adds what is known of an imported trial to what came of it.
func (t *trial) observeImported(o *verdict.Observation, costKnown bool) {
	o.Tokens, o.Seconds = stats.None(), stats.None()
	if costKnown {
		o.Cost = dollars(*t.imported.Cost)
	}
	if len(t.imported.Roles) > 0 {
		o.Tokens = 0
	}
	for _, u := range t.imported.Roles {
		o.Tokens += usageTokens(u)
	}
	if t.imported.Wall != nil {
		o.Seconds = stats.Number(t.imported.Wall.Seconds())
	}
}

// importedWarnings say how much is known of the cost.
func (c *Column) importedWarnings() (out []string) {
	if n := c.NoUsage; n > 0 {
		out = append(out, fmt.Sprintf("%d of %d trials of %s came without a cost: what it cost is "+
			"not known", n, len(c.trials), c.name))
	}
	return out
}
