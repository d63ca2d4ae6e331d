//go:build unix

package helper

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// process is the helper's side of a command. One goroutine (run) launches it,
// passes its output on and sends its exit; one more feeds its input.
type process struct {
	s   *server
	id  uint32
	cmd *command
	out *outbox
	in  *inbox

	mu       sync.Mutex
	job      job           // nil until launched
	pending  []func(j job) // what came before that
	read     *os.File      // output pipe
	write    *os.File      // input pipe, if any
	ended    chan struct{}
	ending   ending // valid once ended is closed
	timedOut bool
	over     bool // read has its last deadline
}

func newProcess(s *server, id uint32, cmd *command) *process {
	p := &process{s: s, id: id, cmd: cmd, ended: make(chan struct{})}
	p.out = newOutbox(func(b []byte) error { return s.w.send(frame{kindData, id, b}) })
	p.in = newInbox(s.refill(id))
	return p
}

var errEnded = errors.New("command has ended")

func (p *process) data(b []byte)           { p.in.put(b) }
func (p *process) end()                    { p.in.end(io.EOF) }
func (p *process) credit(n int)            { p.out.add(n) }
func (p *process) signal(s syscall.Signal) { p.order(func(j job) { j.signal(s) }) }
func (p *process) kill()                   { p.order(job.kill) }

// order applies f to the job, now or when there is one.
func (p *process) order(f func(j job)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.job == nil {
		p.pending = append(p.pending, f)
		return
	}
	f(p.job)
}

func (p *process) run() {
	began := time.Now()
	if code, message := p.launch(); code != 0 {
		p.s.exit(p.id, exit{code: code, took: time.Since(began)}, []byte(message))
		return
	}
	var timer *time.Timer
	if p.cmd.timeout > 0 {
		timer = time.AfterFunc(p.cmd.timeout, func() {
			p.mu.Lock()
			p.timedOut = true
			p.mu.Unlock()
			p.kill()
		})
	}
	rest := p.pump()
	select {
	case <-p.ended:
	case <-time.After(hold): // it has closed its output and goes on
		p.out.send(rest)
		rest = nil
		<-p.ended
	}
	took := time.Since(began)
	if timer != nil {
		timer.Stop()
	}
	p.in.abort(errEnded)
	rest = p.lastOutput(rest)
	e, message := p.result(took)
	p.s.exit(p.id, e, append(rest, message...))
	// Children left behind may still write. They shall neither block nor get a
	// SIGPIPE for it.
	io.Copy(io.Discard, p.read)
	p.read.Close()
}

// launch starts the command. A code other than 0 is the exit code of a command
// that could not be started, and message says why.
func (p *process) launch() (code int, message string) {
	cmd, name := *p.cmd, p.cmd.args[0]
	cmd.env = environment(os.Environ(), cmd.env)
	if cmd.path, code = find(name, cmd.dir, cmd.env); code != 0 {
		return code, startMessage(name, code, nil)
	}
	files := [2]int{p.s.null, -1}
	defer func() {
		for _, fd := range files {
			if fd != p.s.null && fd >= 0 {
				unix.Close(fd)
			}
		}
	}()
	err := p.pipes(&files)
	var j job
	if err == nil {
		j, err = p.s.launch.launch(&cmd, files, p.setEnded)
	}
	if err != nil {
		p.close(p.read)
		p.close(p.write)
		return 126, startMessage(name, 126, err)
	}
	if p.write != nil {
		go p.feed() // ends with the command, or with its input
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.job = j
	for _, f := range p.pending {
		f(j)
	}
	p.pending = nil
	return 0, ""
}

// pipes makes the command's output pipe and, if it wants input, the other. The
// command's ends go to files.
func (p *process) pipes(files *[2]int) error {
	r, w, err := pipe()
	if err != nil {
		return err
	}
	unix.SetNonblock(r, true)
	p.read, files[1] = os.NewFile(uintptr(r), "output"), w
	if !p.cmd.stdin {
		return nil
	}
	if r, w, err = pipe(); err != nil {
		return err
	}
	unix.SetNonblock(w, true)
	p.write, files[0] = os.NewFile(uintptr(w), "input"), r
	return nil
}

// setEnded is called by the launcher, once. It ends all waits.
func (p *process) setEnded(e ending) {
	p.ending = e
	p.mu.Lock()
	p.over = true
	p.read.SetReadDeadline(time.Unix(1, 0)) // for output,
	p.mu.Unlock()
	close(p.ended)        // not before that: whoever knows of the end reads without a deadline
	p.out.close(errEnded) // for credit,
	if p.write != nil {
		p.write.SetWriteDeadline(time.Unix(1, 0)) // and for the command to read
	}
}

// deadline sets one for reading output, unless the command has ended.
func (p *process) deadline(t time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.over {
		p.read.SetReadDeadline(t)
	}
}

// hold is how long output waits for more of it, or for the end of the command:
// most commands then cost a single write to the stream.
const hold = time.Millisecond

// pump passes output on until the command has ended or has closed it, and
// returns what it has not sent yet.
func (p *process) pump() (rest []byte) {
	buf := make([]byte, chunk)
	for {
		n, err := p.out.take(chunk)
		if err != nil {
			return nil
		}
		m, err := p.gather(buf[:n])
		p.out.add(n - m)
		if err != nil {
			return buf[:m]
		}
		p.out.send(buf[:m])
	}
}

// gather reads what comes until there has been something for a while. It
// returns an error when nothing more will come.
func (p *process) gather(b []byte) (n int, err error) {
	n, err = p.read.Read(b)
	if err != nil || n == len(b) {
		return n, err
	}
	p.deadline(time.Now().Add(hold))
	for n < len(b) && err == nil {
		var m int
		m, err = p.read.Read(b[n:])
		n += m
	}
	p.deadline(time.Time{})
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return n, err
	}
	select {
	case <-p.ended:
		return n, errEnded
	default:
		return n, nil
	}
}

// lastOutput adds what the pipe holds at the end of the command to rest, and
// sends what is too much for one frame. It is at most a pipeful, so it needs
// no credit. What comes later is not the command's.
func (p *process) lastOutput(rest []byte) []byte {
	p.read.SetReadDeadline(time.Time{})
	left := 0
	if raw, err := p.read.SyscallConn(); err == nil {
		raw.Control(func(fd uintptr) { left, _ = unix.IoctlGetInt(int(fd), bytesReadable) })
	}
	for left > 0 {
		if len(rest) == chunk {
			p.out.send(rest)
			rest = rest[:0]
		}
		rest = slices.Grow(rest, chunk-len(rest))
		n, err := p.read.Read(rest[len(rest):min(len(rest)+left, chunk)])
		if err != nil {
			break
		}
		rest = rest[:len(rest)+n]
		left -= n
	}
	return rest
}

// result returns the command's exit and, if it was not executed, what its
// output says instead.
func (p *process) result(took time.Duration) (e exit, message string) {
	e = exit{took: took}
	switch w, name := p.ending.status, p.cmd.args[0]; {
	case p.ending.errno == syscall.ENOENT && isDir(p.cmd.dir):
		e.code = 127
		message = startMessage(name, 127, nil)
	case p.ending.errno == syscall.ENOENT:
		e.code = 126
		message = startMessage(p.cmd.dir, 126, syscall.ENOENT)
	case p.ending.errno != 0:
		e.code = 126
		message = startMessage(name, 126, p.ending.errno)
	case w.Signaled():
		e.code = 128 + int(w.Signal())
		p.mu.Lock()
		e.timedOut = p.timedOut && w.Signal() == syscall.SIGKILL // else it just made it
		p.mu.Unlock()
	default:
		e.code = w.ExitStatus()
	}
	if p.ending.survived {
		e.fault, e.message = faultSurvivor, "processes survive SIGKILL"
	}
	return e, message
}

// feed passes input on.
func (p *process) feed() {
	_, err := io.Copy(p.write, p.in)
	p.close(p.write)
	select {
	case <-p.ended:
		return
	default:
	}
	if err != nil {
		p.in.abort(err)
		p.s.w.send(frame{kindBroken, p.id, nil})
	}
}

func (p *process) close(f *os.File) {
	if f != nil {
		f.Close()
	}
}

func isDir(name string) bool {
	fi, err := os.Stat(name)
	return name == "" || err == nil && fi.IsDir()
}

// environment returns base with the additions, without duplicates.
func environment(base, more []string) []string {
	at := make(map[string]int, len(base)+len(more))
	env := make([]string, 0, len(base)+len(more))
	for _, kv := range append(base[:len(base):len(base)], more...) {
		key, _, ok := strings.Cut(kv, "=")
		if !ok {
			continue
		}
		if i, seen := at[key]; seen {
			env[i] = kv
			continue
		}
		at[key] = len(env)
		env = append(env, kv)
	}
	return env
}

// find looks a program up as execvp(3) does, in the PATH of env. The code is
// 0, or the 126 or 127 that a shell would exit with.
func find(name, dir string, env []string) (path string, code int) {
	if strings.Contains(name, "/") {
		return name, 0 // the kernel says what is wrong with it
	}
	var list string
	for _, kv := range env {
		if v, ok := strings.CutPrefix(kv, "PATH="); ok {
			list = v
		}
	}
	code = 127
	for _, d := range filepath.SplitList(list) {
		if !filepath.IsAbs(d) {
			d = filepath.Join(dir, d)
		}
		path := filepath.Join(d, name)
		fi, err := os.Stat(path)
		switch {
		case err != nil || fi.IsDir():
		case unix.Access(path, unix.X_OK) == nil:
			return path, 0
		default:
			code = 126
		}
	}
	return "", code
}

// startMessage is what the output of a command that did not start says.
func startMessage(name string, code int, err error) string {
	switch {
	case err != nil:
		return fmt.Sprintf("%s: %v\n", name, err)
	case code == 127:
		return name + ": not found\n"
	default:
		return name + ": permission denied\n"
	}
}
