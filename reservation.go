package bench

import (
	"context"
	"slices"
)

// Reservation is an amount held back for one call. Settle it exactly once.
type Reservation struct {
	budget  *Budget
	held    Amount
	settled bool
}

// waiter is a reservation that waits. It stands in the line of the first budget,
// from the inside out, that cannot hold it back yet.
type waiter struct {
	from   *Budget // whose reservation it is
	amount Amount  // of from
	number int64   // in the order of a tree
	at     *Budget // in whose line it stands
	done   chan struct{}
	err    error // why it was refused
}

// Reserve holds a back in p and all its parents. Where only what others hold
// back is in the way, it waits until they have settled, behind those who came
// before. Where one of the budgets has not left a unspent, nothing is held
// back, and the error is a *LimitError that names the first such budget, from
// the inside out. When ctx ends while it waits, the error is the cause.
//
// Waiting ends: it is for calls under way, which settle whatever becomes of
// them. Nobody who holds a reservation may ask for another.
func (p *Budget) Reserve(ctx context.Context, a Amount) (*Reservation, error) {
	p.mu.Lock()
	w := &waiter{from: p, amount: a, number: p.root().number(), done: make(chan struct{})}
	if !w.settleFate() {
		p.mu.Unlock()
		select {
		case <-w.done:
		case <-ctx.Done():
			if w.leave() {
				return nil, context.Cause(ctx)
			}
		}
		p.mu.Lock()
	}
	defer p.mu.Unlock()
	if w.err != nil {
		return nil, w.err
	}
	return &Reservation{budget: p, held: a}, nil
}

// settleFate grants or refuses w, or puts it into a line. It reports whether w
// has its answer.
func (w *waiter) settleFate() bool {
	if err := w.refused(); err != nil {
		w.err = err
	} else if at := w.blocked(); at != nil {
		w.stand(at)
		return false
	} else {
		w.from.each(w.amount, func(q *Budget, b Amount) { q.reserved = q.reserved.Add(b) })
	}
	close(w.done)
	return true
}

// refused is the error of a waiter that can never be granted: budgets only ever
// have more spent. It is nil for one that can.
func (w *waiter) refused() error {
	if limit := w.from.lacks(w.amount); limit != nil {
		return limit
	}
	return nil
}

// Overdrawn is the limit of p or a parent that more has been spent than; nil if
// there is none.
func (p *Budget) Overdrawn() *LimitError { return p.Lacks(Amount{}) }

// Lacks is the limit that stops one who asks for a now, whatever is held back;
// nil if there is none.
func (p *Budget) Lacks(a Amount) *LimitError {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lacks(a)
}

// lacks is the first limit, from the inside out, that has not a unspent.
func (p *Budget) lacks(a Amount) *LimitError {
	for q, b := p, a; q != nil; q, b = q.above(b) {
		if r, short := q.short(q.spent, b); short {
			return &LimitError{Scope: q.scope, Resource: r}
		}
	}
	return nil
}

// blocked is the first budget that cannot hold w's amount back now, or in which
// somebody waits who came before.
func (w *waiter) blocked() *Budget {
	for q, b := w.from, w.amount; q != nil; q, b = q.above(b) {
		if _, short := q.short(q.spent.Add(q.reserved), b); short {
			return q
		}
		if len(q.waiting) > 0 && q.waiting[0].number < w.number {
			return q
		}
	}
	return nil
}

// stand puts w into the line of a budget, in the order in which all came.
func (w *waiter) stand(at *Budget) {
	w.at = at
	i, _ := slices.BinarySearchFunc(at.waiting, w.number, func(o *waiter, n int64) int {
		return int(o.number - n)
	})
	at.waiting = slices.Insert(at.waiting, i, w)
}

// leave takes w out of its line. It reports false where w has its answer.
func (w *waiter) leave() bool {
	w.from.mu.Lock()
	defer w.from.mu.Unlock()
	select {
	case <-w.done:
		return false
	default:
	}
	w.at.waiting = slices.DeleteFunc(w.at.waiting, func(o *waiter) bool { return o == w })
	w.at.wake()
	return true
}

// wake looks again at those who wait in p and its parents, the first of each
// line before those behind it.
func (p *Budget) wake() {
	for q := p; q != nil; q = q.parent {
		for len(q.waiting) > 0 {
			w := q.waiting[0]
			if w.refused() == nil && w.blocked() == q {
				break
			}
			q.waiting = q.waiting[1:]
			w.settleFate() // or it stands in another line, further out
		}
	}
}

func (p *Budget) root() *Budget {
	for p.parent != nil {
		p = p.parent
	}
	return p
}

// number counts those who reserve in a tree.
func (p *Budget) number() int64 {
	p.count++
	return p.count
}

// Settle replaces what was held by what was used. Use can exceed the
// reservation when a provider bills more than the request allowed; the budget
// then shows the truth. A second call does nothing.
func (r *Reservation) Settle(used Amount) {
	r.budget.mu.Lock()
	defer r.budget.mu.Unlock()
	if r.settled {
		return
	}
	r.settled = true
	r.budget.each(r.held, func(q *Budget, held Amount) { q.reserved = q.reserved.sub(held) })
	r.budget.each(used, func(q *Budget, a Amount) { q.spent = q.spent.Add(a) })
	r.budget.wake()
}
