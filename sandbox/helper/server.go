//go:build unix

package helper

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// server is the far end of the stream, inside the sandbox.
type server struct {
	w      frameWriter
	launch launcher
	null   int // descriptor that commands without input read

	conns atomic.Uint32 // accepted so far

	mu    sync.Mutex
	calls map[uint32]handler
}

// handler is a call under way. Its methods do not block.
type handler interface {
	data(p []byte) // p is the handler's to keep
	end()
	credit(n int)
	signal(s syscall.Signal)
	kill()
}

// launcher starts commands, each with a tree of processes that can be killed.
type launcher interface {
	// launch starts cmd with files as its input and its output, and calls ended
	// once, when it has ended or could not be executed.
	launch(cmd *command, files [2]int, ended func(ending)) (job, error)
	// killAll kills whatever was launched.
	killAll()
}

// job is a launched command.
type job interface {
	signal(s syscall.Signal)
	kill() // the whole tree; ended is called when it is gone
}

// ending is how a launched command ended.
type ending struct {
	status   syscall.WaitStatus
	errno    syscall.Errno // why it was not started
	survived bool          // processes of its tree would not die
}

// serve speaks the protocol on standard input and output until input ends.
func serve() error {
	in, out, err := takeStream()
	if err != nil {
		return err
	}
	if err := limit(); err != nil {
		return err
	}
	runtime.GOMAXPROCS(2) // one for work and one for when that blocks; more only contend
	s := &server{calls: map[uint32]handler{}}
	s.w.w = out
	if s.null, err = unix.Open(os.DevNull, unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
		return fmt.Errorf("open %s: %w", os.DevNull, err)
	}
	if s.launch, err = newLauncher(); err != nil {
		return err
	}
	hello := binary.AppendUvarint(nil, version)
	if err = s.w.send(frame{kind: kindHello, data: hello}); err == nil {
		err = s.read(in)
	}
	s.w.shut() // what dies now has not ended by itself: nobody shall hear that
	s.launch.killAll()
	return err
}

// takeStream moves the stream off descriptors 0 and 1, so that nothing else
// writes to it, and makes it one that a goroutine can wait for without a
// thread of its own.
func takeStream() (in, out *os.File, err error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, nil, err
	}
	defer null.Close()
	var files [2]*os.File
	for fd := range files {
		moved, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
		if err != nil {
			return nil, nil, fmt.Errorf("duplicate descriptor %d: %w", fd, err)
		}
		if err := unix.SetNonblock(moved, true); err != nil {
			return nil, nil, err
		}
		files[fd] = os.NewFile(uintptr(moved), "stream")
		if err := dup2(int(null.Fd()), fd); err != nil {
			return nil, nil, err
		}
	}
	return files[0], files[1], nil
}

// read obeys frames until the stream ends.
func (s *server) read(in io.Reader) error {
	r := bufio.NewReaderSize(in, 2*chunk)
	for {
		f, err := readFrame(r)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.obey(f); err != nil {
			return err
		}
	}
}

func (s *server) obey(f frame) error {
	switch f.kind {
	case kindExec:
		cmd, err := parseCommand(f.data)
		if err != nil {
			return err
		}
		p := newProcess(s, f.call, cmd)
		s.enter(f.call, p)
		go p.run() // ends with the call
		return nil
	case kindUnpack, kindPack:
		t := newTransfer(s, f.call, string(f.data))
		s.enter(f.call, t)
		go t.run(f.kind) // ends with the call
		return nil
	case kindListen:
		l := &listening{s: s, id: f.call, killed: make(chan struct{})}
		s.enter(f.call, l)
		go l.run() // ends with the call
		return nil
	case kindPing:
		go s.w.send(frame{kind: kindPong}) // the reader must not wait for the writer
		return nil
	}
	s.mu.Lock()
	h := s.calls[f.call]
	s.mu.Unlock()
	if h == nil {
		return nil // it has ended: the frame crossed the exit
	}
	return route(h, f)
}

// route hands a frame to the call it belongs to.
func route(h handler, f frame) error {
	switch f.kind {
	case kindData:
		h.data(f.data)
	case kindEnd:
		h.end()
	case kindCredit:
		if len(f.data) != 4 {
			return errors.New("malformed credit")
		}
		h.credit(int(binary.BigEndian.Uint32(f.data)))
	case kindSignal:
		if n := unix.SignalNum("SIG" + string(f.data)); n != 0 {
			h.signal(n)
		}
	case kindKill:
		h.kill()
	default:
		return fmt.Errorf("unexpected frame %d", f.kind)
	}
	return nil
}

func (s *server) enter(id uint32, h handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[id] = h
}

// exit sends the call's last output, a frame at most, and its exit.
func (s *server) exit(id uint32, e exit, output []byte) {
	s.mu.Lock()
	delete(s.calls, id)
	s.mu.Unlock()
	last := frame{kindExit, id, e.append(nil)}
	if len(output) == 0 {
		s.w.send(last)
		return
	}
	s.w.send(frame{kindData, id, output}, last)
}

// refill returns the function that gives credit for a call's input.
func (s *server) refill(id uint32) func(n int) {
	return func(n int) {
		s.w.send(frame{kindCredit, id, binary.BigEndian.AppendUint32(nil, uint32(n))})
	}
}
