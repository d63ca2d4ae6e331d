package engines

import (
	"context"
	"errors"
	"sync"

	"bench"
	"bench/sandbox"
)

// box is a sandbox on one of the engines. What it can do beyond the port is what that of
// its engine can do.
type box struct {
	sandbox.Sandbox
	once   sync.Once
	closed func()
}

var (
	_ sandbox.ImageNamer   = (*box)(nil)
	_ sandbox.NetworkNamer = (*box)(nil)
	_ sandbox.Reaching     = (*box)(nil)
	_ sandbox.Bounded      = (*box)(nil)
)

// Close implements sandbox.Sandbox.
func (b *box) Close(ctx context.Context) error {
	err := b.Sandbox.Close(ctx)
	b.once.Do(b.closed)
	return err
}

// Image implements sandbox.ImageNamer.
func (b *box) Image() bench.Image {
	named, ok := b.Sandbox.(sandbox.ImageNamer)
	if !ok {
		return bench.Image{}
	}
	return named.Image()
}

// Network implements sandbox.NetworkNamer.
func (b *box) Network() string {
	if named, ok := b.Sandbox.(sandbox.NetworkNamer); ok {
		return named.Network()
	}
	return ""
}

// Listen implements sandbox.Reaching.
func (b *box) Listen(ctx context.Context) (sandbox.Listener, error) {
	if r, ok := b.Sandbox.(sandbox.Reaching); ok {
		return r.Listen(ctx)
	}
	return nil, errors.New("processes in the sandbox cannot reach this program")
}

// OnFull implements sandbox.Bounded.
func (b *box) OnFull(f func()) (forget func()) {
	if bounded, ok := b.Sandbox.(sandbox.Bounded); ok {
		return bounded.OnFull(f)
	}
	return func() {}
}
