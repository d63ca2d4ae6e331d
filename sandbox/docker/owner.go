package docker

import (
	"os"
	"strconv"
	"strings"
)

// owner says which process a container belongs to, well enough to tell from
// the same machine whether that process is still alive.
type owner struct {
	host  string
	boot  string // identifies the boot of the host; empty where unknown
	space string // identifies the namespace of process ids; empty where unknown
	pid   int
	start string // when the process began, in the system's terms; empty where unknown
}

// self returns this process.
func self() owner {
	host, _ := os.Hostname()
	o := owner{host: host, pid: os.Getpid()}
	o.boot, o.space = thisMachine()
	o.start = started(o.pid)
	return o
}

// String is the value of the container's label.
func (o owner) String() string {
	return strings.Join([]string{o.host, o.boot, o.space, strconv.Itoa(o.pid), o.start}, "|")
}

// parseOwner reads a label; what cannot be read is nobody's.
func parseOwner(label string) owner {
	f := strings.Split(label, "|")
	if len(f) != 5 {
		return owner{}
	}
	pid, err := strconv.Atoi(f[3])
	if err != nil {
		return owner{}
	}
	return owner{host: f[0], boot: f[1], space: f[2], pid: pid, start: f[4]}
}

// dead reports whether the process is known to be gone. Of processes of other
// machines and of other containers nothing is known.
func (o owner) dead() bool {
	me := self()
	if o.pid <= 0 || o.host != me.host {
		return false
	}
	if o.boot != me.boot {
		return true
	}
	if o.space != me.space {
		return false
	}
	return !running(o.pid) || o.start != started(o.pid)
}
