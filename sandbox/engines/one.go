package engines

import (
	"context"
	"errors"
	"sync"
	"time"

	"bench"
	"bench/sandbox"
)

// One is a pool of one engine, whose trials begin in the order of the plan. While the
// engine is gone they wait for it. It is safe for concurrent use.
type One struct {
	Machines
	outages Outages
	probing context.Context
	stop    context.CancelFunc
	probes  sync.WaitGroup

	mu   sync.Mutex
	away *outage // nil while the engine is there
}

// outage is a time in which the engine is gone.
type outage struct {
	done chan struct{} // closed when the engine is back, or patience at an end
	err  error         // of the latter
}

var (
	_ sandbox.Pool      = (*One)(nil)
	_ sandbox.Recoverer = (*One)(nil)
)

// NewOne returns a pool of an engine, which it closes.
func NewOne(m Machines, o Outages) *One {
	p := &One{Machines: m, outages: o}
	p.probing, p.stop = context.WithCancel(context.Background())
	return p
}

// creations is how often a sandbox is made on an engine that is there again at once.
const creations = 3

// Create implements sandbox.Pool.
func (p *One) Create(ctx context.Context, spec sandbox.Spec) (sandbox.Sandbox, error) {
	for n := 1; ; n++ {
		box, err := p.Machines.Create(ctx, spec)
		if err == nil || !errors.Is(err, sandbox.ErrUnreached) || ctx.Err() != nil || n == creations {
			return box, err
		}
		waited, err := p.wait(ctx)
		if err != nil {
			return nil, err
		}
		if waited {
			n = 0
		}
	}
}

// Gone implements sandbox.Recoverer: a machine may also be gone while its engine is there,
// as after a restart.
func (p *One) Gone(ctx context.Context, trial bench.TrialKey) bool {
	lost := p.Lost(trial)
	return p.outage(ctx) != nil || lost
}

// Again implements sandbox.Recoverer.
func (p *One) Again(ctx context.Context, _ bench.TrialKey) error {
	_, err := p.wait(ctx)
	return err
}

// wait waits for an engine that is gone, and reports whether it was.
func (p *One) wait(ctx context.Context) (waited bool, err error) {
	away := p.outage(ctx)
	if away == nil {
		return false, nil
	}
	select {
	case <-ctx.Done():
		return true, context.Cause(ctx)
	case <-away.done:
		return true, away.err
	}
}

// outage is the present one, or nil if the engine is there.
func (p *One) outage(ctx context.Context) *outage {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.away != nil {
		return p.away
	}
	gone := answers(ctx, p.Machines)
	if gone == nil || ctx.Err() != nil {
		return nil
	}
	p.away = &outage{done: make(chan struct{})}
	p.outages.Changed("", gone)
	p.probes.Go(func() { p.probe(gone) })
	return p.away
}

// probe waits until the engine is back, also when nobody waits for it any more.
func (p *One) probe(gone error) {
	patience := time.AfterFunc(p.outages.Patience, func() { p.over(gone) })
	defer patience.Stop()
	if !untilBack(p.probing, p.Machines) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.away.err == nil {
		close(p.away.done)
	}
	p.away = nil
	p.outages.Changed("", nil)
}

// over ends the waiting.
func (p *One) over(gone error) {
	p.mu.Lock()
	if p.away == nil {
		p.mu.Unlock()
		return
	}
	p.away.err = p.outages.over("", gone)
	close(p.away.done)
	err := p.away.err
	p.mu.Unlock()
	p.outages.Over(err)
}

// Close implements sandbox.Pool.
func (p *One) Close() error {
	p.stop()
	p.probes.Wait()
	return p.Machines.Close()
}
