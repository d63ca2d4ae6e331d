package bench_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"

	"bench"
)

func amount(iterations int64, cost bench.USD, tokens int64) bench.Amount {
	return bench.Amount{Iterations: iterations, Cost: cost, Tokens: tokens}
}

// reserve fails the test if the budget cannot afford a.
func reserve(t *testing.T, p *bench.Budget, a bench.Amount) *bench.Reservation {
	t.Helper()
	r, err := p.Reserve(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestBudgetReservesAndSettles(t *testing.T) {
	t.Parallel()
	p := bench.NewBudget(bench.ScopeTrial, bench.Limits{Iterations: 3, Cost: 100, Tokens: 1000})
	r := reserve(t, p, amount(1, 60, 600))
	if left := p.Left(); left != amount(2, 40, 400) {
		t.Errorf("left while reserved: %+v", left)
	}
	if spent := p.Spent(); spent != amount(0, 0, 0) {
		t.Errorf("spent while reserved: %+v", spent)
	}
	r.Settle(amount(1, 10, 100))
	r.Settle(amount(1, 10, 100)) // a second time counts nothing
	if left := p.Left(); left != amount(2, 90, 900) {
		t.Errorf("left after settling: %+v", left)
	}
	reserve(t, p, amount(0, 0, 0)).Settle(amount(1, 110, 0)) // billed more than allowed
	if spent, left := p.Spent(), p.Left(); spent != amount(2, 120, 100) || left != amount(1, 0, 900) {
		t.Errorf("overdrawn: spent %+v, left %+v", spent, left)
	}
}

func TestBudgetNamesWhatRanOut(t *testing.T) {
	t.Parallel()
	run := bench.NewBudget(bench.ScopeRun, bench.Limits{Cost: 1000})
	trial := run.Child(bench.ScopeTrial, bench.Limits{Cost: 500, Tokens: 100})
	agent := trial.Child(bench.ScopeAgent, bench.Limits{Iterations: 1})
	side := trial.Child(bench.ScopeActivation, bench.Limits{Cost: 50})
	for name, c := range map[string]struct {
		budget *bench.Budget
		a      bench.Amount
		want   bench.LimitError
	}{
		"iterations":      {agent, amount(2, 0, 0), bench.LimitError{Scope: bench.ScopeAgent, Resource: bench.ResourceIterations}},
		"innermost first": {side, amount(1, 2000, 200), bench.LimitError{Scope: bench.ScopeActivation, Resource: bench.ResourceCost}},
		"parent's tokens": {side, amount(1, 10, 200), bench.LimitError{Scope: bench.ScopeTrial, Resource: bench.ResourceTokens}},
		"trial's cost":    {agent, amount(1, 501, 0), bench.LimitError{Scope: bench.ScopeTrial, Resource: bench.ResourceCost}},
	} {
		_, err := c.budget.Reserve(t.Context(), c.a)
		var limit *bench.LimitError
		if !errors.As(err, &limit) || *limit != c.want {
			t.Errorf("%s: %v, want %v", name, err, &c.want)
		}
	}
	for _, p := range []*bench.Budget{run, trial, agent, side} { // refusals hold nothing
		if p.Spent() != (bench.Amount{}) {
			t.Errorf("%+v spent", p.Spent())
		}
	}
	if left := side.Left(); left != amount(-1, 50, 100) {
		t.Errorf("left of the activation: %+v", left)
	}
	if got := (&bench.LimitError{Scope: bench.ScopeRun, Resource: bench.ResourceWall}).Error(); got !=
		"wall limit of the run reached" {
		t.Error(got)
	}
}

// TestBudgetParents: cost and tokens are the parents' too, iterations are not.
func TestBudgetParents(t *testing.T) {
	t.Parallel()
	trial := bench.NewBudget(bench.ScopeTrial, bench.Limits{Iterations: 1, Cost: 100})
	side := trial.Child(bench.ScopeActivation, bench.Limits{})
	for range 5 {
		reserve(t, side, amount(1, 10, 7)).Settle(amount(1, 9, 7))
	}
	if trial.Spent() != amount(0, 45, 35) || side.Spent() != amount(5, 45, 35) {
		t.Errorf("trial %+v, sidekick %+v", trial.Spent(), side.Spent())
	}
	if left := side.Left(); left != amount(-1, 55, -1) {
		t.Errorf("left %+v", left)
	}
	reserve(t, trial, amount(1, 55, 0))
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := side.Reserve(ended, amount(0, 1, 0)); !errors.Is(err, context.Canceled) {
		t.Errorf("the sidekick drew what its trial had reserved: %v", err)
	}
}

// TestBudgetCannotBeOverdrawn: parallel children that settle no more than they
// reserved never bring a parent above its limit, and nothing is lost.
func TestBudgetCannotBeOverdrawn(t *testing.T) {
	t.Parallel()
	const limit = 100_000
	run := bench.NewBudget(bench.ScopeRun, bench.Limits{Cost: limit})
	var wg sync.WaitGroup
	var mu sync.Mutex
	var settled bench.USD
	for i := range uint64(8) {
		child := run.Child(bench.ScopeTrial, bench.Limits{Cost: limit / 3})
		wg.Go(func() {
			r := rand.New(rand.NewPCG(i, 5))
			for range 3000 {
				held := bench.USD(1 + r.Int64N(200))
				res, err := child.Reserve(t.Context(), amount(1, held, 0))
				if left := run.Left().Cost; left < 0 || left > limit {
					t.Errorf("left %d", left)
				}
				if err != nil {
					continue
				}
				used := bench.USD(r.Int64N(int64(held) + 1))
				res.Settle(amount(1, used, 0))
				mu.Lock()
				settled += used
				mu.Unlock()
			}
			if child.Spent().Cost > limit/3 {
				t.Errorf("a child spent %d", child.Spent().Cost)
			}
		})
	}
	wg.Wait()
	if spent := run.Spent().Cost; spent != settled || spent > limit || spent+run.Left().Cost != limit {
		t.Errorf("spent %d, settled %d, left %d", spent, settled, run.Left().Cost)
	}
}

func BenchmarkBudget(b *testing.B) {
	p := bench.NewBudget(bench.ScopeRun, bench.Limits{Cost: 1 << 60}).
		Child(bench.ScopeTrial, bench.Limits{Cost: 1 << 60}).
		Child(bench.ScopeAgent, bench.Limits{Iterations: 1 << 60})
	for b.Loop() {
		r, err := p.Reserve(b.Context(), amount(1, 100, 100))
		if err != nil {
			b.Fatal(err)
		}
		r.Settle(amount(1, 50, 50))
	}
}

// What was paid before the run counts for the limits of a trial and its agents, which are
// steered by them, and for no cent of the run's.
func TestBudgetOfWhatWasPaidEarlier(t *testing.T) {
	t.Parallel()
	run := bench.NewBudget(bench.ScopeRun, bench.Limits{Cost: 100})
	trial := run.Child(bench.ScopeTrial, bench.Limits{Cost: 80})
	side := trial.Child(bench.ScopeDelegation, bench.Limits{}).
		Child(bench.ScopeActivation, bench.Limits{Iterations: 3, Cost: 70})
	reserve(t, side, amount(1, 60, 10)).
		Settle(bench.Amount{Iterations: 1, Cost: 50, Earlier: 40, Tokens: 10})
	if s := side.Spent(); s.Cost != 50 || s.Iterations != 1 {
		t.Errorf("the activation: %+v", s)
	}
	if s := trial.Spent(); s.Cost != 50 {
		t.Errorf("the trial: %+v", s)
	}
	if s := run.Spent(); s.Cost != 10 || s.Earlier != 0 || s.Tokens != 10 {
		t.Errorf("the run: %+v", s)
	}
	if l := side.Lacks(amount(1, 21, 0)); l == nil || l.Scope != bench.ScopeActivation {
		t.Errorf("the activation's limit does not hold: %v", l)
	}
}
