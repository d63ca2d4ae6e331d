package helper

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// killLimit bounds killTree: a process in an uninterruptible wait cannot die.
const killLimit = 20 * time.Second

// killTree kills all descendants of this process until there are none. If spare
// is not nil, children that it names are left alone, with their descendants.
//
// Being a subreaper, the process is an ancestor of whatever its commands have
// started, so following parents in /proc finds everything. Processes are
// stopped first, and killed once a look finds no new ones: a tree that forks
// faster than it is killed would otherwise never end.
func killTree(spare func(pid int) bool) error {
	stopped := map[int]bool{}
	pause := 100 * time.Microsecond
	for end := time.Now().Add(killLimit); time.Now().Before(end); time.Sleep(pause) {
		pause = min(2*pause, 10*time.Millisecond)
		if childless() {
			return nil
		}
		alive, err := descendants(os.Getpid(), spare)
		if err != nil {
			return err
		}
		if len(alive) == 0 && spare != nil {
			return nil
		}
		fresh := false
		for _, pid := range alive {
			if !stopped[pid] {
				stopped[pid], fresh = true, true
				syscall.Kill(pid, syscall.SIGSTOP)
			}
		}
		if fresh {
			continue
		}
		for _, pid := range alive {
			syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	return errors.New("processes survive SIGKILL")
}

// childless reports whether the process has no children, dead ones included:
// then it has no descendants either.
func childless() bool {
	err := unix.Waitid(unix.P_ALL, 0, nil, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
	return err == unix.ECHILD
}

// descendants lists the living descendants of root but the spared.
func descendants(root int, spare func(pid int) bool) ([]int, error) {
	names, err := readNames("/proc")
	if err != nil {
		return nil, err
	}
	children := map[int][]int{}
	dead := map[int]bool{}
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + name + "/stat")
		if err != nil {
			continue
		}
		state, parent, ok := parseStat(stat)
		if !ok {
			continue
		}
		children[parent] = append(children[parent], pid)
		dead[pid] = state == 'Z' || state == 'X'
	}
	var alive []int
	for queue := []int{root}; len(queue) > 0; queue = queue[1:] {
		for _, pid := range children[queue[0]] {
			if queue[0] == root && spare != nil && spare(pid) {
				continue
			}
			queue = append(queue, pid)
			if !dead[pid] {
				alive = append(alive, pid)
			}
		}
	}
	return alive, nil
}

func readNames(dir string) ([]string, error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.Readdirnames(-1)
}

// parseStat takes state and parent from /proc/<pid>/stat: "pid (name) S parent",
// where the name may hold anything.
func parseStat(b []byte) (state byte, parent int, ok bool) {
	i := bytes.LastIndexByte(b, ')')
	if i < 0 || len(b) < i+5 {
		return 0, 0, false
	}
	fields := bytes.Fields(b[i+1:])
	if len(fields) < 2 {
		return 0, 0, false
	}
	parent, err := strconv.Atoi(string(fields[1]))
	return fields[0][0], parent, err == nil
}
