// Package clock lets time be replaced in tests.
package clock

import (
	"context"
	"errors"
	"time"
)

// Clock tells the time and waits.
type Clock interface {
	Now() time.Time
	// Sleep waits for d, or returns the context's error if that is done first.
	Sleep(ctx context.Context, d time.Duration) error
}

// System is the machine's clock.
type System struct{}

// Now is time.Now.
func (System) Now() time.Time { return time.Now() }

// Sleep waits for d or for the end of ctx.
func (System) Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ErrEndless reports that somebody slept more often than Manual puts up with.
var ErrEndless = errors.New("slept too often")

const maxSleeps = 100

// Manual is a clock that moves only when somebody sleeps or Advance is called.
// It is for use by one goroutine.
type Manual struct {
	now     time.Time
	Sleeps  []time.Duration
	OnSleep func() // called at the end of every sleep
}

// NewManual returns a clock that stands at now.
func NewManual(now time.Time) *Manual { return &Manual{now: now} }

// Now is where the clock stands.
func (m *Manual) Now() time.Time { return m.now }

// Advance moves the clock.
func (m *Manual) Advance(d time.Duration) { m.now = m.now.Add(d) }

// Sleep moves the clock by d at once.
func (m *Manual) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(m.Sleeps) == maxSleeps {
		return ErrEndless
	}
	m.Sleeps = append(m.Sleeps, d)
	m.Advance(d)
	if m.OnSleep != nil {
		m.OnSleep()
	}
	return ctx.Err()
}
