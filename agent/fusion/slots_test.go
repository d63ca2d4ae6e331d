package fusion

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// In a thousand random interleavings no more than the slots are used, who asked
// first is served first, and who gives up, before or after, holds nobody up.
func TestSlots(t *testing.T) {
	t.Parallel()
	for seed := range uint64(1000) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(7, seed))
			free := 1 + rng.IntN(4)
			s := &Slots{free: free}
			var mu sync.Mutex
			used, served := 0, []int{}
			var all sync.WaitGroup
			for i := range 12 {
				p := s.enqueue()
				patience := time.Duration(rng.IntN(40)) * time.Second
				work := time.Duration(rng.IntN(10)) * time.Second
				all.Go(func() {
					ctx, cancel := context.WithTimeout(t.Context(), patience)
					defer cancel()
					defer p.leave()
					if p.wait(ctx) != nil {
						return
					}
					mu.Lock()
					if used++; used > free {
						t.Errorf("seed %d: %d of %d slots", seed, used, free)
					}
					served = append(served, i)
					mu.Unlock()
					time.Sleep(work)
					mu.Lock()
					used--
					mu.Unlock()
					p.leave() // again, later, by the deferred call
				})
				synctest.Wait()
			}
			all.Wait()
			if s.free != free || len(s.queue) != 0 {
				t.Errorf("seed %d: %d of %d slots are free", seed, s.free, free)
			}
			if free == 1 && !slices.IsSorted(served) {
				t.Errorf("seed %d: served in the order %v", seed, served)
			}
		})
	}
}
