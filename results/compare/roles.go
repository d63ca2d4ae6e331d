package compare

import (
	"cmp"
	"maps"
	"reflect"
	"slices"

	"bench"
	"bench/results"
	"bench/stats"
)

// roles are the sums by role and model, in the order of tables.
func (c *Column) roles() (out []Role) {
	for role, models := range c.Roles {
		for model, s := range models {
			out = append(out, Role{
				Role: role, Model: model, WireModel: s.Wire, Agents: s.Agents, Calls: s.Calls,
				ToolCalls: s.ToolCalls, Usage: s.Usage, Cost: s.Cost, Unreported: s.Unreported,
				Time: s.Time, Waited: s.Waited,
				CachedShare: stats.Over(s.Usage.CachedInput, s.Usage.Input),
			})
		}
	}
	slices.SortFunc(out, func(a, b Role) int {
		return cmp.Or(byRole(a.Role, b.Role), cmp.Compare(a.Model, b.Model))
	})
	return out
}

// roles sums up by role and model.
func (w *work) roles() map[bench.Role]map[string]roleSums {
	out := map[bench.Role]map[string]roleSums{}
	add := func(role bench.Role, model string, more roleSums) {
		if out[role] == nil {
			out[role] = map[string]roleSums{}
		}
		s := out[role][model]
		plus(reflect.ValueOf(&s).Elem(), reflect.ValueOf(more))
		out[role][model] = s
	}
	for _, id := range slices.Sorted(maps.Keys(w.Agents)) {
		a := w.Agents[id]
		add(a.Role, a.Model, roleSums{Wire: a.WireModel, Agents: 1})
	}
	for _, c := range w.Calls {
		add(w.Agents[c.Agent].Role, c.Model, roleSums{
			Wire: c.WireModel, Calls: 1, Usage: c.Usage, Cost: c.Cost, Unreported: c.EstimatedUnknown,
			Time: c.Duration, Waited: c.Waited,
		})
	}
	asked := map[string]results.Call{} // by id
	for _, c := range w.Calls {
		asked[c.ID] = c
	}
	for _, c := range w.Tools {
		a := w.Agents[c.Agent]
		model, wire := a.Model, a.WireModel
		if by, ok := asked[c.BatchID]; ok {
			model, wire = by.Model, by.WireModel
		}
		add(a.Role, model, roleSums{Wire: wire, ToolCalls: 1})
	}
	return out
}

// inOrder is the order of roles in tables: who answers for a task comes first.
var inOrder = []bench.Role{
	bench.RoleMain, bench.RoleSingle, bench.RoleCommand, bench.RoleSidekick, bench.RoleAdvisor,
	bench.RoleRouter, bench.RoleUnknown,
}

func byRole(a, b bench.Role) int { return slices.Index(inOrder, a) - slices.Index(inOrder, b) }
