package cache

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

func byLength(k, v string) int64 { return int64(len(v)) }

func TestGetAndDelete(t *testing.T) {
	c := New[string, int](2)
	c.Set("a", 1)
	if v, ok := c.Get("a"); !ok || v != 1 {
		t.Errorf("Get(a) = %d, %t", v, ok)
	}
	if !c.Delete("a") || c.Delete("a") {
		t.Error("want the first Delete to find the key and the second not to")
	}
	if _, ok := c.Get("a"); ok {
		t.Error("a deleted key is still there")
	}
}

func TestEvictsLeastRecentlyUsed(t *testing.T) {
	c := New[string, int](2)
	c.Set("a", 1)
	c.Set("b", 2)
	c.Get("a")
	c.Set("c", 3)
	if got, want := c.Keys(), []string{"c", "a"}; !slices.Equal(got, want) {
		t.Errorf("keys %v, want %v", got, want)
	}
}

func TestPeekKeepsTheOrder(t *testing.T) {
	c := New[string, int](2)
	c.Set("a", 1)
	c.Set("b", 2)
	c.Peek("a")
	c.Set("c", 3)
	if _, ok := c.Peek("a"); ok {
		t.Error("Peek made a recently used")
	}
}

func TestWeightOfDistinctKeys(t *testing.T) {
	c := New(10, Weigh(byLength))
	c.Set("a", "12345")
	c.Set("b", "12345")
	c.Set("c", "123456")
	if got := c.Keys(); !slices.Equal(got, []string{"c"}) || c.Weight() != 6 {
		t.Errorf("keys %v, weight %d, want [c], 6", got, c.Weight())
	}
}

func TestTooHeavyIsNotStored(t *testing.T) {
	c := New(4, Weigh(byLength))
	c.Set("a", "123")
	if c.Set("a", "12345") {
		t.Error("Set accepted more than the capacity")
	}
	if _, ok := c.Get("a"); ok || c.Weight() != 0 {
		t.Errorf("the old value is still there, weight %d", c.Weight())
	}
}

func TestExpiry(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := New(4, Clock[string, int](func() time.Time { return now }))
	c.SetFor("a", 1, time.Minute)
	now = now.Add(59 * time.Second)
	if _, ok := c.Get("a"); !ok {
		t.Error("expired a second early")
	}
	now = now.Add(time.Second)
	if _, ok := c.Get("a"); ok {
		t.Error("lives on after its time")
	}
	if s := c.Stats(); s.Expiries != 1 || s.HitRate() != 0.5 {
		t.Errorf("stats %+v", s)
	}
}

func TestConcurrentUse(t *testing.T) {
	c := New[string, int](8)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range 500 {
				c.Set(fmt.Sprint(g, "-", i%16), i)
				c.Get(fmt.Sprint((g+1)%4, "-", i%16))
			}
		}()
	}
	wg.Wait()
	if c.Len() != 8 || c.Weight() != 8 {
		t.Errorf("len %d, weight %d, want 8, 8", c.Len(), c.Weight())
	}
}
