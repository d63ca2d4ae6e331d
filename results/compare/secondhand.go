package compare

import (
	"fmt"

	"bench"
	"bench/results"
)

// secondhand reports whether some answers of the column were not given by a model for its
// run: what they cost was paid before, and how long they took is not known.
func (c *Column) secondhand() bool { return len(c.Spending.Secondhand) > 0 }

// secondhand reports whether some answers of the trial were not given by a model for it.
func (t *trial) secondhand() bool { return len(t.sums.Spending.Secondhand) > 0 }

// replayAlarm says that a run measures no model; "" of one that does.
func replayAlarm(run results.Run, s spending) string {
	if run.Replay == nil {
		return ""
	}
	told := s.Secondhand[bench.SourceLog]
	paid := s.All.Cost - told.Cost
	out := fmt.Sprintf("run %s is a %s: %d of %d model calls were answered from its log, and %s of "+
		"the costs below were paid then", run.ID, run.Replay, told.Calls, s.Calls, told.Cost)
	if paid > 0 {
		out += fmt.Sprintf("; %s was paid for the others", paid)
	}
	return out + ". It measures no model, and no time"
}

// cacheAlarms say that answers of a configuration are from a cache.
func (c *Column) cacheAlarms() []string {
	told := c.Spending.Secondhand[bench.SourceCache]
	if told.Calls == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d of %d model calls of %s were answered from the cache: %s of its "+
		"cost of %s was paid when they were made, and nothing now. How long it takes is not known, and "+
		"it is the same sample as then", told.Calls, c.Spending.Calls, c.name, told.Cost,
		c.Spending.All.Cost)}
}
