// Package netconn makes connections of processes in sandboxes those of package net,
// which servers take.
package netconn

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"bench/sandbox"
)

// Listener is l as package net has it.
func Listener(l sandbox.Listener) (net.Listener, error) {
	at, err := netip.ParseAddrPort(l.Addr())
	if err != nil {
		return nil, fmt.Errorf("address of a listener in a sandbox: %w", err)
	}
	return &listener{l, net.TCPAddrFromAddrPort(at)}, nil
}

type listener struct {
	sandbox.Listener
	addr *net.TCPAddr
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{c, l.addr}, nil
}

// Addr implements net.Listener.
func (l *listener) Addr() net.Addr { return l.addr }

type conn struct {
	sandbox.Conn
	addr *net.TCPAddr
}

// LocalAddr implements net.Conn.
func (c *conn) LocalAddr() net.Addr { return c.addr }

// RemoteAddr implements net.Conn: some process of the sandbox.
func (c *conn) RemoteAddr() net.Addr { return c.addr }

// SetDeadline implements net.Conn.
func (c *conn) SetDeadline(at time.Time) error {
	return errors.Join(c.SetReadDeadline(at), c.SetWriteDeadline(at))
}
