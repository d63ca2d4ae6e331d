package helper

import (
	"sync"
	"time"

	"bench/sandbox"
)

// probe is a question to the helper that it answers at once, whatever runs.
type probe struct {
	sent time.Time
	took time.Duration // valid once done is closed
	done chan struct{}
}

// probes are those without an answer yet. Answers come in the order of the questions.
type probes struct {
	asking sync.Mutex // held from noting a question until it is sent
	mu     sync.Mutex
	open   []*probe
}

// ask sends a question. A stream that is stuck blocks it.
func (c *Client) ask() (*probe, error) {
	c.probes.asking.Lock()
	defer c.probes.asking.Unlock()
	p := &probe{sent: time.Now(), done: make(chan struct{})}
	c.probes.mu.Lock()
	c.probes.open = append(c.probes.open, p)
	c.probes.mu.Unlock()
	return p, c.w.send(frame{kind: kindPing})
}

// answered notes an answer. It must not block.
func (c *Client) answered() {
	c.probes.mu.Lock()
	defer c.probes.mu.Unlock()
	if len(c.probes.open) == 0 {
		return // nobody asked
	}
	p := c.probes.open[0]
	c.probes.open = c.probes.open[1:]
	p.took = time.Since(p.sent)
	close(p.done)
}

// lateAnswer is how long the answer to a probe may come after the end of the command that
// it was sent with. It has been under way longer than the command's own.
const lateAnswer = time.Second

var _ sandbox.Probing = (*call)(nil)

// Probe implements sandbox.Probing.
func (p *call) Probe() (roundTrip func() time.Duration) {
	asked, err := p.client.ask()
	if err != nil { // what comes next on the stream says so
		return func() time.Duration { return 0 }
	}
	return func() time.Duration {
		timer := time.NewTimer(lateAnswer)
		defer timer.Stop()
		select {
		case <-asked.done:
			return asked.took
		case <-p.client.dead:
		case <-timer.C:
		}
		return 0
	}
}
