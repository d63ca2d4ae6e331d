package helper

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"bench/sandbox"
)

// timing is how long a helper has for its answers. The times are long because
// a machine may be busy; a helper that takes longer is as good as gone.
type timing struct {
	hello time.Duration
	kill  time.Duration // more than the helper's own limit, killLimit
	ping  time.Duration // how often a silent one is asked
	pong  time.Duration // how long it may be silent
}

var patient = timing{
	hello: time.Minute, kill: 45 * time.Second, ping: 15 * time.Second, pong: 90 * time.Second,
}

// Client is the near end of a helper's stream. It is safe for concurrent use.
//
// One goroutine, which Close waits for, owns the reading side; it never blocks
// on a call. Another one, that Close also waits for, checks that a helper with
// calls under way still answers.
type Client struct {
	stream io.ReadWriteCloser
	timing timing
	w      frameWriter
	probes probes
	wg     sync.WaitGroup // the two goroutines
	dead   chan struct{}  // closed when the stream has ended

	mu    sync.Mutex
	calls map[uint32]*call // under way; nil once the stream has ended
	next  uint32
	err   error     // why the stream ended; wraps sandbox.ErrLost
	heard time.Time // when the last frame came
	sound func() error
}

// Dial greets the helper at the other end of stream, which becomes the
// client's to close.
func Dial(ctx context.Context, stream io.ReadWriteCloser) (*Client, error) {
	return dial(ctx, stream, patient)
}

func dial(ctx context.Context, stream io.ReadWriteCloser, times timing) (*Client, error) {
	c := &Client{
		stream: stream, timing: times, calls: map[uint32]*call{}, dead: make(chan struct{}),
	}
	c.w.w = stream
	hello := make(chan error, 1)
	c.wg.Add(1)
	go c.read(hello) // Close waits
	timer := time.NewTimer(times.hello)
	defer timer.Stop()
	var err error
	select {
	case err = <-hello:
	case <-c.dead:
		if err = c.lost(); len(hello) > 0 {
			err = <-hello // says more
		}
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-timer.C:
		err = fmt.Errorf("%w: no greeting in %v", sandbox.ErrLost, times.hello)
	}
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("reach sandbox helper: %w", err)
	}
	c.wg.Add(1)
	go c.watch() // Close waits
	return c, nil
}

// Heed has the client ask whenever a call says something, or ends, whether its machine is
// sound. It is lost with the error, and the call with it: what that did may be no fault of
// its own. Sound is asked often, and must not wait.
func (c *Client) Heed(sound func() error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sound = sound
}

// unsound is why what a call says is not to be believed.
func (c *Client) unsound() error {
	c.mu.Lock()
	sound := c.sound
	c.mu.Unlock()
	if sound == nil {
		return nil
	}
	return sound()
}

// Start starts a command. A relative or empty Dir is the helper's own
// directory.
func (c *Client) Start(ctx context.Context, cmd sandbox.Cmd) (sandbox.Process, error) {
	if len(cmd.Args) == 0 {
		return nil, errors.New("start command: no arguments")
	}
	order := command{
		args: cmd.Args, env: cmd.Env, dir: cmd.Dir, timeout: cmd.Timeout, stdin: cmd.Stdin,
	}
	call, err := c.start(ctx, kindExec, order.append(nil))
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Args[0], err)
	}
	if !cmd.Stdin {
		call.in.close(errNoStdin)
	}
	return call, nil
}

var errNoStdin = errors.New("write to command: it was started without input")

// CopyIn unpacks a tar stream below dir. Files replace files, in one step each.
// Entries dated 1970 get the present time.
func (c *Client) CopyIn(ctx context.Context, dir string, tar io.Reader) error {
	call, err := c.start(ctx, kindUnpack, []byte(dir))
	if err != nil {
		return fmt.Errorf("copy to %s: %w", dir, err)
	}
	source := &source{r: tar}
	if _, err := io.Copy(call, source); err == nil {
		call.CloseInput()
	} else {
		call.unlessDone(kindKill, nil) // an archive cut short is not unpacked further
	}
	<-call.done
	for _, err := range []error{call.err, source.err, call.exit.err()} {
		if err != nil {
			return fmt.Errorf("copy to %s: %w", dir, err)
		}
	}
	return nil
}

// source remembers the error of its reader.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != io.EOF {
		s.err = err
	}
	return n, err
}

// CopyOut packs the file or directory at path into a tar stream, whose entries
// begin with the last element of path. A link at path is followed, links below
// it are kept; devices, pipes and sockets are left out.
func (c *Client) CopyOut(ctx context.Context, path string) (io.ReadCloser, error) {
	call, err := c.start(ctx, kindPack, []byte(path))
	if err != nil {
		return nil, fmt.Errorf("copy from %s: %w", path, err)
	}
	select {
	case <-call.opened:
		return &archive{call: call, path: path}, nil
	case <-call.done:
	}
	if err = call.err; err == nil {
		err = call.exit.err()
	}
	if err == nil { // a small one: it is complete already
		return &archive{call: call, path: path}, nil
	}
	return nil, fmt.Errorf("copy from %s: %w", path, err)
}

// Close ends the stream, and with it everything that runs at its other end.
func (c *Client) Close() error {
	c.fail(fmt.Errorf("%w: closed", sandbox.ErrLost))
	c.wg.Wait()
	return nil
}

// Lost is closed when the stream has ended.
func (c *Client) Lost() <-chan struct{} { return c.dead }

func (c *Client) start(ctx context.Context, k kind, payload []byte) (*call, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	if len(payload) > frameMax {
		return nil, fmt.Errorf("command of %d bytes is too long", len(payload))
	}
	call, err := c.register(k)
	if err != nil {
		return nil, err
	}
	if err := c.w.send(frame{k, call.id, payload}); err != nil {
		c.fail(fmt.Errorf("%w: %w", sandbox.ErrLost, err))
		return nil, c.lost()
	}
	call.watch(ctx)
	return call, nil
}

func (c *Client) register(k kind) (*call, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calls == nil {
		return nil, c.err
	}
	if len(c.calls) == 0 {
		c.heard = time.Now() // silence counts from here
	}
	c.next++
	made := newCall(c, c.next)
	if k == kindListen {
		made.conns = make(chan *call, maxConns)
	}
	c.calls[made.id] = made
	return made, nil
}

// fail ends the stream and every call on it. The first reason counts.
func (c *Client) fail(err error) {
	c.mu.Lock()
	calls := c.calls
	if calls != nil {
		c.calls, c.err = nil, err
		close(c.dead)
	}
	c.mu.Unlock()
	if calls == nil {
		return
	}
	c.stream.Close()
	for _, call := range calls {
		call.end(exit{code: -1}, err)
	}
}

func (c *Client) lost() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// read hands frames to their calls until the stream ends.
func (c *Client) read(hello chan<- error) {
	defer c.wg.Done()
	r := bufio.NewReaderSize(c.stream, 2*chunk)
	for {
		f, err := readFrame(r)
		if err != nil {
			c.fail(fmt.Errorf("%w: stream: %w", sandbox.ErrLost, err))
			return
		}
		if f.kind == kindHello {
			select {
			case hello <- greet(f.data):
			default: // greeted twice
			}
			continue
		}
		if f.kind == kindAccept {
			if err := c.accept(f); err != nil {
				c.fail(fmt.Errorf("%w: %w", sandbox.ErrLost, err))
				return
			}
			continue
		}
		if f.kind == kindExit || f.kind == kindData {
			if err := c.unsound(); err != nil {
				c.fail(fmt.Errorf("%w: %w", sandbox.ErrLost, err))
				return
			}
		}
		c.mu.Lock()
		c.heard = time.Now()
		call := c.calls[f.call]
		if f.kind == kindPong {
			c.answered()
		}
		if f.kind == kindExit {
			delete(c.calls, f.call)
		}
		c.mu.Unlock()
		if call == nil {
			continue
		}
		if err := call.receive(f); err != nil {
			c.fail(fmt.Errorf("%w: %w", sandbox.ErrLost, err))
			return
		}
	}
}

func greet(data []byte) error {
	if v, n := binary.Uvarint(data); n <= 0 || v != version {
		return fmt.Errorf("the helper speaks version %d of the protocol, not %d", v, version)
	}
	return nil
}

// watch fails the client when a helper with calls under way says nothing. It counts how
// often it has looked and asked in vain: the clock goes on while this process is stopped
// (SIGSTOP, a machine that sleeps), and what was said meanwhile is yet to be read.
func (c *Client) watch() {
	defer c.wg.Done()
	tick := time.NewTicker(c.timing.ping)
	defer tick.Stop()
	looks := time.Duration(0)
	for {
		select {
		case <-c.dead:
			return
		case <-tick.C:
		}
		c.mu.Lock()
		busy, silent := len(c.calls) > 0, time.Since(c.heard)
		c.mu.Unlock()
		if !busy || silent <= c.timing.ping/2 {
			looks = 0
			continue
		}
		looks++
		switch {
		case silent > c.timing.pong && looks*c.timing.ping > c.timing.pong:
			c.fail(fmt.Errorf("%w: no answer for %v", sandbox.ErrLost, c.timing.pong))
		default:
			// A stuck stream blocks it, and closing the stream frees it.
			c.wg.Go(func() { _, _ = c.ask() })
		}
	}
}
