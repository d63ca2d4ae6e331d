package engines

import (
	"context"
	"fmt"
	"time"

	"bench/sandbox"
)

// Outages say what comes of engines that are gone.
type Outages struct {
	// Patience is how long trials wait while no engine is there.
	Patience time.Duration
	// Changed is told when an engine is gone, and that it is back (nil).
	Changed func(engine string, gone error)
	// Over is told when patience is at an end, and why the engines are gone.
	Over func(error)
}

// over is the error that trials get when they have waited long enough.
func (o *Outages) over(engine string, gone error) error {
	if engine != "" {
		engine = " " + engine
	}
	return fmt.Errorf("%w: the engine%s has not answered for %s (sandbox.outage_patience): %w",
		sandbox.ErrUnreached, engine, o.Patience, gone)
}

// answers fails where an engine does not answer.
func answers(ctx context.Context, m Machines) error {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	_, err := m.Version(ctx)
	return err
}

// untilBack waits until an engine answers, and removes what was left on it; what cannot be
// removed is left to the next run. It is asked ever more rarely. The result is false if ctx
// ends before.
func untilBack(ctx context.Context, m Machines) bool {
	for wait := time.Second; ; wait = min(2*wait, probeEvery) {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(wait):
		}
		if answers(ctx, m) == nil {
			_ = m.Sweep(ctx)
			return ctx.Err() == nil
		}
	}
}
