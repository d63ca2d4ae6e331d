package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"

	"bench"
	"bench/sandbox"
)

// lost are the trials of which a container has ended, or was cut off, by nothing that ran
// in it: nothing can end the first process from inside, but for want of memory.
type lost struct {
	mu     sync.Mutex
	trials map[bench.TrialKey]bool
}

func (l *lost) note(trial bench.TrialKey) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.trials == nil {
		l.trials = map[bench.TrialKey]bool{}
	}
	l.trials[trial] = true
}

// take reports whether a trial is one of them, and forgets it.
func (l *lost) take(trial bench.TrialKey) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	was := l.trials[trial]
	delete(l.trials, trial)
	return was
}

// Lost reports whether a container of a trial has ended, or was cut off, by nothing that
// ran in it, since it was last asked.
func (p *Pool) Lost(trial bench.TrialKey) bool { return p.lost.take(trial) }

// Ended implements sandbox.Planner.
func (p *Pool) Ended(trial bench.TrialKey) {
	p.lost.take(trial)
	p.Store.Ended(trial)
}

// unreached marks an error as sandbox.ErrUnreached if it says that the engine did not
// answer. ctx is that of whoever asked.
func unreached(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	var network *net.OpError
	if client.IsErrConnectionFailed(err) || errors.As(err, &network) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", sandbox.ErrUnreached, err)
	}
	return err
}

// attachTime is how long the engine may take to connect a stream.
const attachTime = 2 * time.Minute

// attach connects a stream to the first process of a container. The client waits without
// end for an engine that takes a connection and says nothing.
func (b *box) attach(ctx context.Context) (types.HijackedResponse, error) {
	type attached struct {
		conn types.HijackedResponse
		err  error
	}
	ctx, cancel := context.WithTimeout(ctx, attachTime)
	defer cancel()
	done := make(chan attached)
	go func() { // ends when the engine answers, or its connection ends
		conn, err := b.pool.engine.ContainerAttach(ctx, b.id, container.AttachOptions{
			Stream: true, Stdin: true, Stdout: true, Stderr: true,
		})
		select {
		case done <- attached{conn, err}:
		case <-ctx.Done():
			if err == nil {
				conn.Close()
			}
		}
	}()
	select {
	case a := <-done:
		return a.conn, a.err
	case <-ctx.Done():
		return types.HijackedResponse{}, context.Cause(ctx)
	}
}
