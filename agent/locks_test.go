package agent_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bench/agent"
)

func lock(name string, m agent.Mode) agent.Lock { return agent.Lock{Name: name, Mode: m} }

// Requests are granted first come, first served; only shared modes share.
func TestLocksOrder(t *testing.T) {
	t.Parallel()
	var l agent.Locks
	held := func(h *agent.Hold) bool {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errors.New("no time"))
		return h.Wait(ctx) == nil
	}
	work1 := l.Enqueue(lock("ws", agent.Working), lock("f", agent.Exclusive))
	work2 := l.Enqueue(lock("ws", agent.Working), lock("g", agent.Exclusive))
	copy1 := l.Enqueue(lock("ws", agent.Reading))
	work3 := l.Enqueue(lock("ws", agent.Working))
	other := l.Enqueue(lock("h", agent.Exclusive))
	if !held(work1) || !held(work2) || !held(other) {
		t.Error("a request that nothing stands in the way of waits")
	}
	work1.Release()
	work2.Release()
	if !held(copy1) {
		t.Error("the copy does not get its turn")
	}
	if held(work3) {
		t.Error("work goes on while a copy is made")
	}
	copy1.Release()
	again := l.Enqueue(lock("ws", agent.Exclusive)) // work3 has given up
	if !held(again) {
		t.Error("who gave up still stands in the way")
	}
	again.Release()
	again.Release()
}

// Under random load nobody holds what excludes another, and everybody is
// served in the end.
func TestLocksExclude(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var l agent.Locks
		var mu sync.Mutex
		holders := map[string]map[agent.Mode]int{"a": {}, "b": {}, "c": {}}
		modes := []agent.Mode{agent.Exclusive, agent.Reading, agent.Working}
		var all sync.WaitGroup
		for i := range 300 {
			rng := rand.New(rand.NewPCG(1, uint64(i)))
			all.Go(func() {
				time.Sleep(time.Duration(rng.IntN(1000)) * time.Millisecond)
				var want []agent.Lock
				for _, name := range []string{"c", "a", "b"} {
					if rng.IntN(2) == 0 {
						want = append(want, lock(name, modes[rng.IntN(3)]))
					}
				}
				h := l.Enqueue(want...)
				defer h.Release()
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rng.IntN(60))*time.Second)
				defer cancel()
				if h.Wait(ctx) != nil {
					return
				}
				change := func(n int) {
					mu.Lock()
					defer mu.Unlock()
					for _, w := range want {
						holders[w.Name][w.Mode] += n
						shared := 0
						for m, k := range holders[w.Name] {
							if k > 0 {
								shared++
							}
							if m == agent.Exclusive && k > 1 || shared > 1 {
								t.Errorf("%s is held as %v", w.Name, holders[w.Name])
							}
						}
					}
				}
				change(1)
				time.Sleep(time.Duration(rng.IntN(100)) * time.Millisecond)
				change(-1)
			})
		}
		all.Wait()
		if h := l.Enqueue(lock("a", agent.Exclusive), lock("b", agent.Exclusive)); h.Wait(t.Context()) != nil {
			t.Error("something is still held")
		}
	})
}

func TestLocksSwap(t *testing.T) {
	t.Parallel()
	var l agent.Locks
	h := l.Enqueue(lock("a", agent.Exclusive))
	waiting := l.Enqueue(lock("a", agent.Exclusive))
	if err := h.Swap(t.Context(), lock("b", agent.Exclusive)); err != nil {
		t.Fatal(err)
	}
	if waiting.Wait(t.Context()) != nil {
		t.Error("the old lock was not given back")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if l.Enqueue(lock("b", agent.Exclusive)).Wait(ctx) == nil {
		t.Error("the new lock was not taken")
	}
}
