package cache

// Reason says why an entry left the cache.
type Reason string

// The reasons.
const (
	Evicted  Reason = "evicted"  // to make room
	Expired  Reason = "expired"  // its time to live was over
	Deleted  Reason = "deleted"  // by Delete
	Replaced Reason = "replaced" // by a value that does not fit
)

// Stats counts what a cache has done so far.
type Stats struct {
	Hits, Misses                int64
	Evictions, Expiries, Deaths int64 // Deaths are all removals
}

func (s *Stats) count(why Reason) {
	s.Deaths++
	switch why {
	case Evicted:
		s.Evictions++
	case Expired:
		s.Expiries++
	}
}

// HitRate is hits over lookups, 0 without any.
func (s Stats) HitRate() float64 {
	if s.Hits+s.Misses == 0 {
		return 0
	}
	return float64(s.Hits) / float64(s.Hits+s.Misses)
}

// Stats returns the counts so far.
func (c *Cache[K, V]) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stats
}
