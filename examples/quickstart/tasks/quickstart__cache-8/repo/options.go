package cache

import "time"

type options[K comparable, V any] struct {
	weigh    func(K, V) int64
	onRemove func(K, V, Reason)
	now      func() time.Time
}

func defaults[K comparable, V any]() options[K, V] {
	return options[K, V]{
		weigh: func(K, V) int64 { return 1 },
		now:   time.Now,
	}
}

// Option changes how a cache behaves.
type Option[K comparable, V any] func(*options[K, V])

// Weigh sets the function that says how much an entry weighs.
func Weigh[K comparable, V any](f func(K, V) int64) Option[K, V] {
	return func(o *options[K, V]) { o.weigh = f }
}

// OnRemove sets a function that is told of every entry that leaves the cache.
// It runs under the cache's lock and must not call the cache.
func OnRemove[K comparable, V any](f func(K, V, Reason)) Option[K, V] {
	return func(o *options[K, V]) { o.onRemove = f }
}

// Clock replaces time.Now.
func Clock[K comparable, V any](now func() time.Time) Option[K, V] {
	return func(o *options[K, V]) { o.now = now }
}
