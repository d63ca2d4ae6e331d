package bench

import (
	"fmt"
	"sync"
)

// Resource is something a budget limits.
type Resource string

// The resources. No budget counts the context window: the provider or the
// model's context_window ends what it does not hold. Wall time is enforced by
// context deadlines whose cause is a
// *LimitError, disk by a watch on sandboxes, likewise; the others by budgets.
const (
	ResourceIterations Resource = "iterations"
	ResourceCost       Resource = "cost"
	ResourceTokens     Resource = "tokens"
	ResourceContext    Resource = "context" // the window of the agent's model
	ResourceWall       Resource = "wall"
	ResourceDisk       Resource = "disk" // of a sandbox
)

// Scope names whose limit it is.
type Scope string

// The scopes, from the widest to the narrowest.
const (
	ScopeRun        Scope = "run"
	ScopeTrial      Scope = "trial"
	ScopeAgent      Scope = "agent"
	ScopeDelegation Scope = "task"       // one delegation, over all its activations
	ScopeActivation Scope = "activation" // one activation of a sidekick
)

// LimitError reports that a scope has no more of a resource.
type LimitError struct {
	Scope    Scope
	Resource Resource
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("%s limit of the %s reached", e.Resource, e.Scope)
}

// Amount is a quantity of every resource a budget counts.
type Amount struct {
	Iterations int64
	Cost       USD
	Earlier    USD // of Cost, what was paid before the run: no cost to the run
	Tokens     int64
}

// Add returns the sum of a and b, resource by resource.
func (a Amount) Add(b Amount) Amount {
	return Amount{
		a.Iterations + b.Iterations, a.Cost + b.Cost, a.Earlier + b.Earlier, a.Tokens + b.Tokens,
	}
}

func (a Amount) sub(b Amount) Amount {
	return Amount{
		a.Iterations - b.Iterations, a.Cost - b.Cost, a.Earlier - b.Earlier, a.Tokens - b.Tokens,
	}
}

// Budget holds what a scope may still use. Budgets form a tree: a child draws
// from its parents too, so parallel children can never overdraw a parent.
// Every budget of a tree shares one lock; the zero value is not usable.
type Budget struct {
	mu       *sync.Mutex
	parent   *Budget
	scope    Scope
	limits   Limits
	spent    Amount    // settled
	reserved Amount    // held by calls under way
	waiting  []*waiter // for what is reserved here to settle, in the order they came
	count    int64     // reservations of the tree so far; of its root only
}

// NewBudget returns a budget without parents.
func NewBudget(scope Scope, limits Limits) *Budget {
	return &Budget{mu: new(sync.Mutex), scope: scope, limits: limits}
}

// Child returns a budget that draws from p as well. Iterations are counted in
// the child alone, since a sidekick's calls are not its main agent's iterations;
// but a task counts those of its activations.
func (p *Budget) Child(scope Scope, limits Limits) *Budget {
	return &Budget{mu: p.mu, parent: p, scope: scope, limits: limits}
}

// Charge books what was used without having been held back: what a run had
// spent before it was resumed.
func (p *Budget) Charge(used Amount) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.each(used, func(q *Budget, a Amount) { q.spent = q.spent.Add(a) })
	p.wake()
}

// ChargeAlone is Charge for p alone: its parents have booked it already.
func (p *Budget) ChargeAlone(used Amount) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spent = p.spent.Add(used)
}

// above returns p's parent, and what an amount of p means to it.
func (p *Budget) above(a Amount) (*Budget, Amount) {
	if p.parent == nil || p.parent.scope != ScopeDelegation {
		a.Iterations = 0
	}
	if p.parent != nil && p.parent.scope == ScopeRun {
		a.Cost, a.Earlier = a.Cost-a.Earlier, 0
	}
	return p.parent, a
}

func (p *Budget) each(a Amount, f func(*Budget, Amount)) {
	for q, b := p, a; q != nil; q, b = q.above(b) {
		f(q, b)
	}
}

// short returns a resource of which p has not as much as a beside what is used.
func (p *Budget) short(used, a Amount) (Resource, bool) {
	after := used.Add(a)
	switch {
	case p.limits.Iterations > 0 && a.Iterations > 0 && after.Iterations > p.limits.Iterations:
		return ResourceIterations, true
	case p.limits.Cost > 0 && after.Cost > p.limits.Cost:
		return ResourceCost, true
	case p.limits.Tokens > 0 && after.Tokens > p.limits.Tokens:
		return ResourceTokens, true
	}
	return "", false
}

// Spent is what has been settled in p, by itself and its children.
func (p *Budget) Spent() Amount {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.spent
}

// Left is what p and its parents can afford beside what is held back; unlimited
// resources are -1.
func (p *Budget) Left() Amount {
	return p.left(func(q *Budget) Amount { return q.spent.Add(q.reserved) })
}

// Unspent is what p and its parents have not spent, whatever is held back;
// unlimited resources are -1. A call that costs more can never be made.
func (p *Budget) Unspent() Amount { return p.left(func(q *Budget) Amount { return q.spent }) }

func (p *Budget) left(used func(*Budget) Amount) Amount {
	p.mu.Lock()
	defer p.mu.Unlock()
	left := Amount{Iterations: -1, Cost: -1, Tokens: -1}
	for q := p; q != nil; q = q.parent {
		used := used(q)
		if q == p || q.scope == ScopeDelegation {
			left.Iterations = tighter(left.Iterations, q.limits.Iterations, used.Iterations)
		}
		left.Cost = tighter(left.Cost, q.limits.Cost, used.Cost)
		left.Tokens = tighter(left.Tokens, q.limits.Tokens, used.Tokens)
	}
	return left
}

func tighter[T ~int64](left, limit, used T) T {
	if limit <= 0 {
		return left
	}
	rest := max(0, limit-used)
	if left < 0 {
		return rest
	}
	return min(left, rest)
}

// Tightest is the resource of p itself of which the largest share is spent,
// and that share; a budget without limits returns "" and 0.
func (p *Budget) Tightest() (Resource, float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var tightest Resource
	var used float64
	for _, f := range []struct {
		resource     Resource
		spent, limit int64
	}{
		{ResourceIterations, p.spent.Iterations, p.limits.Iterations},
		{ResourceCost, int64(p.spent.Cost), int64(p.limits.Cost)},
		{ResourceTokens, p.spent.Tokens, p.limits.Tokens},
	} {
		if f.limit <= 0 {
			continue
		}
		if share := float64(f.spent) / float64(f.limit); tightest == "" || share > used {
			tightest, used = f.resource, share
		}
	}
	return tightest, used
}
