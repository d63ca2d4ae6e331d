package replay

import (
	"context"
	"sync"
	"time"

	"bench"
)

// order lets the steps of a trial happen in the order of the log, whoever is faster this
// time: so agents that work at the same time see of one another what they saw then. It
// is owned by its mutex.
//
// Whoever does what the log does not know goes its own way: it waits for nobody, and
// nobody for it. Should a step not come for much longer than it took then, the order is
// given up: a trial that goes another way must not stand still.
type order struct {
	mu      sync.Mutex
	numbers *numbers
	steps   []step
	lanes   map[lane]*progress
	done    []bool // by step
	first   int    // step that is not done
	moved   chan struct{}
	last    time.Time // of the latest step in the log that is done
	other   bool      // the trial is known to differ from the log
	free    bool      // no order is kept any more
	stalled bool      // it was given up
}

// progress is how far a lane has come.
type progress struct {
	steps []int // in the log
	next  int   // of steps
	gone  bool  // it does what the log does not know
}

func newOrder(steps []step) *order {
	o := &order{
		numbers: newNumbers(), steps: steps, lanes: map[lane]*progress{}, done: make([]bool, len(steps)),
		moved: make(chan struct{}),
	}
	for i, s := range steps {
		p := o.lanes[s.lane]
		if p == nil {
			p = new(progress)
			o.lanes[s.lane] = p
		}
		p.steps = append(p.steps, i)
	}
	if len(steps) > 0 {
		o.last = steps[0].at
	}
	return o
}

// enter waits until it is the turn of an event, and returns what to call once it is
// recorded.
func (o *order) enter(e bench.Event) (leave func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	at, ok := o.place(e)
	for ok && !o.free && !o.ready(at) {
		o.wait(context.Background(), at) // nobody gives up recording
	}
	return func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		if ok {
			o.done[at] = true
			if t := o.steps[at].at; t.After(o.last) {
				o.last = t
			}
		}
		o.ended(e)
		o.move()
	}
}

// answer waits until it is the turn of the next step of an agent: what an answer costs
// is charged then, as it was.
func (o *order) answer(ctx context.Context, agent string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	p := o.lanes[lane{agent: agent}]
	for ctx.Err() == nil && p != nil && !p.gone && p.next < len(p.steps) && !o.free &&
		!o.ready(p.steps[p.next]) {
		o.wait(ctx, p.steps[p.next])
	}
	return context.Cause(ctx)
}

// place finds the step of the log that an event is, if it is one. A lane that does
// something else is on its own from then on.
func (o *order) place(e bench.Event) (int, bool) {
	l, ok := o.numbers.lane(e)
	p := o.lanes[l]
	if !ok || p == nil || p.gone {
		return 0, false
	}
	if p.next == len(p.steps) || o.steps[p.steps[p.next]].event.Payload.Type() != e.Payload.Type() {
		p.gone = true
		o.move()
		return 0, false
	}
	p.next++
	return p.steps[p.next-1], true
}

// ready reports whether all is done that came before a step.
func (o *order) ready(at int) bool {
	l := o.steps[at].lane
	for i := o.first; i < at; i++ {
		other := o.steps[i].lane
		if !o.done[i] && other != l && !l.follows(other) && !o.lanes[other].gone {
			return false
		}
	}
	return true
}

// ended frees those who wait for what an agent, or a delegation, does not do any more.
func (o *order) ended(e bench.Event) {
	var agent string
	var task lane
	switch p := e.Payload.(type) {
	case bench.AgentEnded:
		agent = e.Agent
	case bench.DelegationEnded:
		agent, task = p.Child, taskLane(p.DelegationID, p.Activation)
	case bench.TrialEnded:
		o.free = true
	default:
		return
	}
	for l, p := range o.lanes {
		if agent != "" && l.agent == agent || l == task {
			p.gone = p.gone || p.next < len(p.steps)
		}
	}
}

// move tells those who wait that something has changed.
func (o *order) move() {
	for o.first < len(o.steps) && (o.done[o.first] || o.lanes[o.steps[o.first].lane].gone) {
		o.first++
	}
	close(o.moved)
	o.moved = make(chan struct{})
}

// patience is how long a step is waited for beyond twice the time that it took then; and
// little patience, in a trial that is known to go another way.
const (
	patience       = 30 * time.Second
	littlePatience = time.Second
)

// wait waits until something changes, or for as long as it may take.
func (o *order) wait(ctx context.Context, at int) {
	moved, most := o.moved, patience
	if o.other {
		most = littlePatience
	}
	timer := time.NewTimer(most + 2*max(0, o.steps[at].at.Sub(o.last)))
	defer timer.Stop()
	o.mu.Unlock()
	defer o.mu.Lock()
	select {
	case <-moved:
	case <-ctx.Done():
	case <-timer.C:
		o.mu.Lock()
		defer o.mu.Unlock()
		if !o.free {
			o.free, o.stalled = true, true
		}
		o.move()
	}
}

// differs notes that the trial is known to go another way than the log.
func (o *order) differs() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.other = true
	o.move()
}

// release lets everybody go on as they come.
func (o *order) release() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.free = true
	o.move()
}

// kept wraps how events are appended, so that steps come in the order of the log.
func (o *order) kept(next bench.Append) bench.Append {
	return func(ctx context.Context, e bench.Event) error {
		leave := o.enter(e)
		defer leave()
		return next(ctx, e)
	}
}
