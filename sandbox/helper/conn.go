package helper

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"bench/sandbox"
)

// Listen lets processes inside the sandbox reach this program: the helper listens on
// a port of the loopback interface there, and carries what comes over the stream.
func (c *Client) Listen(ctx context.Context) (sandbox.Listener, error) {
	call, err := c.start(context.WithoutCancel(ctx), kindListen, nil)
	if err != nil {
		return nil, fmt.Errorf("listen in the sandbox: %w", err)
	}
	select {
	case <-call.opened:
		return &listener{call}, nil
	case <-call.done:
		return nil, fmt.Errorf("listen in the sandbox: %w", errors.Join(call.err, call.exit.err()))
	case <-ctx.Done():
		return nil, errors.Join(context.Cause(ctx), call.Kill())
	}
}

// listener is the near end of one in the sandbox.
type listener struct{ call *call }

// Accept implements sandbox.Listener.
func (l *listener) Accept() (sandbox.Conn, error) {
	select {
	case c := <-l.call.conns:
		return &conn{call: c}, nil
	case <-l.call.done:
		return nil, fs.ErrClosed
	}
}

// Close implements sandbox.Listener. Connections that nobody has taken are closed, too.
func (l *listener) Close() error {
	err := l.call.Kill()
	for {
		select {
		case c := <-l.call.conns:
			(&conn{call: c}).Close()
		default:
			return err
		}
	}
}

// Addr implements sandbox.Listener.
func (l *listener) Addr() string { return l.call.where }

// accept takes a connection that the helper announces. It must not block.
func (c *Client) accept(f frame) error {
	if len(f.data) != 4 || f.call&ofHelper == 0 {
		return errors.New("malformed connection")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	to := c.calls[binary.BigEndian.Uint32(f.data)]
	if c.calls == nil {
		return nil
	}
	if to == nil || to.conns == nil { // it has ended
		c.wg.Go(func() { c.w.send(frame{kindKill, f.call, nil}) }) // the reader must not wait for it
		return nil
	}
	call := newCall(c, f.call)
	select {
	case to.conns <- call:
		c.calls[f.call] = call
	default:
		return errors.New("more connections than a listener has")
	}
	return nil
}

// conn is the near end of a connection.
type conn struct {
	call  *call
	close sync.Once
}

var _ sandbox.Conn = (*conn)(nil)

// Read implements sandbox.Conn.
func (c *conn) Read(b []byte) (int, error) { return c.call.out.Read(b) }

// Write implements sandbox.Conn.
func (c *conn) Write(b []byte) (int, error) { return c.call.in.Write(b) }

// Close implements sandbox.Conn. What was written still goes to the other side.
func (c *conn) Close() error {
	c.close.Do(func() {
		c.call.out.abort(fs.ErrClosed)
		c.call.in.close(fs.ErrClosed)
		_ = c.call.unlessDone(kindEnd, nil) // a stream that has ended closed it
	})
	return nil
}

// SetReadDeadline implements sandbox.Conn.
func (c *conn) SetReadDeadline(at time.Time) error {
	c.call.out.setDeadline(at)
	return nil
}

// SetWriteDeadline implements sandbox.Conn.
func (c *conn) SetWriteDeadline(at time.Time) error {
	c.call.in.setDeadline(at)
	return nil
}
