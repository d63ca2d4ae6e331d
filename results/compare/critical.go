package compare

import (
	"time"

	"bench"
	"bench/stats"
)

// criticalPath pools the ended trials on which agents worked.
func (c *column) criticalPath(out *Configuration) {
	var main, sidekick, all time.Duration
	for _, t := range c.trials {
		if !t.Worked() {
			continue
		}
		for _, s := range t.Path().Segments {
			d := s.To - s.From
			if all += d; s.Role == bench.RoleSidekick {
				sidekick += d
			} else {
				main += d
			}
		}
	}
	out.CriticalPath = CriticalShare{Main: stats.Over(main, all), Sidekick: stats.Over(sidekick, all)}
}
