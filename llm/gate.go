package llm

import (
	"errors"
	"sync"
)

// gate closes with the first error that is ErrHopeless. All calls to a model
// pass it.
type gate struct {
	mu    sync.Mutex
	cause error
}

// err is why the gate is closed, nil while it is open.
func (g *gate) err() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.cause
}

// shut closes the gate if err is hopeless, tells the one who wants to know, once,
// and returns err.
func (g *gate) shut(err error, tell func(error)) error {
	if !errors.Is(err, ErrHopeless) {
		return err
	}
	g.mu.Lock()
	first := g.cause == nil
	if first {
		g.cause = err
	}
	g.mu.Unlock()
	if first && tell != nil {
		tell(err)
	}
	return err
}
