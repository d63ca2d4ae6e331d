//go:build unix && !linux

package helper

import (
	"errors"
	"sync"
	"syscall"
)

// groups is the launcher of systems without subreapers: a command is a process
// group, and children that leave it escape.
type groups struct {
	mu   sync.Mutex
	live map[*group]bool
}

func newLauncher() (launcher, error) { return &groups{live: map[*group]bool{}}, nil }

func reap() {}

// launch implements launcher.
func (g *groups) launch(cmd *command, files [2]int, ended func(ending)) (job, error) {
	pid, err := syscall.ForkExec(cmd.path, cmd.args, &syscall.ProcAttr{
		Dir: cmd.dir, Env: cmd.env,
		Files: []uintptr{uintptr(files[0]), uintptr(files[1]), uintptr(files[1])},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	j := &group{pid: pid, alive: err == nil}
	if err != nil {
		var errno syscall.Errno
		if !errors.As(err, &errno) {
			return nil, err
		}
		ended(ending{errno: errno})
		return j, nil
	}
	g.mu.Lock()
	g.live[j] = true
	g.mu.Unlock()
	go g.wait(j, ended) // ends with the command
	return j, nil
}

func (g *groups) wait(j *group, ended func(ending)) {
	var w syscall.WaitStatus
	for {
		if _, err := syscall.Wait4(j.pid, &w, 0, nil); err != syscall.EINTR {
			break
		}
	}
	j.mu.Lock()
	j.alive = false
	j.mu.Unlock()
	if syscall.Kill(-j.pid, 0) != nil { // nobody is left in it
		g.mu.Lock()
		delete(g.live, j)
		g.mu.Unlock()
	}
	ended(ending{status: w})
}

// killAll implements launcher. Groups whose leader has ended count as well:
// their children were left running until now.
func (g *groups) killAll() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for j := range g.live {
		syscall.Kill(-j.pid, syscall.SIGKILL)
	}
}

type group struct {
	mu    sync.Mutex
	pid   int
	alive bool
}

// signal implements job.
func (j *group) signal(s syscall.Signal) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.alive {
		syscall.Kill(-j.pid, s)
	}
}

// kill implements job.
func (j *group) kill() { j.signal(syscall.SIGKILL) }
