// Package enginetest puts this machine's Docker engine behind a connection that tests
// look at and cut.
package enginetest

import (
	"bytes"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// Proxy stands between bench and the engine: it counts requests and can fail as engines
// do.
type Proxy struct {
	listener net.Listener
	wg       sync.WaitGroup

	mu       sync.Mutex
	conns    []net.Conn
	requests []string // first lines
	down     bool
}

// New returns a proxy that ends with the test.
func New(t testing.TB) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{listener: l}
	p.wg.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			p.wg.Go(func() { p.serve(near) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		p.Cut()
		p.wg.Wait()
	})
	return p
}

// Addr is its address, as 127.0.0.1:1234.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

func (p *Proxy) serve(near net.Conn) {
	defer near.Close()
	far, err := net.Dial("unix", "/var/run/docker.sock")
	if err != nil {
		return
	}
	defer far.Close()
	p.mu.Lock()
	down := p.down
	p.conns = append(p.conns, near, far)
	p.mu.Unlock()
	if down {
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		io.Copy(near, far)
		near.(*net.TCPConn).CloseWrite()
	}()
	io.Copy(far, io.TeeReader(near, noting{p}))
	far.(*net.UnixConn).CloseWrite()
	<-done
}

// noting writes down what passes.
type noting struct{ *Proxy }

// Write notes the requests in a piece of traffic. The client writes their heads
// in one piece.
func (p noting) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	line, _, _ := bytes.Cut(b, []byte("\r\n"))
	if bytes.HasSuffix(line, []byte(" HTTP/1.1")) {
		p.requests = append(p.requests, string(line))
	}
	return len(b), nil
}

// Count returns how many requests had that in their first line.
func (p *Proxy) Count(what string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, r := range p.requests {
		if strings.Contains(r, what) {
			n++
		}
	}
	return n
}

// Cut breaks all connections, and those to come, as the end of the engine does.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = true
	for _, c := range p.conns {
		c.Close()
	}
}

// Mend lets new connections through.
func (p *Proxy) Mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = false
}
