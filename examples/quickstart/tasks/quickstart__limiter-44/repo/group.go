package limiter

import (
	"context"
	"sync"

	"example.com/limiter/clock"
)

// Group keeps one bucket per key, all alike. It is safe for concurrent use.
type Group struct {
	mu      sync.Mutex
	clock   clock.Clock
	rate    float64
	burst   int
	buckets map[string]*member
}

type member struct {
	bucket *Bucket
	users  int // calls under way
}

// NewGroup returns a group without keys; they are made as they are used.
func NewGroup(rate float64, burst int, c clock.Clock) *Group {
	return &Group{clock: c, rate: rate, burst: burst, buckets: map[string]*member{}}
}

// Allow is Bucket.Allow for a key.
func (g *Group) Allow(key string, n int) bool {
	m := g.enter(key)
	defer g.leave(m)
	return m.bucket.Allow(n)
}

// Wait is Bucket.Wait for a key.
func (g *Group) Wait(ctx context.Context, key string, n int) error {
	m := g.enter(key)
	defer g.leave(m)
	return m.bucket.Wait(ctx, n)
}

// Prune forgets the keys whose buckets are full and not in use: a new bucket
// would be the same. It returns how many are left.
func (g *Group) Prune() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	for key, m := range g.buckets {
		if m.users == 0 && m.bucket.Tokens() == float64(g.burst) {
			delete(g.buckets, key)
		}
	}
	return len(g.buckets)
}

func (g *Group) enter(key string) *member {
	g.mu.Lock()
	defer g.mu.Unlock()
	m := g.buckets[key]
	if m == nil {
		m = &member{bucket: New(g.rate, g.burst, g.clock)}
		g.buckets[key] = m
	}
	m.users++
	return m
}

func (g *Group) leave(m *member) {
	g.mu.Lock()
	defer g.mu.Unlock()
	m.users--
}
