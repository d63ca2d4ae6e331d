//go:build unix

package helper

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// listening is the helper's side of a listener. One goroutine (run) accepts.
type listening struct {
	s  *server
	id uint32

	killed chan struct{} // closed by kill
	once   sync.Once

	mu sync.Mutex
	l  *os.File // nil until it listens
}

func (l *listening) data([]byte)           {}
func (l *listening) end()                  {}
func (l *listening) credit(int)            {}
func (l *listening) signal(syscall.Signal) {}

// kill ends the listener. Connections that it accepted stay.
func (l *listening) kill() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.once.Do(func() { close(l.killed) })
	if l.l != nil {
		l.l.Close()
	}
}

func (l *listening) run() {
	on, where, err := loopback()
	if err != nil {
		l.s.exit(l.id, faulty(err), nil)
		return
	}
	l.mu.Lock()
	l.l = on
	if l.over() {
		on.Close()
	}
	l.mu.Unlock()
	l.s.w.send(frame{kindOpened, l.id, []byte(where)})
	l.accept(on)
	l.s.exit(l.id, exit{}, nil)
}

// over reports whether the listener was killed.
func (l *listening) over() bool {
	select {
	case <-l.killed:
		return true
	default:
		return false
	}
}

// loopback listens where only processes of this machine reach it. It asks the system
// itself: package net is initialized late.
func loopback() (*os.File, string, error) {
	fd, where, err := listenAt(&unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	if err != nil { // a machine without IPv4
		fd, where, err = listenAt(&unix.SockaddrInet6{Addr: [16]byte{15: 1}})
	}
	if err != nil {
		return nil, "", fmt.Errorf("listen on the loopback interface: %w", err)
	}
	return os.NewFile(uintptr(fd), "listener"), where, nil
}

// listenAt listens on a port that the system chooses.
func listenAt(at unix.Sockaddr) (fd int, where string, err error) {
	family := unix.AF_INET
	if _, six := at.(*unix.SockaddrInet6); six {
		family = unix.AF_INET6
	}
	if fd, err = socket(family); err != nil {
		return -1, "", err
	}
	if err = unix.Bind(fd, at); err == nil {
		err = unix.Listen(fd, maxConns)
	}
	var bound unix.Sockaddr
	if err == nil {
		bound, err = unix.Getsockname(fd)
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, "", err
	}
	switch b := bound.(type) {
	case *unix.SockaddrInet4:
		where = fmt.Sprintf("127.0.0.1:%d", b.Port)
	case *unix.SockaddrInet6:
		where = fmt.Sprintf("[::1]:%d", b.Port)
	}
	return fd, where, nil
}

// accept announces connections until the listener ends.
func (l *listening) accept(on *os.File) {
	slots := make(chan struct{}, maxConns)
	for {
		select {
		case slots <- struct{}{}:
		case <-l.killed:
			return
		}
		c, err := acceptOn(on)
		if err != nil {
			if l.over() {
				return
			}
			<-slots
			time.Sleep(10 * time.Millisecond) // no descriptors left: that passes
			continue
		}
		id := l.s.conns.Add(1) | ofHelper
		b := newBridge(l.s, id, c)
		l.s.enter(id, b)
		l.s.w.send(frame{kindAccept, id, binary.BigEndian.AppendUint32(nil, l.id)})
		go func() { // ends with the connection
			b.run()
			<-slots
		}()
	}
}

// acceptOn waits for a connection without a thread of its own.
func acceptOn(on *os.File) (*os.File, error) {
	raw, err := on.SyscallConn()
	if err != nil {
		return nil, err
	}
	var fd int
	var failed error
	err = raw.Read(func(listener uintptr) (done bool) {
		fd, failed = accept(int(listener))
		return failed != unix.EAGAIN
	})
	if err != nil {
		return nil, err
	}
	if failed != nil {
		return nil, failed
	}
	// Small pieces of a stream go at once, and do not wait to be acknowledged.
	if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), "connection"), nil
}

// bridge is the helper's side of a connection. Two goroutines carry bytes, one each
// way.
type bridge struct {
	s    *server
	id   uint32
	conn *os.File
	out  *outbox
	in   *inbox
}

func newBridge(s *server, id uint32, c *os.File) *bridge {
	b := &bridge{s: s, id: id, conn: c, in: newInbox(s.refill(id))}
	b.out = newOutbox(func(p []byte) error { return s.w.send(frame{kindData, id, p}) })
	return b
}

func (b *bridge) data(p []byte)         { b.in.put(p) }
func (b *bridge) credit(n int)          { b.out.add(n) }
func (b *bridge) signal(syscall.Signal) {}

// end closes the connection once all that came for it is written.
func (b *bridge) end() { b.in.end(io.EOF) }

// kill closes it at once.
func (b *bridge) kill() {
	b.in.abort(errKilled)
	b.out.close(errKilled)
	b.conn.Close()
}

func (b *bridge) run() {
	wrote := make(chan struct{})
	go func() { // ends with the connection
		defer close(wrote)
		if _, err := io.Copy(b.conn, b.in); err != nil {
			b.in.abort(err)
			b.s.w.send(frame{kindBroken, b.id, nil})
		}
		b.out.close(errKilled) // nobody reads any more
		b.conn.Close()
	}()
	_, _ = io.CopyBuffer(struct{ io.Writer }{b.out}, struct{ io.Reader }{b.conn}, make([]byte, chunk))
	b.s.w.send(frame{kindEnd, b.id, nil})
	<-wrote
	b.s.exit(b.id, exit{}, nil)
}
