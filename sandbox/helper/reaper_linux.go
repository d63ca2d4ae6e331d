package helper

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// minder is a reaper's own side: it runs one command after the other and owns
// all processes that they start.
//
// The main goroutine takes orders, another one waits for children. Both block
// in system calls, on threads that exist from the beginning.
type minder struct {
	mu       sync.Mutex
	children *sync.Cond // signalled when there is a child to wait for
	leader   int        // process id of the command; 0 when it has ended
	status   syscall.WaitStatus
	busy     bool // a report is owed
	killing  bool
	survived bool
	retired  bool
}

const orderFd = 3

// reap is the main function of a reaper. It does not return.
func reap() {
	if err := becomeRoot(); err != nil {
		fmt.Fprintln(os.Stderr, "sandbox reaper:", err)
		os.Exit(1)
	}
	unix.CloseOnExec(orderFd)
	prewarm()
	m := &minder{}
	m.children = sync.NewCond(&m.mu)
	go m.wait() // ends with the process
	m.obey()
	killTree(nil) // the helper is gone
	os.Exit(0)
}

// obey takes orders until the helper closes the socket.
func (m *minder) obey() {
	for {
		order, payload, files, err := readOrder()
		if err != nil {
			return
		}
		switch order {
		case orderRun:
			m.run(payload, files)
		case orderSignal:
			m.signal(syscall.Signal(payload[0]))
		case orderKill:
			m.kill()
		}
	}
}

// readOrder reads one order, and the descriptors that came with it.
func readOrder() (order byte, payload []byte, files []int, err error) {
	head := make([]byte, 5)
	oob := make([]byte, unix.CmsgSpace(2*4))
	var n, oobn int
	for {
		n, oobn, _, _, err = unix.Recvmsg(orderFd, head, oob, unix.MSG_CMSG_CLOEXEC)
		if err != unix.EINTR {
			break
		}
	}
	if err != nil || n == 0 {
		return 0, nil, nil, errors.New("closed")
	}
	if messages, err := unix.ParseSocketControlMessage(oob[:oobn]); err == nil {
		for i := range messages {
			fds, _ := unix.ParseUnixRights(&messages[i])
			files = append(files, fds...)
		}
	}
	if err := readFull(head[n:]); err != nil {
		return 0, nil, nil, err
	}
	payload = make([]byte, binary.BigEndian.Uint32(head[1:]))
	return head[0], payload, files, readFull(payload)
}

func readFull(b []byte) error {
	for len(b) > 0 {
		n, err := unix.Read(orderFd, b)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return errors.New("closed")
		}
		b = b[n:]
	}
	return nil
}

// run starts a command in a session of its own.
func (m *minder) run(payload []byte, files []int) {
	m.mu.Lock() // wait shall not see the child before it is known as leader
	defer m.mu.Unlock()
	m.busy = true
	unix.Write(orderFd, []byte{answerTaken}) // from here on it may have happened
	cmd, err := parseCommand(payload)
	if err != nil || len(files) != 2 {
		m.report(0, syscall.EINVAL)
		return
	}
	offerToOOM(true)
	pid, err := syscall.ForkExec(cmd.path, cmd.args, &syscall.ProcAttr{
		Dir: cmd.dir, Env: cmd.env,
		Files: []uintptr{uintptr(files[0]), uintptr(files[1]), uintptr(files[1])},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	offerToOOM(false)
	for _, fd := range files {
		unix.Close(fd)
	}
	if err != nil {
		errno, _ := err.(syscall.Errno)
		m.report(0, errno)
		return
	}
	m.leader = pid
	m.children.Signal()
}

func (m *minder) signal(s syscall.Signal) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.leader != 0 {
		syscall.Kill(-m.leader, s)
	}
}

// kill kills the command and everything it has started, if it has not ended.
func (m *minder) kill() {
	m.mu.Lock()
	if m.leader == 0 || !m.busy {
		m.mu.Unlock()
		return
	}
	m.killing = true
	m.mu.Unlock()
	err := killTree(nil)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.killing = false
	if err != nil { // do not wait for what does not die
		m.survived = true
		if m.leader != 0 {
			m.leader, m.status = 0, syscall.WaitStatus(syscall.SIGKILL)
		}
	}
	m.finish()
}

// wait collects dead children: commands and the orphans they leave.
func (m *minder) wait() {
	for {
		var w syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &w, 0, nil)
		m.mu.Lock()
		switch {
		case err == syscall.ECHILD && m.retired:
			os.Exit(0)
		case err == syscall.ECHILD && m.leader == 0:
			m.children.Wait()
		case err == nil && pid == m.leader:
			m.leader, m.status = 0, w
			m.finish()
		}
		m.mu.Unlock()
	}
}

// finish reports the command's end, unless kill has yet to do with its
// children. With m.mu held.
func (m *minder) finish() {
	if !m.busy || m.killing || m.leader != 0 {
		return
	}
	for {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		if err == syscall.ECHILD {
			break
		}
		if err == nil && pid == 0 {
			m.retired = true // children are left
			break
		}
	}
	m.report(m.status, 0)
}

// report tells the helper how the command ended. With m.mu held.
func (m *minder) report(status syscall.WaitStatus, errno syscall.Errno) {
	b := [1 + reportSize]byte{answerEnded}
	binary.BigEndian.PutUint32(b[1:], uint32(status))
	binary.BigEndian.PutUint32(b[5:], uint32(errno))
	if m.retired {
		b[9] |= flagRetired
	}
	if m.survived {
		b[9] |= flagSurvived
	}
	m.busy = false
	unix.Write(orderFd, b[:])
}

// offerToOOM makes what is forked now a likelier victim of a lack of memory
// than the helper, without which the sandbox is lost. It is a wish: a user who
// may not express it goes without.
func offerToOOM(on bool) {
	value := "0"
	if on {
		value = "500"
	}
	if fd, err := unix.Open("/proc/self/oom_score_adj", unix.O_WRONLY|unix.O_CLOEXEC, 0); err == nil {
		unix.Write(fd, []byte(value))
		unix.Close(fd)
	}
}

// prewarm makes the threads that the process will need, because it may run
// where a command has used up all processes that the sandbox may have.
func prewarm() {
	const threads = 4
	var ready, done sync.WaitGroup
	ready.Add(threads)
	done.Add(threads)
	release := make(chan struct{})
	for range threads {
		go func() { // done waits
			runtime.LockOSThread()
			ready.Done()
			<-release
			runtime.UnlockOSThread()
			done.Done()
		}()
	}
	ready.Wait()
	close(release)
	done.Wait()
}
