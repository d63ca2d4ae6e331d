package main

import (
	"testing"
	"time"

	"bench"
	"bench/results/resultstest"
	"bench/results/storetest"
	"bench/sandbox"
)

// paced is a pool that keeps what it is told.
type paced struct {
	sandbox.Pool
	takes map[string]time.Duration
}

// Pace implements sandbox.Pacer.
func (p *paced) Pace(takes map[string]time.Duration) { p.takes = takes }

// TestLongestFirst: what trials of earlier runs took, the longest of a configuration on each
// task, is expected of all that are planned; of other tasks what their configurations take,
// and of other configurations nothing.
func TestLongestFirst(t *testing.T) {
	t.Parallel()
	spec := resultstest.Spec{RunID: "earlier", Tasks: 3, Seed: 1}
	s := storetest.Stored(t, spec)
	measured, err := s.Measured(t.Context(), "earlier")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]time.Duration{}
	var plan []bench.Trial
	for _, m := range measured {
		for attempt := 1; attempt <= 2; attempt++ {
			key := m.Key
			key.Attempt = attempt
			plan = append(plan, bench.Trial{Key: key})
			want[key.InstanceID] += *m.Took
		}
	}
	plan = append(plan, bench.Trial{Key: bench.TrialKey{Configuration: "new", InstanceID: "unknown"}})
	pool := &paced{}
	if err := (&work{store: s}).longestFirst(t.Context(), pool, plan); err != nil {
		t.Fatal(err)
	}
	for id, d := range want {
		if pool.takes[id] != d || d == 0 {
			t.Errorf("%s takes %v, want %v", id, pool.takes[id], d)
		}
	}
	if pool.takes["unknown"] != 0 {
		t.Errorf("%v of what nothing is known of", pool.takes["unknown"])
	}
}
