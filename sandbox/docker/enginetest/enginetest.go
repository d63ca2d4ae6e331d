// Package enginetest puts this machine's Docker engine behind a connection that tests
// look at, cut and hold up.
package enginetest

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Proxy stands between bench and the engine: it counts requests and can fail as engines
// do.
type Proxy struct {
	network, addr string
	wg            sync.WaitGroup

	mu       sync.Mutex
	freed    *sync.Cond   // nothing is held up any more
	listener net.Listener // nil while a socket is gone
	near     []net.Conn   // of bench
	far      []net.Conn   // of the engine
	kept     int          // of those, the ones that stay though bench's are gone
	requests []string     // first lines
	on       map[string]func()
	down     bool
	stalled  bool
	ended    bool
	half     string        // of the answers to such requests only half goes through
	late     time.Duration // that everything takes in each direction
	turns    int           // see Turns
}

// New returns a proxy at a port, which ends with the test.
func New(t testing.TB) *Proxy {
	t.Helper()
	return start(t, "tcp", "127.0.0.1:0")
}

// NewSocket returns a proxy at a Unix socket, which is gone while the engine is.
func NewSocket(t testing.TB) *Proxy {
	t.Helper()
	dir, err := os.MkdirTemp("", "engine") // short enough for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return start(t, "unix", filepath.Join(dir, "s"))
}

func start(t testing.TB, network, addr string) *Proxy {
	t.Helper()
	p := &Proxy{network: network, addr: addr, on: map[string]func(){}}
	p.freed = sync.NewCond(&p.mu)
	p.mu.Lock()
	err := p.listen()
	p.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.mu.Lock()
		p.ended = true
		p.mu.Unlock()
		p.Cut()
		p.wg.Wait()
	})
	return p
}

// listen begins to take connections, with the lock held.
func (p *Proxy) listen() error {
	l, err := net.Listen(p.network, p.addr)
	if err != nil {
		return err
	}
	p.listener, p.addr = l, l.Addr().String()
	p.wg.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			p.wg.Go(func() { p.serve(near) })
		}
	})
	return nil
}

// Addr is its address, as 127.0.0.1:1234 or /tmp/socket.
func (p *Proxy) Addr() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.addr
}

// Host is its address as DOCKER_HOST has it.
func (p *Proxy) Host() string { return p.network + "://" + p.Addr() }

func (p *Proxy) serve(near net.Conn) {
	defer near.Close()
	far, err := net.Dial("unix", "/var/run/docker.sock")
	if err != nil {
		return
	}
	defer far.Close()
	p.mu.Lock()
	down := p.down
	p.near, p.far = append(p.near, near), append(p.far, far)
	p.mu.Unlock()
	if down {
		return
	}
	l := &link{Proxy: p}
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.carry(gate{l, near}, far)
		near.(interface{ CloseWrite() error }).CloseWrite()
	}()
	p.carry(gate{&link{Proxy: p}, far}, io.TeeReader(near, noting{l}))
	if !p.keeps(far) {
		far.(*net.UnixConn).CloseWrite()
	}
	<-done
}

// keeps reports whether a connection of the engine is to stay though bench's is gone.
func (p *Proxy) keeps(far net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Index(p.far, far) < p.kept
}

// On has f called before the next request is passed on that has that in its first line.
func (p *Proxy) On(what string, f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.on[what] = f
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

// Cut breaks all connections, and those to come, as the end of the engine does: what is
// attached to containers ends, and so do they.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.far {
		c.Close()
	}
	p.part()
}

// Part breaks bench's connections only: containers stay, as with an engine that restores
// them.
func (p *Proxy) Part() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept = len(p.far)
	p.part()
}

// part breaks bench's connections, with the lock held. A port still takes connections, and
// ends them at once; a socket is gone.
func (p *Proxy) part() {
	p.down, p.stalled, p.half = true, false, ""
	p.freed.Broadcast()
	for _, c := range p.near {
		c.Close()
	}
	p.near = nil
	if p.listener != nil && (p.network == "unix" || p.ended) {
		p.listener.Close()
		p.listener = nil
	}
}

// Stall takes connections and lets nothing through, as an engine that hangs.
func (p *Proxy) Stall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stalled = true
}

// Stalled reports whether it does so.
func (p *Proxy) Stalled() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stalled
}

// Mend lets new connections through, and what was held up.
func (p *Proxy) Mend(t testing.TB) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down, p.stalled, p.half = false, false, ""
	p.freed.Broadcast()
	if p.listener == nil {
		if err := p.listen(); err != nil {
			t.Fatal(err)
		}
	}
}
