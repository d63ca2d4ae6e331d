package helper

import (
	"bufio"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"bench/sandbox"
)

// TestProbe: a command's round trip is that of its own question, whatever the command and
// other questions do; a helper that never answers has none.
func TestProbe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		asked := make(chan struct{}, 9)
		go func() { // ends with the pipe
			r := bufio.NewReader(far)
			for {
				f, err := readFrame(r)
				if err != nil {
					return
				}
				if f.kind == kindPing {
					asked <- struct{}{}
				}
			}
		}()
		go far.Write(frame{kindHello, 0, []byte{version}}.append(nil))
		c, err := dial(t.Context(), near, patient)
		if err != nil {
			t.Fatal(err)
		}
		defer far.Close()
		defer c.Close()
		p, err := c.Start(t.Context(), sandbox.Shell("sleep 1000"))
		if err != nil {
			t.Fatal(err)
		}
		far.Write(frame{kind: kindPong}.append(nil)) // to a question that nobody asked
		first := p.(sandbox.Probing).Probe()
		time.Sleep(30 * time.Millisecond)
		second := p.(sandbox.Probing).Probe()
		<-asked
		<-asked
		time.Sleep(50 * time.Millisecond)
		far.Write(frame{kind: kindPong}.append(nil))
		time.Sleep(20 * time.Millisecond)
		far.Write(frame{kind: kindPong}.append(nil))
		if a, b := first(), second(); a != 80*time.Millisecond || b != 70*time.Millisecond {
			t.Errorf("%v and %v", a, b)
		}
		if never := p.(sandbox.Probing).Probe()(); never != 0 {
			t.Errorf("%v without an answer", never)
		}
	})
}
