package compare

import (
	"time"

	"bench"
)

// critical is whose the time on the critical paths of ended trials is. What is done
// with workspaces is nobody's.
type critical struct{ main, sidekick, workspaces, all time.Duration }

func (c *Column) critical() critical { return c.kept.critical.or(c.foldCritical) }

func (c *Column) foldCritical() (out critical) {
	for _, t := range c.trials {
		if !t.Worked() {
			continue
		}
		p := t.Path()
		for role, d := range p.ByRole() {
			if role == bench.RoleSidekick {
				out.sidekick += d
			} else {
				out.main += d
			}
		}
		out.workspaces += p.Workspaces()
		out.all += p.Length()
	}
	return out
}
