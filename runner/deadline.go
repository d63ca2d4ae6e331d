package runner

import (
	"context"
	"errors"
	"time"

	"bench"
)

// errDeadline is the cause of a run that is cancelled because its time is up.
var errDeadline = errors.New("the run's time is up")

// untilDeadline cancels the run when its time is up. Release ends the wait.
func (r *scheduler) untilDeadline(stop context.CancelCauseFunc) (release func()) {
	if r.Deadline == nil {
		return func() {}
	}
	timer := time.AfterFunc(time.Until(r.Deadline.At), func() { stop(errDeadline) })
	return func() { timer.Stop() }
}

// late reports whether a trial does not begin because it is not expected to end in time.
// As long as only limits say so, it waits for what others of its configuration take that
// are under way; meanwhile it may become needless.
func (r *scheduler) late(ctx context.Context, t *trial) bool {
	if r.Deadline == nil {
		return false
	}
	defer context.AfterFunc(ctx, r.tell)()
	r.mu.Lock()
	defer r.mu.Unlock()
	for ctx.Err() == nil {
		l, ok := r.Deadline.Allows(t.Trial, t.worked(), time.Now())
		switch {
		case ok:
			r.underWay[t.Key.Configuration]++
			t.began = time.Now()
			return false
		case l.Basis != bench.BasisLimits || r.underWay[t.Key.Configuration] == 0:
			r.lates = append(r.lates, l)
			return true
		}
		if r.news.Wait(); r.needless(t) {
			return true
		}
	}
	return true
}

// tell has all who wait look again.
func (r *scheduler) tell() {
	r.mu.Lock() // so that nobody has looked and does not wait yet
	defer r.mu.Unlock()
	r.news.Broadcast()
}

// worked is for how long agents had worked on the trial in earlier processes.
func (t *trial) worked() time.Duration {
	if t.history == nil {
		return 0
	}
	return t.history.Worked
}

// paced notes that a trial has ended, and how long it took if this process has led it from
// its beginning. The lock is held.
func (r *scheduler) paced(t *trial) {
	if r.Deadline == nil {
		return
	}
	r.underWay[t.Key.Configuration]--
	if t.history == nil && t.result.Recorded {
		r.Deadline.Took(t.Key, time.Since(t.began), t.result.Outcome)
	}
	r.news.Broadcast()
}
