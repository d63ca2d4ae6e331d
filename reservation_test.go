package bench_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bench"
)

// What others hold back is waited for; what is spent is not.
func TestReserveWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		run := bench.NewBudget(bench.ScopeRun, bench.Limits{Cost: 100})
		a, b := run.Child(bench.ScopeTrial, bench.Limits{}), run.Child(bench.ScopeTrial, bench.Limits{})
		first := reserve(t, a, amount(1, 80, 0))
		begin := time.Now()
		go func() {
			time.Sleep(time.Minute)
			first.Settle(amount(1, 5, 0))
		}()
		second := reserve(t, b, amount(1, 80, 0))
		if waited := time.Since(begin); waited != time.Minute {
			t.Errorf("waited %v", waited)
		}
		second.Settle(amount(1, 60, 0))
		var limit *bench.LimitError
		if _, err := a.Reserve(t.Context(), amount(1, 36, 0)); !errors.As(err, &limit) ||
			limit.Scope != bench.ScopeRun {
			t.Errorf("65 of 100 are spent, 36 more: %v", err)
		}
	})
}

// Those who wait are served in the order they came, so that a large call is not
// overtaken for ever by small ones; and one that leaves lets the others pass.
func TestReserveIsFair(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		run := bench.NewBudget(bench.ScopeRun, bench.Limits{Cost: 100})
		held := reserve(t, run, amount(0, 50, 0))
		var order []string
		var mu sync.Mutex
		ask := func(ctx context.Context, name string, cost bench.USD) {
			r, err := run.Reserve(ctx, amount(0, cost, 0))
			if err != nil {
				name += " left"
			}
			mu.Lock()
			order = append(order, name)
			mu.Unlock()
			if err == nil {
				r.Settle(amount(0, 0, 0))
			}
		}
		var all sync.WaitGroup
		leaves, leave := context.WithCancel(t.Context())
		for _, c := range []struct {
			ctx  context.Context
			name string
			cost bench.USD
		}{{leaves, "impatient", 90}, {t.Context(), "large", 80}, {t.Context(), "small", 30}} {
			all.Go(func() { ask(c.ctx, c.name, c.cost) })
			synctest.Wait() // so that they come in order
		}
		leave()
		synctest.Wait()
		held.Settle(amount(0, 0, 0))
		all.Wait()
		if got := fmt.Sprint(order); got != "[impatient left large small]" {
			t.Errorf("served in the order %v", got)
		}
	})
}

// A thousand interleavings of trials with parallel agents, on a virtual clock:
// no limit is passed, nobody waits for ever (synctest would say so), and nobody
// is refused what is not spent.
func TestReserveInterleavings(t *testing.T) {
	t.Parallel()
	for seed := range uint64(1000) {
		synctest.Test(t, func(t *testing.T) { interleave(t, seed) })
	}
}

func interleave(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 3))
	runLimit := bench.USD(2000 + r.Int64N(20_000))
	run := bench.NewBudget(bench.ScopeRun, bench.Limits{Cost: runLimit})
	var all sync.WaitGroup
	for range 2 + r.IntN(6) {
		trialLimit := bench.USD(500 + r.Int64N(4000))
		trial := run.Child(bench.ScopeTrial, bench.Limits{Cost: trialLimit})
		for range 1 + r.IntN(8) {
			agent := trial.Child(bench.ScopeActivation, bench.Limits{Iterations: 20})
			own := rand.New(rand.NewPCG(r.Uint64(), 4))
			all.Go(func() { spend(t, agent, trial, run, trialLimit, runLimit, own) })
		}
	}
	all.Wait()
	if spent := run.Spent().Cost; spent > runLimit {
		t.Errorf("seed %d: the run spent %d of %d", seed, spent, runLimit)
	}
}

// spend makes calls until a budget refuses one, which must then be right.
func spend(
	t *testing.T, agent, trial, run *bench.Budget, trialLimit, runLimit bench.USD, r *rand.Rand,
) {
	for range 30 {
		worst := bench.USD(1 + r.Int64N(400))
		hold, err := agent.Reserve(t.Context(), amount(1, worst, 0))
		var limit *bench.LimitError
		if errors.As(err, &limit) {
			var spent, most bench.USD
			switch {
			case limit.Resource == bench.ResourceIterations:
				return
			case limit.Scope == bench.ScopeTrial:
				spent, most = trial.Spent().Cost, trialLimit
			default:
				spent, most = run.Spent().Cost, runLimit
			}
			if spent+worst <= most {
				t.Errorf("%v, but %d + %d of %d are spent", limit, spent, worst, most)
			}
			return
		}
		if err != nil {
			t.Error(err)
			return
		}
		time.Sleep(time.Duration(r.Int64N(int64(time.Minute))))
		hold.Settle(amount(1, bench.USD(r.Int64N(int64(worst)+1)), 0))
	}
}
