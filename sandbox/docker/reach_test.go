package docker

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"bench"
)

// TestOldPodman: what Podman 3 speaks is refused, with what to do.
func TestOldPodman(t *testing.T) {
	t.Parallel()
	host := answering(t, "HTTP/1.1 200 OK\r\nApi-Version: 1.40\r\nLibpod-Api-Version: 3.4.4\r\n"+
		"Content-Length: 0\r\nConnection: close\r\n\r\n")
	_, err := New(t.Context(), Options{Host: host})
	if err == nil || !strings.Contains(err.Error(), "Podman 4 (API 1.41)") {
		t.Error(err)
	}
}

// TestUnreachedIsNamed: what to correct is where the engine was named.
func TestUnreachedIsNamed(t *testing.T) {
	t.Parallel()
	for socket, hint := range map[string]string{
		"/none.sock": "sandbox.engines", "/podman.sock": "podman system service",
	} {
		_, err := New(t.Context(), Options{Host: "unix://" + t.TempDir() + socket})
		var f *bench.Failure
		if !errors.As(err, &f) || !strings.Contains(f.Hint, hint) {
			t.Errorf("%s: %v", socket, err)
		}
	}
}

// answering is the host of what gives one answer to all requests.
func answering(t *testing.T, answer string) (host string) {
	t.Helper()
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
			_, _ = io.WriteString(conn, answer)
			conn.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return "tcp://" + l.Addr().String()
}
