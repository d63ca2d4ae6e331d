package runner

import (
	"context"

	"bench"
	"bench/sandbox"
)

// place records on which machine the trial's sandbox of a phase is, unless that of the
// phase before is known to be on the same one.
func (t *trial) place(ctx context.Context, phase bench.Phase) error {
	pool, ok := t.executor.Pool.(sandbox.Hosting)
	if !ok {
		return nil
	}
	engine, host, ok := pool.Host(t.Key)
	if !ok {
		return nil
	}
	now := bench.TrialPlaced{Phase: phase, Engine: engine, Host: host}
	if t.placed.Engine == now.Engine && t.placed.Host == now.Host {
		return nil
	}
	t.placed = now
	return t.record.Record(ctx, now)
}
