package bench

import (
	"context"
	"sync"
	"time"
)

// Wall is the time that a scope has. It stands still while a call waits for a
// model that answers nobody or turns calls away for now, and while agents of a trial that
// is resumed are put where they were: neither is time of the agents'. It is safe for
// concurrent use.
type Wall struct {
	WallOptions
	outer *Wall // of the context that it was made from; stands still with it

	mu     sync.Mutex
	since  time.Time     // from when on it counts
	used   time.Duration // until then
	holds  int           // while there are any it stands still
	goesOn time.Time     // the last time at which one of them let it go on
	timer  *time.Timer   // ends the context; nil without a limit

	waits  int    // calls that wait in an outage
	outage Outage // as it stands
}

// WallOptions say how long a wall is.
type WallOptions struct {
	Scope Scope
	Limit time.Duration // 0: none
	Used  time.Duration // of it, before
	// Stands, if set, hears of each outage when it begins, and when it is over.
	Stands func(Outage)
}

// Outage is a time in which a call waited for a model that answered nobody, or that
// turned calls away because there were too many, so that the wall of its scope stood
// still. It is recorded when it begins, and again when it is over. Those of a trial have
// no agent, those of an activation its sidekick.
type Outage struct {
	From time.Time `json:"from"`
	// To is when the last call that had waited was sent, or given up; zero before.
	To time.Time `json:"to,omitzero"`
}

type wallKey struct{}

// WithWall returns a context with a wall. When its time is used up the context
// ends, with a *LimitError as the cause. Stop releases what it holds.
func WithWall(ctx context.Context, o WallOptions) (_ context.Context, w *Wall, stop func()) {
	w = &Wall{WallOptions: o, outer: WallOf(ctx), since: time.Now(), used: o.Used}
	ctx, cancel := context.WithCancelCause(context.WithValue(ctx, wallKey{}, w))
	if o.Limit > 0 {
		limit := &LimitError{Scope: o.Scope, Resource: ResourceWall}
		w.timer = time.AfterFunc(max(0, o.Limit-o.Used), func() { cancel(limit) })
	}
	return ctx, w, func() {
		if w.timer != nil {
			w.timer.Stop()
		}
		cancel(nil)
	}
}

// WallOf is the innermost wall of a context, nil if it has none.
func WallOf(ctx context.Context) *Wall {
	w, _ := ctx.Value(wallKey{}).(*Wall)
	return w
}

// Share is how much of its time is used, 0 without a limit.
func (w *Wall) Share() float64 {
	if w.Limit <= 0 {
		return 0
	}
	return float64(w.Used()) / float64(w.Limit)
}

// Used is how much time was used so far.
func (w *Wall) Used() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.holds > 0 {
		return w.used
	}
	return w.used + time.Since(w.since)
}

// StandStill makes all walls of a context stand still in an outage, until goOn is
// called, once, with the time from which on they count again. Where several calls wait
// it is the latest.
func StandStill(ctx context.Context) (goOn func(at time.Time)) {
	inner := WallOf(ctx)
	for w := inner; w != nil; w = w.outer {
		w.wait()
	}
	return func(at time.Time) {
		for w := inner; w != nil; w = w.outer {
			w.waited(at)
		}
	}
}

// Hold makes the wall stand still until goOn is called. No wall can be held, too.
func (w *Wall) Hold() (goOn func()) {
	if w == nil {
		return func() {}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hold(time.Now())
	return sync.OnceFunc(func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.release(time.Now())
	})
}

func (w *Wall) wait() {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	w.hold(now)
	if w.waits++; w.waits == 1 {
		w.outage = Outage{From: now}
		w.stands(w.outage)
	}
}

func (w *Wall) waited(at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.release(at)
	if at.After(w.outage.To) {
		w.outage.To = at
	}
	if w.waits--; w.waits == 0 {
		w.stands(w.outage)
	}
}

func (w *Wall) hold(now time.Time) {
	if w.holds++; w.holds > 1 {
		return
	}
	w.used += now.Sub(w.since)
	w.goesOn = now
	if w.timer != nil {
		w.timer.Stop()
	}
}

func (w *Wall) release(at time.Time) {
	if at.After(w.goesOn) {
		w.goesOn = at
	}
	if w.holds--; w.holds > 0 {
		return
	}
	w.since = w.goesOn
	if w.timer != nil {
		w.timer.Reset(max(0, w.Limit-w.used-time.Since(w.since)))
	}
}

// stands is called in the order of what it tells.
func (w *Wall) stands(o Outage) {
	if w.Stands != nil {
		w.Stands(o)
	}
}
