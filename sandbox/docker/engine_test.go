package docker

import (
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"bench/internal/require"
)

// engineProxy stands between a pool and the engine: it counts requests and can
// fail as engines do.
type engineProxy struct {
	listener net.Listener
	wg       sync.WaitGroup

	mu       sync.Mutex
	conns    []net.Conn
	requests []string // first lines
	down     bool
}

// viaProxy makes pools of the test go through a proxy.
func viaProxy(t *testing.T) *engineProxy {
	t.Helper()
	require.Docker(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &engineProxy{listener: l}
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
		p.cut()
		p.wg.Wait()
	})
	t.Setenv("DOCKER_HOST", "tcp://"+l.Addr().String())
	return p
}

func (p *engineProxy) serve(near net.Conn) {
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
	io.Copy(far, io.TeeReader(near, p))
	far.(*net.UnixConn).CloseWrite()
	<-done
}

// Write notes the requests in a piece of traffic. The client writes their heads
// in one piece.
func (p *engineProxy) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	line, _, _ := bytes.Cut(b, []byte("\r\n"))
	if bytes.HasSuffix(line, []byte(" HTTP/1.1")) {
		p.requests = append(p.requests, string(line))
	}
	return len(b), nil
}

// count returns how many requests had that in their first line.
func (p *engineProxy) count(what string) int {
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

// cut breaks all connections, and those to come, as the end of the engine does.
func (p *engineProxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = true
	for _, c := range p.conns {
		c.Close()
	}
}

// mend lets new connections through.
func (p *engineProxy) mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = false
}

// removeLeft removes a container that a test has cut itself off from.
func removeLeft(t *testing.T, id string) {
	t.Helper()
	t.Setenv("DOCKER_HOST", "")
	p := newPool(t, Options{})
	if err := p.remove(context.Background(), id); err != nil {
		t.Error(err)
	}
}
