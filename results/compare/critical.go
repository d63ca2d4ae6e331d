package compare

import (
	"time"

	"bench"
)

// critical is whose the time on the critical paths of ended trials is.
type critical struct{ main, sidekick, all time.Duration }

func (c *Column) critical() critical { return c.kept.critical.or(c.foldCritical) }

func (c *Column) foldCritical() (out critical) {
	for _, t := range c.trials {
		if !t.Worked() {
			continue
		}
		for _, s := range t.Path().Segments {
			d := s.To - s.From
			if out.all += d; s.Role == bench.RoleSidekick {
				out.sidekick += d
			} else {
				out.main += d
			}
		}
	}
	return out
}
