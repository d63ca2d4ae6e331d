package helper

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"bench/sandbox"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// TestClientAgainstNonsense: what is no helper is lost, not obeyed.
func TestClientAgainstNonsense(t *testing.T) {
	times := patient
	times.hello = 100 * time.Millisecond
	for name, answer := range map[string][]byte{
		"silence":       nil,
		"text":          []byte("exec /bin/sh: no such file\n"),
		"other version": frame{kindHello, 0, []byte{99}}.append(nil),
		"empty hello":   frame{kindHello, 0, nil}.append(nil),
	} {
		near, far := net.Pipe()
		go func() {
			far.Write(answer)
			if name != "silence" {
				far.Close()
			}
		}()
		_, err := dial(t.Context(), near, times)
		if err == nil {
			t.Errorf("%s: no error", name)
		} else if name == "other version" && !strings.Contains(err.Error(), "version 99") {
			t.Errorf("%s: %v", name, err)
		}
		far.Close()
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	near, far := net.Pipe()
	defer far.Close()
	if _, err := Dial(ctx, near); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// deaf is a stream whose helper has greeted and then says nothing, as when its
// engine hangs.
func deaf(t *testing.T, times timing) *Client {
	near, far := net.Pipe()
	go func() {
		far.Write(frame{kindHello, 0, []byte{version}}.append(nil))
		io.Copy(io.Discard, far)
	}()
	c, err := dial(t.Context(), near, times)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); far.Close() })
	return c
}

func TestASilentHelperIsLost(t *testing.T) {
	times := patient
	times.ping, times.pong = 20*time.Millisecond, 100*time.Millisecond
	c := deaf(t, times)
	time.Sleep(200 * time.Millisecond) // nothing is asked of it: silence is right
	p, err := c.Start(t.Context(), sandbox.Shell("true"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Wait(); !errors.Is(err, sandbox.ErrLost) {
		t.Errorf("wait: %v", err)
	}
	if _, err := c.Start(t.Context(), sandbox.Shell("true")); !errors.Is(err, sandbox.ErrLost) {
		t.Errorf("start: %v", err)
	}
}

func TestAnUnansweredKillIsLost(t *testing.T) {
	times := patient
	times.kill = 50 * time.Millisecond
	c := deaf(t, times)
	ctx, cancel := context.WithCancel(t.Context())
	p, err := c.Start(ctx, sandbox.Shell("true"))
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := p.Wait(); err == nil {
		t.Error("wait: no error")
	}
	if err := p.Kill(); !errors.Is(err, sandbox.ErrLost) {
		t.Errorf("kill: %v", err)
	}
}
