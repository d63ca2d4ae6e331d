package compare

import (
	"cmp"
	"slices"

	"bench"
	"bench/stats"
)

// roles sums up by role and model.
func (c *Column) roles() (out []Role) {
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
			s.Unreported += call.EstimatedUnknown
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
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b Role) int {
		return cmp.Or(byRole(a.Role, b.Role), cmp.Compare(a.Model, b.Model))
	})
	return out
}

// inOrder is the order of roles in tables: who answers for a task comes first.
var inOrder = []bench.Role{
	bench.RoleMain, bench.RoleSingle, bench.RoleCommand, bench.RoleSidekick, bench.RoleAdvisor,
}

func byRole(a, b bench.Role) int { return slices.Index(inOrder, a) - slices.Index(inOrder, b) }
