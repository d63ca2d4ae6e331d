package cache

import "time"

// entry is a node of a ring.
type entry[K comparable, V any] struct {
	key     K
	value   V
	weight  int64
	expires time.Time // zero: never
	prev    *entry[K, V]
	follow  *entry[K, V]
}

// ring is a doubly linked list around a sentinel, which saves it from special
// cases at both ends.
type ring[K comparable, V any] struct {
	root entry[K, V]
}

func (r *ring[K, V]) init() { r.root.prev, r.root.follow = &r.root, &r.root }

func (r *ring[K, V]) pushFront(e *entry[K, V]) {
	e.prev, e.follow = &r.root, r.root.follow
	e.prev.follow, e.follow.prev = e, e
}

func (r *ring[K, V]) unlink(e *entry[K, V]) {
	e.prev.follow, e.follow.prev = e.follow, e.prev
	e.prev, e.follow = nil, nil
}

func (r *ring[K, V]) toFront(e *entry[K, V]) {
	r.unlink(e)
	r.pushFront(e)
}

func (r *ring[K, V]) front() *entry[K, V] { return r.next(&r.root) }

func (r *ring[K, V]) next(e *entry[K, V]) *entry[K, V] {
	if e.follow == &r.root {
		return nil
	}
	return e.follow
}

func (r *ring[K, V]) back() *entry[K, V] {
	if r.root.prev == &r.root {
		return nil
	}
	return r.root.prev
}
