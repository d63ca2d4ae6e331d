package fusion

import (
	"context"
	"slices"
	"sync"
	"time"

	"bench"
	"bench/agent"
	"bench/llm"
)

// When a trial is resumed, those of its agents that had been at work wait for one
// another before they go on, and others for them: so they work at the same time again,
// as they had. The time of the trial stands still until then.

// comeback is the way of a sidekick back to where it was.
type comeback struct {
	// back is closed when it is as it was, or will not be; nil if it was not at work.
	back      chan struct{}
	held      time.Time     // since when the trial stands still for it
	goOn      func()        // lets the trial go on
	assembled time.Duration // for which one that was not at work waited for the others
	queued    time.Duration // for which it had been in the queue when it was cut off
}

// isCutOff reports whether a sidekick was at work on the activation when its process
// ended.
func (r *activationHistory) isCutOff() bool { return r != nil && r.worked && r.end == nil }

// expected are the activations that were cut off.
func (t *team) expected() (all []*activation) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, d := range t.delegations {
		for _, x := range d.activations {
			if x.back != nil {
				all = append(all, x)
			}
		}
	}
	return all
}

// await waits until an agent is back. If main calls its model, whoever has not come by
// then does not come.
func (t *team) await(ctx context.Context, back <-chan struct{}) {
	select {
	case <-back:
	case <-t.open:
	case <-ctx.Done():
	}
}

// replayed is called when main is as it was. Before it goes on, and with that those
// that it waits for, it waits for sidekicks in the background.
func (t *team) replayed(ctx context.Context) time.Duration {
	for _, x := range t.expected() {
		if x.goOn != nil {
			t.await(ctx, x.back)
		}
	}
	close(t.back)
	return 0
}

// opening is the client of main, whose first call lets all go on that still wait.
type opening struct {
	llm.Client
	once func()
}

func (o opening) Complete(ctx context.Context, req llm.Request) (llm.Response, error) {
	o.once()
	return o.Client.Complete(ctx, req)
}

// hold makes the trial stand still for a sidekick that is put where it was.
func (x *activation) hold() {
	if x.back != nil {
		x.held, x.goOn = time.Now(), bench.WallOf(x.ctx).Hold()
	}
}

// replayed is called when the sidekick is as it was.
func (x *activation) replayed(ctx context.Context) time.Duration {
	x.arrive()
	if x.held.IsZero() {
		return 0
	}
	x.team.assemble(ctx)
	x.goOn()
	return time.Since(x.held)
}

// assemble has an activation wait until those that were cut off are back, and returns
// for how long.
func (t *team) assemble(ctx context.Context) time.Duration {
	begin := time.Now()
	if t.back == nil {
		return 0
	}
	t.await(ctx, t.back)
	for _, x := range t.expected() {
		t.await(ctx, x.back)
	}
	return time.Since(begin)
}

// queue waits for a slot. Nobody waits for a sidekick that must queue for it, nor does
// the trial stand still.
func (x *activation) queue(ctx context.Context, s *slot) error {
	if s != nil && !s.free() {
		x.goesOn()
	}
	return s.wait(ctx)
}

// waitedBefore is for how long the activation had waited for a slot, or for the lock,
// when it was cut off.
func (x *activation) waitedBefore() (queued, locked time.Duration) {
	if x.team.sidekick.Workspace == bench.WorkspaceSharedLocked {
		return 0, x.queued
	}
	return x.queued, 0
}

// goesOn lets the others, and the trial, go on.
func (x *activation) goesOn() {
	if x.back == nil {
		return
	}
	x.held = time.Time{}
	x.goOn()
	x.arrive()
}

// arrive tells the others that they need not wait for this one any more.
func (x *activation) arrive() {
	select {
	case <-x.back:
	default:
		close(x.back)
	}
}

// muster has the agents of a trial that is resumed wait for one another.
func (t *team) muster(lead *agent.Loop) {
	t.back, t.open = make(chan struct{}), make(chan struct{})
	lead.Replayed = t.replayed
	lead.Client = opening{lead.Client, sync.OnceFunc(func() { close(t.open) })}
}

// slotQueue finds out from a log when slots of the trial were free for activations,
// which is not recorded. Those that had none when the log ends had waited until then.
type slotQueue struct {
	free    int
	waiting []activationKey
	granted map[activationKey]time.Time
}

type activationKey struct {
	id string
	n  int
}

func (q *slotQueue) see(e bench.Event) {
	switch p := e.Payload.(type) {
	case bench.DelegationSpawned:
		q.waiting = append(q.waiting, activationKey{p.DelegationID, p.Activation})
	case bench.DelegationEnded:
		if !bench.Remains(p) {
			q.end(activationKey{p.DelegationID, p.Activation})
		}
	}
	for q.free > 0 && len(q.waiting) > 0 {
		if q.granted == nil {
			q.granted = map[activationKey]time.Time{}
		}
		q.granted[q.waiting[0]] = e.Time
		q.waiting, q.free = q.waiting[1:], q.free-1
	}
}

// end takes the slot of an activation back, or takes it out of the queue.
func (q *slotQueue) end(k activationKey) {
	if _, ok := q.granted[k]; ok {
		q.free++
		return
	}
	q.waiting = slices.DeleteFunc(q.waiting, func(w activationKey) bool { return w == k })
}
