package docker

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"bench"
)

// TestPodmanIsNamed: an engine that speaks Docker's language and is none is refused by its
// name.
func TestPodmanIsNamed(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 4096))
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nLibpod-Api-Version: 4.3.1\r\n"+
				"Content-Length: 0\r\nConnection: close\r\n\r\n")
			conn.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	_, err = New(t.Context(), Options{Host: "tcp://" + l.Addr().String()})
	if err == nil || !strings.Contains(err.Error(), "as Podman's service does") {
		t.Error(err)
	}
}

// TestUnreachedIsNamed: what to correct is where the engine was named.
func TestUnreachedIsNamed(t *testing.T) {
	t.Parallel()
	_, err := New(t.Context(), Options{Host: "unix://" + t.TempDir() + "/none.sock"})
	var f *bench.Failure
	if !errors.As(err, &f) || !strings.Contains(f.Hint, "sandbox.engines") {
		t.Errorf("%v", err)
	}
}
