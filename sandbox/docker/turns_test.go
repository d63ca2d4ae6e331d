package docker

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"bench/internal/require"
	"bench/sandbox"
)

// turns counts how often a connection's direction turns: what is written after something
// was read. Over a slow network that is what costs time.
type turns struct {
	net.Conn
	mu    sync.Mutex
	heard bool
	n     int
}

func (c *turns) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard = true
	return n, err
}

func (c *turns) Write(p []byte) (int, error) {
	c.mu.Lock()
	if c.heard {
		c.heard = false
		c.n++
	}
	c.mu.Unlock()
	return c.Conn.Write(p)
}

// TestOneTurnPerCommand: a command in a sandbox is one round trip to its engine, and so is
// a file that is put there.
func TestOneTurnPerCommand(t *testing.T) {
	require.Docker(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var (
		mu  sync.Mutex
		all []*turns
		wg  sync.WaitGroup
	)
	wg.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			dialed, err := net.Dial("unix", "/var/run/docker.sock")
			if err != nil {
				t.Error(err)
				return
			}
			far := &turns{Conn: dialed}
			mu.Lock()
			all = append(all, far)
			mu.Unlock()
			wg.Go(func() { io.Copy(far, near); dialed.(*net.UnixConn).CloseWrite() })
			wg.Go(func() { io.Copy(near, far); near.Close() })
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	task := onImage(t, debian)
	box := open(t, newPool(t, Options{Host: "tcp://" + l.Addr().String()}), task, sandbox.ForAgent)
	count := func() (n int) {
		mu.Lock()
		defer mu.Unlock()
		for _, c := range all {
			c.mu.Lock()
			n += c.n
			c.mu.Unlock()
		}
		return n
	}
	const times = 50
	before := count()
	for n := range times {
		res, err := sandbox.Run(t.Context(), box, sandbox.Shell(fmt.Sprintf("echo %d", n)), nil)
		if err != nil || strings.TrimSpace(string(res.Output)) != fmt.Sprint(n) {
			t.Fatalf("%q, %v", res.Output, err)
		}
	}
	if n := count() - before; n > times+2 { // a ping may come between
		t.Errorf("%d round trips for %d commands", n, times)
	}
	before = count()
	for range times {
		if err := sandbox.WriteFile(t.Context(), box, "/tmp/a", []byte("a"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if n := count() - before; n > times+2 {
		t.Errorf("%d round trips for %d files", n, times)
	}
}
