// Package cache keeps recently used values within a budget of weight.
package cache

import (
	"sync"
	"time"
)

// Cache maps keys to values. It is safe for concurrent use.
type Cache[K comparable, V any] struct {
	mu       sync.Mutex
	capacity int64
	weight   int64 // of all entries
	entries  map[K]*entry[K, V]
	recent   ring[K, V] // most recently used first
	opts     options[K, V]
	stats    Stats
}

// New returns a cache that holds entries of up to capacity weight. Without
// Weigh every entry weighs one.
func New[K comparable, V any](capacity int64, opts ...Option[K, V]) *Cache[K, V] {
	c := &Cache[K, V]{
		capacity: capacity,
		entries:  make(map[K]*entry[K, V]),
		opts:     defaults[K, V](),
	}
	c.recent.init()
	for _, o := range opts {
		o(&c.opts)
	}
	return c
}

// Get returns the value of a key and makes it the most recently used.
func (c *Cache[K, V]) Get(key K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.live(key)
	if !ok {
		c.stats.Misses++
		var zero V
		return zero, false
	}
	c.stats.Hits++
	c.recent.toFront(e)
	return e.value, true
}

// Peek returns the value of a key without touching order or statistics.
func (c *Cache[K, V]) Peek(key K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.live(key); ok {
		return e.value, true
	}
	var zero V
	return zero, false
}

// Set stores a value as the most recently used one and evicts what no longer
// fits. A value heavier than the whole cache is not stored: Set then removes
// the key and returns false.
func (c *Cache[K, V]) Set(key K, value V) bool {
	return c.SetFor(key, value, 0)
}

// SetFor is Set with a time to live; zero means for ever.
func (c *Cache[K, V]) SetFor(key K, value V, ttl time.Duration) bool {
	weight := c.opts.weigh(key, value)
	c.mu.Lock()
	defer c.mu.Unlock()
	if weight > c.capacity {
		if e, ok := c.entries[key]; ok {
			c.remove(e, Replaced)
		}
		return false
	}
	var expires time.Time
	if ttl > 0 {
		expires = c.opts.now().Add(ttl)
	}
	if e, ok := c.entries[key]; ok {
		e.value, e.weight, e.expires = value, weight, expires
	} else {
		e = &entry[K, V]{key: key, value: value, weight: weight, expires: expires}
		c.entries[key] = e
		c.recent.pushFront(e)
		c.weight += weight
	}
	c.shrink()
	return true
}

// Delete forgets a key and reports whether it was there.
func (c *Cache[K, V]) Delete(key K) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.live(key)
	if ok {
		c.remove(e, Deleted)
	}
	return ok
}

// Len is the number of entries, expired ones that were not noticed included.
func (c *Cache[K, V]) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.entries)
}

// Weight is the weight of all entries together.
func (c *Cache[K, V]) Weight() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.weight
}

// Keys lists the keys, most recently used first.
func (c *Cache[K, V]) Keys() []K {
	c.mu.Lock()
	defer c.mu.Unlock()
	keys := make([]K, 0, len(c.entries))
	for e := c.recent.front(); e != nil; e = c.recent.next(e) {
		keys = append(keys, e.key)
	}
	return keys
}

// live finds an entry that has not expired, and drops it if it has.
func (c *Cache[K, V]) live(key K) (*entry[K, V], bool) {
	e, ok := c.entries[key]
	if !ok {
		return nil, false
	}
	if !e.expires.IsZero() && !c.opts.now().Before(e.expires) {
		c.remove(e, Expired)
		return nil, false
	}
	return e, true
}

// shrink evicts from the back until the weight fits.
func (c *Cache[K, V]) shrink() {
	for c.weight > c.capacity {
		c.remove(c.recent.back(), Evicted)
	}
}

func (c *Cache[K, V]) remove(e *entry[K, V], why Reason) {
	c.recent.unlink(e)
	delete(c.entries, e.key)
	c.weight -= e.weight
	c.stats.count(why)
	if c.opts.onRemove != nil {
		c.opts.onRemove(e.key, e.value, why)
	}
}
