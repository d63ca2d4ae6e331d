package main

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"time"

	"bench/sandbox"
)

// memoryProcess is a command in memory.
type memoryProcess struct {
	mu     sync.Mutex
	out    bytes.Buffer
	in     bytes.Buffer
	news   chan struct{} // holds one word: there is output
	typed  chan struct{} // holds one word: there is input
	closed chan struct{} // the input is complete
	done   chan struct{} // it has ended
	killed context.CancelFunc
	dead   context.Context
	exit   sandbox.Exit
	err    error
}

var _ sandbox.Process = (*memoryProcess)(nil)

func newMemoryProcess(stdin bool) *memoryProcess {
	p := &memoryProcess{
		news: make(chan struct{}, 1), typed: make(chan struct{}, 1), closed: make(chan struct{}),
		done: make(chan struct{}),
	}
	p.dead, p.killed = context.WithCancel(context.Background())
	if !stdin {
		close(p.closed)
	}
	return p
}

// run does the work of a process.
func (p *memoryProcess) run(ctx context.Context, work func() (string, int, error)) {
	begun := time.Now()
	out, code, err := work()
	p.say(out)
	p.exit, p.err = sandbox.Exit{Code: code, Duration: time.Since(begun)}, err
	if ctx.Err() != nil {
		p.err = context.Cause(ctx)
	}
	close(p.done)
}

func (p *memoryProcess) say(text string) {
	p.mu.Lock()
	p.out.WriteString(text)
	p.mu.Unlock()
	tell(p.news)
}

func tell(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// input is all that was written to the process.
func (p *memoryProcess) input() string {
	<-p.closed
	return p.in.String()
}

// await takes the input behind some words up to the end of its line.
func (p *memoryProcess) await(ctx context.Context, words string) (string, error) {
	for {
		p.mu.Lock()
		text := p.in.String()
		if _, rest, ok := strings.Cut(text, words); ok && strings.Contains(rest, "\n") {
			line, rest, _ := strings.Cut(rest, "\n")
			p.in.Reset()
			p.in.WriteString(rest)
			p.mu.Unlock()
			return line, nil
		}
		p.mu.Unlock()
		select {
		case <-p.typed:
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
	}
}

func (p *memoryProcess) Read(into []byte) (int, error) {
	for {
		p.mu.Lock()
		n, _ := p.out.Read(into)
		p.mu.Unlock()
		if n > 0 {
			return n, nil
		}
		select {
		case <-p.news:
			continue
		case <-p.dead.Done():
		case <-p.done:
		}
		p.mu.Lock()
		n, err := p.out.Read(into)
		p.mu.Unlock()
		return n, err
	}
}

func (p *memoryProcess) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer tell(p.typed)
	return p.in.Write(text)
}

func (p *memoryProcess) CloseInput() error   { close(p.closed); return nil }
func (p *memoryProcess) Signal(string) error { return nil }
func (p *memoryProcess) Kill() error         { p.killed(); return nil }

func (p *memoryProcess) Wait() (sandbox.Exit, error) {
	select {
	case <-p.done:
		return p.exit, p.err
	case <-p.dead.Done():
		return sandbox.Exit{Code: 137}, nil
	}
}
