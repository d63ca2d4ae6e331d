package compare

import (
	"fmt"
	"slices"

	"bench"
	"bench/stats"
)

// unreported counts the trials whose program reported no model calls.
func (c *column) unreported() (n int) {
	for _, t := range c.trials {
		if t.noUsage {
			n++
		}
	}
	return n
}

// unmeasured takes out what cannot be known where a program reported no model
// calls: nothing is spent in the log, which does not mean that nothing was.
func (out *Configuration) unmeasured() {
	n := stats.None()
	out.Cost = Cost{
		Total: n, PerTask: n, PerTaskCI: stats.NoInterval(), PerResolved: n, Main: n, Sidekick: n,
		Advisor: n, WithoutCache: n, Reported: n, SavedByCache: n, WritePremium: n, ExpiryPenalty: n,
		Abandoned: n, UnknownEstimate: n, SidekicksAtMainPrice: n, SidekicksAtOtherPrice: n,
	}
	out.Tokens = nil
	out.SidekickShare = Share{Cost: n, Tokens: n, LLMSeconds: n, ToolCalls: n}
	out.CachedShare = CachedShare{Main: n, Sidekick: n}
}

// usageWarnings say what the costs of programs are worth.
func (c *column) usageWarnings() (out []string) {
	if n := c.unreported(); n > 0 {
		out = append(out, fmt.Sprintf("%d of %d trials of %s reported no usage: its cost is not known",
			n, len(c.trials), c.name))
	}
	bad := 0
	for _, t := range c.trials {
		bad += t.badUsage
	}
	if bad > 0 {
		out = append(out, fmt.Sprintf("reports of %s are not counted, as %d notices say: "+
			"its cost is a lower bound", c.name, bad))
	}
	return out
}

// inOrder is the order of roles in tables: who answers for a task comes first.
var inOrder = []bench.Role{
	bench.RoleMain, bench.RoleSingle, bench.RoleCommand, bench.RoleSidekick, bench.RoleAdvisor,
}

func byRole(a, b bench.Role) int { return slices.Index(inOrder, a) - slices.Index(inOrder, b) }
