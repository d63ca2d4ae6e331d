package tools

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"bench/sandbox"
)

// shell is a persistent shell in a sandbox, and at most one command running in
// it. Its reader's goroutine owns the process's output; everything they share
// is under mu. Otherwise a shell belongs to the goroutine that holds its lock.
type shell struct {
	proc  sandbox.Process
	token string
	stop  context.CancelFunc // kills the process tree

	mu     sync.Mutex
	out    spool
	fresh  int  // bytes not yet searched for a mark
	ended  bool // the process is gone
	dead   bool // the shell is, and its mark was seen
	exit   sandbox.Exit
	err    error // of the machine
	killed bool  // by the limit for one command
	alarm  *time.Timer

	news chan struct{} // holds one word: there is something to look at
	done chan struct{} // closed when the reader has ended

	running bool
	far     func() time.Duration // away from the running command; nil: not known
	spent   bool                 // its input was closed
	cwd     string
	temp    string // directory for temporary files
	marks   string // where the shell prints marks, behind a >
}

// startShell starts a shell and waits until it is ready. Where the login files
// end it, or do not come to an end, it starts without them.
func startShell(ctx context.Context, box sandbox.Sandbox, cwd string) (*shell, error) {
	s, err := newShell(ctx, box, cwd, loginFiles)
	if errors.Is(err, errNotReady) && ctx.Err() == nil {
		return newShell(ctx, box, cwd, "")
	}
	return s, err
}

func newShell(ctx context.Context, box sandbox.Sandbox, cwd, login string) (*shell, error) {
	life, stop := context.WithCancel(context.WithoutCancel(ctx))
	token := rand.Text()
	proc, err := box.Start(life, sandbox.Cmd{
		Args: []string{"/bin/sh", "-c", keeper, "sh", token}, Stdin: true,
	})
	if err != nil {
		stop()
		return nil, fmt.Errorf("start shell: %w", err)
	}
	s := &shell{
		proc: proc, token: token, stop: stop, cwd: cwd,
		news: make(chan struct{}, 1), done: make(chan struct{}),
	}
	go s.read() // waited for in close
	if err = s.write(login + fmt.Sprintf(shellSetup, quote(cwd), token)); err == nil || s.gone() {
		err = s.ready(ctx)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// errNotReady: the shell ended, or did not get ready in time.
var errNotReady = errors.New("the shell cannot be made ready")

// readyTime bounds how long login files may take.
const readyTime = 30 * time.Second

// ready waits for the shell to say that it is set up; what login files print
// before is nobody's business.
func (s *shell) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	for {
		s.mu.Lock()
		_, word, rest, ok := s.look()
		ended, err := s.ended, s.err
		s.mu.Unlock()
		switch {
		case ok && word == wordReady:
			return s.set(rest)
		case err != nil:
			return err
		case ended || ok:
			return fmt.Errorf("%w: it ended at once", errNotReady)
		}
		select {
		case <-s.news:
		case <-ctx.Done():
			return fmt.Errorf("%w: nothing came of it for %s", errNotReady, readyTime)
		}
	}
}

// set takes over what a shell that is ready says of itself: where its marks go,
// where it is, and where its temporary files lie.
func (s *shell) set(ready string) error {
	parts := strings.Split(ready, "\x1f")
	if len(parts) != 3 {
		return fmt.Errorf("%w: it said %.200q", errNotReady, ready)
	}
	s.marks, s.cwd, s.temp = parts[0], parts[1], strings.TrimSuffix(parts[2], "/")
	return nil
}

func (s *shell) read() {
	defer close(s.done)
	buf := make([]byte, 32<<10)
	for {
		n, err := s.proc.Read(buf)
		s.mu.Lock()
		s.out.write(buf[:n])
		s.fresh += n
		s.mu.Unlock()
		if err != nil {
			break
		}
		s.wake()
	}
	exit, err := s.proc.Wait()
	s.mu.Lock()
	s.ended, s.exit, s.err = true, exit, err
	s.mu.Unlock()
	s.wake()
}

func (s *shell) wake() {
	select {
	case s.news <- struct{}{}:
	default: // somebody will look anyway
	}
}

// look searches new output for a mark. Its caller holds mu.
func (s *shell) look() (before output, word, rest string, ok bool) {
	before, word, rest, ok = s.out.cut(s.token, s.fresh)
	s.fresh = 0
	if ok {
		s.fresh = len(s.out.buf)
	}
	return before, word, rest, ok
}

func (s *shell) write(text string) error {
	if _, err := s.proc.Write([]byte(text)); err != nil {
		return fmt.Errorf("write to shell: %w", err)
	}
	return nil
}

// start starts a command. The line break before it ends whatever was typed
// into a command that did not read it.
func (s *shell) start(command string, limit time.Duration) error {
	done := fmt.Sprintf(mark, s.token, s.marks)
	line := "\n__bench_run " + quote(command) + "; " + done
	if replacesShell.MatchString(command) {
		line += runner + done
	}
	s.far = nil
	if p, ok := s.proc.(sandbox.Probing); ok {
		s.far = p.Probe()
	}
	if err := s.write(line); err != nil {
		return err
	}
	s.running = true
	if limit > 0 {
		s.alarm = time.AfterFunc(limit, s.kill)
	}
	return nil
}

// kill ends a command that has run for too long, and the shell with it: the
// whole tree, which nothing in it can escape.
func (s *shell) kill() {
	s.mu.Lock()
	s.killed = true
	s.mu.Unlock()
	s.stop()
}

// stopped is how a wait for a command ended.
type stopped int

const (
	byExit    stopped = iota // the command has ended
	byDeath                  // the shell has ended
	byKill                   // the limit for one command has ended both
	byQuiet                  // no output for a while
	byTimeout                // the caller's time is up
	byCancel                 // the caller's context has ended
)

type waited struct {
	how  stopped
	out  output
	code int
	err  error // of the machine, with byDeath
}

// wait waits for the running command. A duration of 0 is unlimited.
func (s *shell) wait(ctx context.Context, quiet, timeout time.Duration) waited {
	silence, limit := newTimer(quiet), newTimer(timeout)
	defer silence.stop()
	defer limit.stop()
	for {
		if w, ok := s.over(); ok {
			return w
		}
		select {
		case <-s.news:
			silence.reset(quiet)
		case <-silence.c():
			return s.interim(byQuiet)
		case <-limit.c():
			return s.interim(byTimeout)
		case <-ctx.Done():
			return s.interim(byCancel)
		}
	}
}

// over looks whether the command or the shell has ended.
func (s *shell) over() (waited, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, word, rest, ok := s.look()
	if !ok && !s.ended {
		return waited{}, false
	}
	s.running = false
	s.silence()
	if ok && word == wordDead {
		return waited{how: byDeath, out: before, code: number(rest)}, true
	}
	if ok {
		s.cwd = rest
		return waited{how: byExit, out: before, code: number(word)}, true
	}
	w := waited{how: byDeath, out: s.out.take(), code: s.exit.Code, err: s.err}
	if s.killed {
		w.how, w.err = byKill, nil
	}
	return w, true
}

// The words of marks that are not exit codes.
const (
	wordReady = "ready" // followed by what set reads
	wordDead  = "dead"  // the shell has ended; followed by its exit code
)

// number is an exit code as the shell printed it.
func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}

// settle looks whether the running command has ended and puts its output back
// for the next caller.
func (s *shell) settle() bool {
	w, ok := s.over()
	if !ok {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dead = w.how == byDeath
	later := s.out
	s.out = spool{buf: w.out.buf, dropped: w.out.dropped}
	if w.how == byExit {
		s.out.write(fmt.Appendf(nil, "[exit code %d]\n", w.code))
	}
	s.out.write(later.buf)
	s.fresh = len(s.out.buf)
	return true
}

// gone reports whether the shell has ended.
func (s *shell) gone() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended || s.dead || s.out.find(s.token+" "+wordDead, 0) >= 0
}

// rest is the output of a shell that has ended, as far as nobody has seen it.
func (s *shell) rest() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, _, _, ok := s.out.cut(s.token, len(s.out.buf))
	if !ok {
		before = s.out.take()
	}
	return before.text()
}

// silence stops the clock of the command.
func (s *shell) silence() {
	if s.alarm != nil {
		s.alarm.Stop()
	}
}

// interim takes what there is of a command that goes on.
func (s *shell) interim(how stopped) waited {
	s.mu.Lock()
	defer s.mu.Unlock()
	return waited{how: how, out: s.out.takeSome(s.token), code: -1}
}

// close kills the shell and everything started from it, and returns once the
// reader has ended.
func (s *shell) close() {
	s.silence()
	s.stop()
	<-s.done
}

// quote makes one word of s for a shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// timer is a time.Timer that may be absent.
type timer struct{ t *time.Timer }

func newTimer(d time.Duration) timer {
	if d <= 0 {
		return timer{}
	}
	return timer{time.NewTimer(d)}
}

func (t timer) c() <-chan time.Time {
	if t.t == nil {
		return nil
	}
	return t.t.C
}

func (t timer) reset(d time.Duration) {
	if t.t != nil {
		t.t.Reset(d)
	}
}

func (t timer) stop() {
	if t.t != nil {
		t.t.Stop()
	}
}
