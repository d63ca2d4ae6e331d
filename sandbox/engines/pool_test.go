package engines

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bench"
	"bench/sandbox"
)

// machines is an engine of a test.
type machines struct {
	Machines
	mu    sync.Mutex
	open  int
	most  int
	down  bool
	swept int
	lost  bool
}

var errDown = errors.New("connection refused")

func (m *machines) Create(context.Context, sandbox.Spec) (sandbox.Sandbox, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down {
		return nil, fmt.Errorf("%w: %w", sandbox.ErrUnreached, errDown)
	}
	m.open++
	m.most = max(m.most, m.open)
	return &fakeBox{m: m}, nil
}

func (m *machines) Version(context.Context) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down {
		return "", errDown
	}
	return "1", nil
}

func (m *machines) Sweep(context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.swept++
	return nil
}

func (m *machines) Lost(bench.TrialKey) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	was := m.lost
	m.lost = false
	return was
}

func (m *machines) setDown(down bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.down = down
}

func (m *machines) Ended(bench.TrialKey) {}
func (m *machines) Close() error         { return nil }

type fakeBox struct {
	sandbox.Sandbox
	m *machines
}

func (b *fakeBox) Close(context.Context) error {
	b.m.mu.Lock()
	defer b.m.mu.Unlock()
	b.m.open--
	return nil
}

// TestSlots: sandboxes of no plan, as those of bench verify, keep to what engines take, and
// whoever gives up waiting leaves nothing behind.
func TestSlots(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := &machines{}, &machines{}
		p := New([]Engine{{Name: "a", Max: 1, Pool: a}, {Name: "b", Max: 2, Pool: b}}, Outages{})
		defer p.Close()
		var all sync.WaitGroup
		for n := range 30 {
			all.Go(func() {
				ctx := t.Context()
				if n%5 == 4 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, time.Duration(n)*time.Second)
					defer cancel()
				}
				box, err := p.Create(ctx, sandbox.Spec{
					Trial: bench.TrialKey{InstanceID: fmt.Sprint(n % 7), Attempt: n},
				})
				if err != nil {
					return
				}
				time.Sleep(10 * time.Second)
				if err := box.Close(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if a.most != 1 || b.most != 2 || a.open+b.open != 0 {
			t.Errorf("%+v %+v", a, b)
		}
		for at, place := range p.placement.places {
			if place.busy != 0 || len(p.placement.queue) != 0 || len(p.slots) != 0 {
				t.Errorf("%d: %+v, %v, %v", at, place, p.placement.queue, p.slots)
			}
		}
	})
}

// TestGoneAndBack: an engine that does not answer gets no trials, and is swept before it
// gets some again.
func TestGoneAndBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := &machines{}, &machines{}
		var said []string
		p := New([]Engine{{Name: "a", Max: 1, Pool: a}, {Name: "b", Max: 1, Pool: b}}, Outages{Changed: func(name string, gone error) {
			said = append(said, fmt.Sprint(name, " ", gone))
		}})
		defer p.Close()
		key := func(n int) bench.TrialKey { return bench.TrialKey{InstanceID: "i", Attempt: n} }
		p.placement.add(key(1))
		p.planned[key(1)] = true
		first, err := p.Next(t.Context())
		if err != nil || first != key(1) || p.Gone(t.Context(), first) {
			t.Fatal(first, err)
		}
		a.setDown(true)
		if !p.Gone(t.Context(), first) {
			t.Error("an engine that does not answer is there")
		}
		if err := p.Again(t.Context(), first); err != nil || p.slots[first] != 1 {
			t.Error(err, p.slots)
		}
		a.setDown(false)
		time.Sleep(2 * probeEvery)
		p.Ended(first)
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.placement.places[0].gone || a.swept != 1 || fmt.Sprint(said) !=
			"[a connection refused a <nil>]" {
			t.Errorf("%+v, swept %d, %q", p.placement.places, a.swept, said)
		}
		for _, place := range p.placement.places {
			if place.busy != 0 {
				t.Errorf("%+v", p.placement.places)
			}
		}
	})
}

// TestAllGone: trials wait while no engine is there, and patience ends.
func TestAllGone(t *testing.T) {
	t.Parallel()
	for _, back := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			a, b := &machines{down: true}, &machines{down: true}
			var over []error
			p := New([]Engine{{Name: "a", Max: 1, Pool: a}, {Name: "b", Max: 1, Pool: b}}, Outages{
				Patience: time.Minute, Changed: func(string, error) {},
				Over: func(err error) { over = append(over, err) },
			})
			defer p.Close()
			for i := range 2 {
				key := bench.TrialKey{InstanceID: fmt.Sprint(i)}
				p.placement.add(key)
				p.planned[key] = true
				if _, err := p.Next(t.Context()); err != nil || !p.Gone(t.Context(), key) {
					t.Error(key, err)
				}
			}
			time.Sleep(30 * time.Second)
			b.setDown(!back)
			time.Sleep(time.Minute)
			synctest.Wait()
			if back != (len(over) == 0) || !back && !errors.Is(over[0], sandbox.ErrLost) {
				t.Errorf("back: %t, over: %v", back, over)
			}
		})
	}
}
