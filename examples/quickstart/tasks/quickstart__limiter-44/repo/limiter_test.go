package limiter

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"example.com/limiter/clock"
)

func start() *clock.Manual {
	return clock.NewManual(time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC))
}

func TestAllowSpendsTheBurst(t *testing.T) {
	b := New(10, 5, start())
	for i := range 5 {
		if !b.Allow(1) {
			t.Fatalf("token %d of 5 refused", i+1)
		}
	}
	if b.Allow(1) {
		t.Error("a sixth token of five")
	}
}

func TestRefillStopsAtTheBurst(t *testing.T) {
	c := start()
	b := New(10, 5, c)
	b.Allow(5)
	c.Advance(200 * time.Millisecond)
	if got := b.Tokens(); got != 2 {
		t.Errorf("%g tokens after 200 ms, want 2", got)
	}
	c.Advance(time.Hour)
	if got := b.Tokens(); got != 5 {
		t.Errorf("%g tokens after an hour, want 5", got)
	}
}

func TestWaitSleepsAsLongAsNeeded(t *testing.T) {
	c := start()
	b := New(10, 5, c)
	for range 3 {
		if err := b.Wait(context.Background(), 4); err != nil {
			t.Fatal(err)
		}
	}
	want := []time.Duration{300 * time.Millisecond, 400 * time.Millisecond}
	if !slices.Equal(c.Sleeps, want) {
		t.Errorf("slept %v, want %v", c.Sleeps, want)
	}
}

func TestWaitStopsWithTheContext(t *testing.T) {
	c := start()
	b := New(10, 5, c)
	b.Allow(5)
	ctx, cancel := context.WithCancel(context.Background())
	c.OnSleep = cancel
	if err := b.Wait(ctx, 3); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestGroupKeepsKeysApart(t *testing.T) {
	g := NewGroup(10, 2, start())
	if !g.Allow("a", 2) || g.Allow("a", 1) || !g.Allow("b", 2) {
		t.Error("keys share a bucket")
	}
}

func TestGroupPrune(t *testing.T) {
	c := start()
	g := NewGroup(10, 2, c)
	g.Allow("a", 2)
	c.Advance(100 * time.Millisecond)
	g.Allow("b", 2)
	c.Advance(100 * time.Millisecond)
	if left := g.Prune(); left != 1 {
		t.Errorf("%d keys left, want b alone", left)
	}
}
