package enginetest

import (
	"bytes"
	"io"
	"strings"
	"time"
)

// link is a connection of bench. What it knows is guarded by the proxy's lock.
type link struct {
	*Proxy
	request  string // the last one
	attached bool   // it carries the stream of a container
	heard    bool   // bench has been told something since it last said something
	halved   bool   // half of an answer has gone through
}

// gate lets nothing through while the proxy is held up.
type gate struct {
	*link
	w io.Writer
}

// Write passes on what it may.
func (g gate) Write(b []byte) (int, error) {
	g.mu.Lock()
	for (g.stalled || g.halved && g.half != "") && !g.ended {
		g.freed.Wait()
	}
	now := b
	if g.half != "" && strings.Contains(g.request, g.half) {
		g.halved, now = true, b[:len(b)/2]
	}
	g.heard = true
	g.mu.Unlock()
	if n, err := g.w.Write(now); err != nil || len(now) == len(b) {
		return n, err
	}
	g.mu.Lock()
	for g.half != "" && !g.ended {
		g.freed.Wait()
	}
	g.mu.Unlock()
	_, err := g.w.Write(b[len(now):])
	return len(b), err
}

// noting writes down what passes.
type noting struct{ *link }

// Write notes the requests in a piece of traffic. The client writes their heads
// in one piece.
func (n noting) Write(b []byte) (int, error) {
	line, _, _ := bytes.Cut(b, []byte("\r\n"))
	var do []func()
	n.mu.Lock()
	defer func() {
		for _, f := range do {
			f()
		}
	}()
	defer n.mu.Unlock()
	if n.attached && n.heard {
		n.turns++
	}
	n.heard = false
	if !bytes.HasSuffix(line, []byte(" HTTP/1.1")) {
		return len(b), nil
	}
	n.request = string(line)
	n.attached = n.attached || strings.Contains(n.request, "/attach?")
	n.requests = append(n.requests, n.request)
	for what, f := range n.on {
		if strings.Contains(n.request, what) {
			delete(n.on, what)
			do = append(do, f)
		}
	}
	return len(b), nil
}

// Slow has everything take half of a time in each direction, on connections to come.
func (p *Proxy) Slow(roundTrip time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.late = roundTrip / 2
}

// Halve lets half of an answer through to requests that have that in their first line,
// until the proxy is cut or mended.
func (p *Proxy) Halve(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.half = what
}

// Turns is how often bench said something to a container after it was told something: what
// costs time over a slow network.
func (p *Proxy) Turns() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.turns
}

// carry copies from one end to the other, as late as it is to be.
func (p *Proxy) carry(to io.Writer, from io.Reader) {
	p.mu.Lock()
	late := p.late
	p.mu.Unlock()
	if late == 0 {
		io.Copy(to, from)
		return
	}
	type piece struct {
		b   []byte
		due time.Time
	}
	pieces := make(chan piece, 1<<16)
	go func() { // ends with what it reads
		defer close(pieces)
		for {
			b := make([]byte, 32<<10)
			n, err := from.Read(b)
			if n > 0 {
				pieces <- piece{b[:n], time.Now().Add(late)}
			}
			if err != nil {
				return
			}
		}
	}()
	for x := range pieces {
		time.Sleep(time.Until(x.due))
		if _, err := to.Write(x.b); err != nil {
			break
		}
	}
	for range pieces { // until nothing more is read
	}
}
