package helper

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"bench/sandbox"
)

// call is the client's side of one command or archive.
type call struct {
	client *Client
	id     uint32
	out    *inbox  // what comes
	in     *outbox // what goes

	opened chan struct{} // closed by kindOpened
	where  string        // that said
	conns  chan *call    // of a listener: those that it accepted and nobody has taken
	done   chan struct{} // closed when exit and err are set
	exit   exit
	err    error // the machine's, never the command's

	mu    sync.Mutex
	cause error       // why the caller's context ended, if it did
	stop  func() bool // ends the watch on that context
}

var _ sandbox.Process = (*call)(nil)

func newCall(c *Client, id uint32) *call {
	call := &call{client: c, id: id, opened: make(chan struct{}), done: make(chan struct{})}
	call.out = newInbox(func(n int) {
		call.send(kindCredit, binary.BigEndian.AppendUint32(nil, uint32(n)))
	})
	call.in = newOutbox(func(p []byte) error { return call.send(kindData, p) })
	return call
}

func (p *call) send(k kind, data []byte) error {
	err := p.client.w.send(frame{k, p.id, data})
	if err != nil {
		p.client.fail(fmt.Errorf("%w: %w", sandbox.ErrLost, err))
		return p.client.lost()
	}
	return nil
}

// watch kills the call when ctx ends.
func (p *call) watch(ctx context.Context) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stop = context.AfterFunc(ctx, func() {
		p.mu.Lock()
		p.cause = context.Cause(ctx)
		p.mu.Unlock()
		p.Kill()
	})
	select {
	case <-p.done: // before there was a watch to end
		p.stop()
	default:
	}
}

// receive takes a frame of the call. It must not block.
func (p *call) receive(f frame) error {
	switch f.kind {
	case kindData:
		p.out.put(f.data)
	case kindCredit:
		if len(f.data) != 4 {
			return errors.New("malformed credit")
		}
		p.in.add(int(binary.BigEndian.Uint32(f.data)))
	case kindBroken:
		p.in.close(errors.New("write to command: it no longer reads its input"))
	case kindOpened:
		select {
		case <-p.opened:
		default:
			p.where = string(f.data)
			close(p.opened)
		}
	case kindEnd:
		p.out.end(io.EOF)
	case kindExit:
		e, err := parseExit(f.data)
		if err != nil {
			return err
		}
		p.end(e, nil)
	default:
		return fmt.Errorf("unexpected frame %d", f.kind)
	}
	return nil
}

// end is called once: by the exit frame, or with err when the stream fails.
func (p *call) end(e exit, err error) {
	p.mu.Lock()
	if err == nil && p.cause != nil {
		err = p.cause
	}
	if p.stop != nil {
		p.stop()
	}
	p.exit, p.err = e, err
	close(p.done)
	p.mu.Unlock()
	if err == nil {
		err = io.EOF
	}
	p.out.end(err)
	p.in.close(errors.New("write to command: it has ended"))
}

// Read implements io.Reader.
func (p *call) Read(b []byte) (int, error) { return p.out.Read(b) }

// Write implements io.Writer.
func (p *call) Write(b []byte) (int, error) { return p.in.Write(b) }

// CloseInput ends the command's standard input.
func (p *call) CloseInput() error {
	p.in.close(errors.New("write to command: input is closed"))
	return p.unlessDone(kindEnd, nil)
}

// Signal sends the signal of that name, without SIG, to the process group.
func (p *call) Signal(name string) error {
	return p.unlessDone(kindSignal, []byte(name))
}

func (p *call) unlessDone(k kind, data []byte) error {
	select {
	case <-p.done:
		return p.machine()
	default:
		return p.send(k, data)
	}
}

// Kill kills the process tree and returns once it is gone. It is no error if
// the command has ended by itself.
func (p *call) Kill() error {
	if err := p.unlessDone(kindKill, nil); err != nil {
		return err
	}
	timer := time.NewTimer(p.client.timing.kill)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-timer.C:
		p.client.fail(fmt.Errorf("%w: kill not answered in %v", sandbox.ErrLost, p.client.timing.kill))
	}
	return p.machine()
}

// machine returns the error of a machine that failed the call.
func (p *call) machine() error {
	<-p.done
	if errors.Is(p.err, sandbox.ErrLost) {
		return p.err
	}
	if p.exit.fault == faultSurvivor {
		return fmt.Errorf("%w: %w", sandbox.ErrLost, p.exit.err())
	}
	return nil
}

// Wait returns how the command ended. The error is sandbox.ErrLost, or the
// cause with which the context of Start ended.
func (p *call) Wait() (sandbox.Exit, error) {
	<-p.done
	e := sandbox.Exit{Code: p.exit.code, TimedOut: p.exit.timedOut, Duration: p.exit.took}
	if err := p.machine(); err != nil {
		return e, err
	}
	if p.err != nil {
		return e, p.err
	}
	return e, p.exit.err()
}

// archive is what CopyOut returns.
type archive struct {
	call *call
	path string
}

func (a *archive) Read(b []byte) (int, error) {
	n, err := a.call.Read(b)
	if err == io.EOF {
		<-a.call.done
		if fault := a.call.exit.err(); fault != nil {
			err = fault
		}
	}
	if err != nil && err != io.EOF {
		err = fmt.Errorf("copy from %s: %w", a.path, err)
	}
	return n, err
}

// Close ends the transfer, complete or not.
func (a *archive) Close() error { return a.call.Kill() }
