package helper

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Orders to a reaper: a byte, the length of the payload (4 bytes), the payload.
// Input and output of a command to run travel with the byte.
const (
	orderRun    = 'R'
	orderSignal = 'S'
	orderKill   = 'K'
)

// A reaper answers orderRun with a byte when it has it and a report when the
// command has ended: a byte, status (4 bytes), errno (4 bytes), flags.
const (
	answerTaken = 'T'
	answerEnded = 'E'

	reportSize   = 9
	flagRetired  = 1 << 0 // it minds children and takes no further command
	flagSurvived = 1 << 1 // not all of them could be killed
)

// idleMax is how many reapers wait for commands; as many as usually run at once.
const idleMax = 8

// pool is the launcher of Linux: a reaper for each command.
//
// One goroutine collects the helper's dead children, reapers and strays; one
// per reaper reads its reports.
type pool struct {
	self string // path of this program

	mu      sync.Mutex
	idle    []*reaper
	reapers map[int]*reaper // by process id, idle ones included
	parents *sync.Cond      // signalled when there is a child to wait for
	overlap bool            // commands have run at once, and are expected to again
	spare   bool            // one is being spawned in advance
	closed  bool            // no more are spawned
}

// newLauncher makes the helper the root of its processes.
func newLauncher() (launcher, error) {
	if err := becomeRoot(); err != nil {
		return nil, err
	}
	p := &pool{self: "/proc/self/exe", reapers: map[int]*reaper{}}
	p.parents = sync.NewCond(&p.mu)
	prewarm()
	go p.collect() // ends with the process
	p.mu.Lock()
	defer p.mu.Unlock()
	r, err := p.spawn()
	if err != nil {
		return nil, fmt.Errorf("start reaper: %w", err)
	}
	p.idle = append(p.idle, r)
	return p, nil
}

// becomeRoot makes orphans children of this process, and shuts the process,
// its memory and its descriptors to the commands it runs.
func becomeRoot() error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("become subreaper: %w", err)
	}
	return unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
}

// launch implements launcher. Idle reapers may have been killed and not be known
// as dead; one that has not taken the order has done nothing yet, so another
// one gets it.
func (p *pool) launch(cmd *command, files [2]int, ended func(ending)) (job, error) {
	for range idleMax + 2 {
		r, err := p.take()
		if err != nil {
			return nil, err
		}
		j := &assignment{reaper: r, ended: ended, taken: make(chan bool, 1)}
		r.mu.Lock()
		r.now = j
		r.mu.Unlock()
		if err := r.run(cmd, files); err != nil {
			r.sock.Close() // watch sees it
		}
		if <-j.taken {
			return j, nil
		}
	}
	return nil, errors.New("reapers are killed")
}

// take returns an idle reaper. In a sandbox whose commands run one after the
// other that is always the same one; after a first command that has to wait for
// a second reaper, there is another one ready for the next.
func (p *pool) take() (*reaper, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		p.overlap = true
		return p.spawn()
	}
	r := p.idle[n-1]
	p.idle = p.idle[:n-1]
	if p.overlap {
		p.prepare()
	}
	return r, nil
}

// prepare sees to an idle reaper for the next command. The pool is locked.
func (p *pool) prepare() {
	if len(p.idle) == 0 && !p.spare {
		p.spare = true
		go p.spawnSpare() // ends once it is spawned
	}
}

func (p *pool) spawnSpare() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spare = false
	if r, err := p.spawn(); err == nil { // otherwise the next take says why not
		p.idle = append(p.idle, r)
	}
}

// replace makes up for a reaper that stays with what its command has left.
func (p *pool) replace() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.prepare()
}

// spawn starts a reaper. The pool is locked, so that collect cannot see a
// child before it is known to be a reaper.
func (p *pool) spawn() (*reaper, error) {
	if p.closed {
		return nil, errors.New("helper is ending")
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(pair[1])
	pid, err := syscall.ForkExec(p.self, []string{os.Args[0], Arg, reaperArg},
		&syscall.ProcAttr{
			Env:   append(os.Environ(), "GOMAXPROCS=2"),
			Files: []uintptr{0, 1, 2, uintptr(pair[1])},
		})
	if err != nil {
		unix.Close(pair[0])
		return nil, err
	}
	unix.SetNonblock(pair[0], true)
	r := &reaper{pool: p, pid: pid, sock: os.NewFile(uintptr(pair[0]), "reaper")}
	p.reapers[pid] = r
	p.parents.Signal()
	go r.watch() // ends with the reaper
	return r, nil
}

// put takes a reaper back.
func (p *pool) put(r *reaper) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) >= idleMax {
		r.sock.Close() // it leaves
		return
	}
	p.idle = append(p.idle, r)
}

// forget drops a reaper that is gone. Had it been killed, its command's
// processes would be the helper's children now: they are killed as well.
func (p *pool) forget(r *reaper) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.reapers, r.pid)
	for i, other := range p.idle {
		if other == r {
			p.idle = append(p.idle[:i], p.idle[i+1:]...)
			break
		}
	}
	killTree(func(pid int) bool { return p.reapers[pid] != nil })
}

// collect waits for children without end, as process 1 must.
func (p *pool) collect() {
	for {
		if _, err := unix.Wait4(-1, nil, 0, nil); !errors.Is(err, unix.ECHILD) {
			continue
		}
		p.mu.Lock()
		for len(p.reapers) == 0 {
			p.parents.Wait()
		}
		p.mu.Unlock()
		time.Sleep(time.Millisecond) // dead ones may be listed still
	}
}

// killAll implements launcher. In a container the kernel does it, at the exit
// of process 1.
func (p *pool) killAll() {
	if os.Getpid() == 1 {
		return
	}
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	killTree(nil)
}

// reaper is the helper's handle of a reaper.
type reaper struct {
	pool *pool
	pid  int
	sock *os.File

	mu  sync.Mutex
	now *assignment // nil when idle or retired
}

// assignment is a command given to a reaper. A reaper has many, one after the
// other, and what is meant for one must not reach the next.
type assignment struct {
	reaper *reaper
	ended  func(ending)
	taken  chan bool // says once whether the reaper has taken it; holds one
	told   bool      // under reaper.mu: taken has been said
	killed bool      // under reaper.mu
}

// run orders the reaper to run cmd.
func (r *reaper) run(cmd *command, files [2]int) error {
	payload := cmd.append(nil)
	b := append([]byte{orderRun}, binary.BigEndian.AppendUint32(nil, uint32(len(payload)))...)
	b = append(b, payload...)
	raw, err := r.sock.SyscallConn()
	if err != nil {
		return err
	}
	rights := unix.UnixRights(files[0], files[1])
	var n int
	var sendErr error
	err = raw.Write(func(fd uintptr) bool {
		n, sendErr = unix.SendmsgN(int(fd), b, rights, nil, unix.MSG_NOSIGNAL)
		return sendErr != unix.EAGAIN
	})
	if err == nil {
		err = sendErr
	}
	if err == nil && n < len(b) {
		_, err = r.sock.Write(b[n:])
	}
	return err
}

// signal implements job. A reaper that is too busy to listen misses it.
func (j *assignment) signal(s syscall.Signal) {
	r := j.reaper
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now != j {
		return
	}
	if raw, err := r.sock.SyscallConn(); err == nil {
		raw.Write(func(fd uintptr) bool {
			unix.Write(int(fd), []byte{orderSignal, 0, 0, 0, 1, byte(s)})
			return true
		})
	}
}

// kill implements job.
func (j *assignment) kill() {
	r := j.reaper
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now == j && !j.killed {
		j.killed = true
		r.sock.Write([]byte{orderKill, 0, 0, 0, 0})
	}
}

// watch reads answers until the reaper is gone.
func (r *reaper) watch() {
	defer r.sock.Close()
	in := bufio.NewReaderSize(r.sock, 64)
	for {
		answer, err := in.ReadByte()
		if err == nil && answer == answerTaken {
			r.tell(true)
			continue
		}
		var b [reportSize]byte
		if err == nil {
			_, err = io.ReadFull(in, b[:])
		}
		if err != nil {
			r.pool.forget(r)
			untaken := r.tell(false) != nil
			if j := r.release(); j != nil && !untaken {
				j.ended(ending{status: syscall.WaitStatus(syscall.SIGKILL)})
			}
			return
		}
		j := r.release()
		if b[8]&flagRetired == 0 {
			r.pool.put(r)
		} else {
			r.pool.replace()
		}
		if j != nil {
			j.ended(ending{
				status:   syscall.WaitStatus(binary.BigEndian.Uint32(b[0:])),
				errno:    syscall.Errno(binary.BigEndian.Uint32(b[4:])),
				survived: b[8]&flagSurvived != 0,
			})
		}
	}
}

// tell says whether the present command was taken, if that has not been said,
// and returns it then.
func (r *reaper) tell(taken bool) *assignment {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now == nil || r.now.told {
		return nil
	}
	r.now.told = true
	r.now.taken <- taken
	return r.now
}

// release parts the reaper from its command.
func (r *reaper) release() *assignment {
	r.mu.Lock()
	defer r.mu.Unlock()
	j := r.now
	r.now = nil
	return j
}
