package engines

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bench"
	"bench/sandbox"
)

// one is a pool of one engine, and what it has said once nothing goes on any more.
func one(t *testing.T, m *machines) (p *One, said func() []string) {
	var mu sync.Mutex
	var all []string
	say := func(text string) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, text)
	}
	p = NewOne(m, Outages{
		Patience: time.Minute,
		Changed:  func(_ string, gone error) { say(fmt.Sprint("gone: ", gone)) },
		Over:     func(err error) { say("over: " + err.Error()) },
	})
	t.Cleanup(func() { p.Close() })
	return p, func() []string {
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		return all
	}
}

// TestWaitsForOne: sandboxes are made when the engine is back, which is swept before.
func TestWaitsForOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &machines{down: true}
		p, said := one(t, m)
		time.AfterFunc(20*time.Second, func() { m.setDown(false) })
		begin := time.Now()
		box, err := p.Create(t.Context(), sandbox.Spec{})
		if err != nil {
			t.Fatal(err)
		}
		box.Close(t.Context())
		if d := time.Since(begin); d < 20*time.Second || d > 40*time.Second || m.swept != 1 {
			t.Errorf("after %s, swept %d times", d, m.swept)
		}
		if got := fmt.Sprint(said()); got != "[gone: connection refused gone: <nil>]" {
			t.Error(got)
		}
	})
}

// TestPatienceWithOne: who waits, and who comes later, is told when patience ends, until the
// engine is back.
func TestPatienceWithOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &machines{down: true}
		p, said := one(t, m)
		begin := time.Now()
		for range 2 {
			_, err := p.Create(t.Context(), sandbox.Spec{})
			if !errors.Is(err, sandbox.ErrUnreached) || !strings.Contains(err.Error(), "for 1m0s") {
				t.Error(err)
			}
		}
		if d := time.Since(begin); d != time.Minute {
			t.Errorf("they waited %s", d)
		}
		m.setDown(false)
		time.Sleep(time.Minute)
		if _, err := p.Create(t.Context(), sandbox.Spec{}); err != nil {
			t.Error(err)
		}
		if got := said(); len(got) != 3 || !strings.HasPrefix(got[1], "over: ") {
			t.Errorf("%q", got)
		}
	})
}

// TestCancelledWait: nobody is kept from leaving.
func TestCancelledWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _ := one(t, &machines{down: true})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := p.Create(ctx, sandbox.Spec{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}

// TestGoneWithOne: a trial is taken up again if the engine is away, or was.
func TestGoneWithOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &machines{}
		p, _ := one(t, m)
		var key bench.TrialKey
		gone := func() bool { return p.Gone(t.Context(), key) }
		if gone() {
			t.Error("the engine is there, and nothing is lost")
		}
		m.lost = true
		if !gone() || gone() {
			t.Error("a sandbox is lost, once")
		}
		m.setDown(true)
		if !gone() {
			t.Error("the engine is away")
		}
		time.AfterFunc(time.Second/2, func() { m.setDown(false) })
		if err := p.Again(t.Context(), key); err != nil || gone() {
			t.Error("the engine is back", err)
		}
	})
}
