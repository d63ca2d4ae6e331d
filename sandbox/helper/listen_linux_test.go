package helper

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"bench/sandbox"
	"bench/sandbox/netconn"
)

// listen returns a listener whose connections come over a helper's stream.
func listen(t testing.TB, c *Client) net.Listener {
	t.Helper()
	inside, err := c.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	l, err := netconn.Listener(inside)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Fifty programs talk through the stream at once, each many windows both ways, while
// commands run; nobody else waits for one that does not listen.
func TestConnections(t *testing.T) {
	t.Parallel()
	child := spawn(t)
	c := connect(t, child)
	before := len(child.listening(t))
	l := listen(t, c)
	if n := len(child.listening(t)); n != before+1 {
		t.Errorf("the helper listens at %d ports, before at %d", n, before)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				_, _ = io.Copy(conn, conn)
			})
		}
	})
	lazy, err := net.Dial("tcp", l.Addr().String()) // it never reads what comes back
	if err != nil {
		t.Fatal(err)
	}
	wg.Go(func() { _, _ = lazy.Write(make([]byte, 64<<20)) })
	const size = 768 << 10 // several windows
	var each sync.WaitGroup
	for i := range 50 {
		each.Go(func() {
			conn, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			sent := bytes.Repeat([]byte{byte(i)}, size)
			each.Go(func() {
				if _, err := conn.Write(sent); err != nil {
					t.Error(err)
				}
			})
			got := make([]byte, size)
			if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, sent) {
				t.Errorf("connection %d: %v", i, err)
			}
		})
	}
	out, err := sandbox.RunMax(t.Context(), boxOf{c}, sandbox.Shell("echo here"), nil, 100)
	if err != nil || string(out.Output) != "here\n" {
		t.Errorf("a command beside them: %q, %v", out.Output, err)
	}
	each.Wait()
	lazy.Close()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
	if ports := child.listening(t); len(ports) != before {
		t.Errorf("the helper still listens: %q", ports)
	}
	left := func() int {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.calls)
	}
	for end := time.Now().Add(patience); left() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d calls are left", left())
		}
	}
}

// listening are the addresses at which a helper listens, as the kernel writes them. Whether
// its port can be reached says less: that may be another test's by now.
func (c *child) listening(t *testing.T) (out []string) {
	t.Helper()
	pid := fmt.Sprint(c.cmd.Process.Pid)
	open, err := filepath.Glob(filepath.Join("/proc", pid, "fd", "*"))
	if err != nil || len(open) == 0 {
		t.Fatalf("what the helper has open: %q, %v", open, err)
	}
	own := map[string]bool{}
	for _, file := range open {
		if to, err := os.Readlink(file); err == nil { // not closed meanwhile
			own[to] = true
		}
	}
	for _, table := range []string{"tcp", "tcp6"} {
		b, err := os.ReadFile(filepath.Join("/proc", pid, "net", table))
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // a machine without IPv6
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			const listens = "0A" // TCP_LISTEN
			f := strings.Fields(line)
			if len(f) > 9 && f[3] == listens && own["socket:["+f[9]+"]"] {
				out = append(out, f[1])
			}
		}
	}
	return out
}

// A listener that has as many connections as it may have can be closed.
func TestListenerIsFull(t *testing.T) {
	t.Parallel()
	c := connect(t, spawn(t))
	l := listen(t, c)
	for i := range maxConns + 1 {
		far, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer far.Close()
		if i == maxConns {
			break // it waits
		}
		if _, err := l.Accept(); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	out, err := sandbox.RunMax(t.Context(), boxOf{c}, sandbox.Shell("echo here"), nil, 100)
	if err != nil || string(out.Output) != "here\n" {
		t.Errorf("a command after it: %q, %v", out.Output, err)
	}
}

// boxOf is as much of a sandbox as running a command takes.
type boxOf struct{ *Client }

func (boxOf) Workdir() string             { return "/" }
func (boxOf) Close(context.Context) error { return nil }

// HTTP works over it, with all that it asks of a connection: the server hears at once
// that a client has gone, and both ends hear that the other has.
func TestConnectionsHTTP(t *testing.T) {
	t.Parallel()
	child := spawn(t)
	c := connect(t, child)
	l := listen(t, c)
	gone := make(chan struct{})
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		switch r.URL.Path {
		case "/abort":
			fmt.Fprint(w, "some")
			http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		case "/wait":
			http.NewResponseController(w).Flush()
			<-r.Context().Done()
			close(gone)
			return
		}
		fmt.Fprintf(w, "%d %v", len(body), err)
	})}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	url := "http://" + l.Addr().String()
	for range 3 { // on one connection
		resp, err := http.Post(url, "text/plain", strings.NewReader(strings.Repeat("x", 300_000)))
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(resp.Body); string(b) != "300000 <nil>" || err != nil {
			t.Errorf("%s, %v", b, err)
		}
		resp.Body.Close()
	}
	resp, err := http.Get(url + "/abort")
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(resp.Body); string(b) != "some" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%s, %v", b, err)
	}
	resp.Body.Close()
	ctx, cancel := context.WithCancel(t.Context())
	r, _ := http.NewRequestWithContext(ctx, http.MethodGet, url+"/wait", http.NoBody)
	if resp, err = http.DefaultClient.Do(r); err != nil {
		t.Fatal(err)
	}
	cancel()
	resp.Body.Close()
	select {
	case <-gone:
	case <-time.After(patience):
		t.Error("the server did not hear that the client has gone")
	}
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}

// Deadlines hold, and a stream that ends ends all connections.
func TestConnectionEnds(t *testing.T) {
	t.Parallel()
	child := spawn(t)
	c := connect(t, child)
	l := listen(t, c)
	far, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	near, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	waiting := make(chan error)
	read := func() {
		_, err := near.Read(make([]byte, 1))
		waiting <- err
	}
	go read()
	if err := near.SetDeadline(time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if err := <-waiting; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if err := near.SetDeadline(time.Now().Add(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	go read()
	if err := <-waiting; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if _, err := near.Write(make([]byte, 2*window)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("write: %v", err)
	}
	if err := near.SetDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	go read()
	c.Close()
	if err := <-waiting; !errors.Is(err, sandbox.ErrLost) {
		t.Errorf("got %v", err)
	}
	if _, err := l.Accept(); err == nil {
		t.Error("accepted")
	}
	if _, err := io.ReadAll(far); err != nil && !strings.Contains(err.Error(), "reset") {
		t.Errorf("the far end: %v", err)
	}
}
