// Package sandbox is the port to disposable machines: what a trial's commands
// run in, and what its patch is judged in.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"bench"
)

// Pool makes sandboxes of one kind. It is safe for concurrent use.
type Pool interface {
	// Create makes and starts a sandbox. The caller closes it.
	Create(ctx context.Context, spec Spec) (Sandbox, error)
	// Reap removes what dead runs left behind and returns how many sandboxes
	// that were. Sandboxes of live processes are left alone.
	Reap(ctx context.Context) (int, error)
	// Close releases what the pool holds.
	Close() error
}

// Purpose says what a sandbox is for; limits and network differ.
type Purpose string

// The purposes. The sandbox an agent worked in never grades.
const (
	ForAgent   Purpose = "agent"
	ForGrading Purpose = "grading"
)

// Spec describes a sandbox.
type Spec struct {
	RunID   string
	Trial   bench.TrialKey
	Purpose Purpose
	Task    bench.Task
}

// Sandbox is one disposable machine. It is safe for concurrent use.
type Sandbox interface {
	// Workdir is where the task's repository lies, an absolute path inside.
	Workdir() string
	// Start starts a command. Cancelling ctx kills its whole process tree,
	// children in sessions of their own included.
	Start(ctx context.Context, cmd Cmd) (Process, error)
	// CopyIn unpacks a tar stream below dir, an absolute path inside, which is
	// made if it is missing. Files replace files, each in one step, and nothing
	// is written outside dir. Entries dated 1970 get the present time. Owners
	// are kept where the sandbox's user may give files away.
	CopyIn(ctx context.Context, dir string, tar io.Reader) error
	// CopyOut packs the file or directory at path into a tar stream whose names
	// begin with the last element of path. A symbolic link at path is followed,
	// links below it are kept; devices, pipes and sockets are left out. The
	// error matches fs.ErrNotExist if there is nothing at path.
	CopyOut(ctx context.Context, path string) (io.ReadCloser, error)
	// Close kills everything and removes the sandbox. It is idempotent.
	Close(ctx context.Context) error
}

// Cmd is a command. Standard output and error are one stream, in the order in
// which the command wrote them.
type Cmd struct {
	Args    []string      // never empty; Args[0] is looked up in PATH
	Dir     string        // default: the workdir
	Env     []string      // KEY=value, added to the sandbox's own
	Timeout time.Duration // 0: none. When it expires the process tree is killed
	Stdin   bool          // whether Process.Write will be used; otherwise stdin is empty
}

// Shell returns the command that runs script with the sandbox's /bin/sh.
func Shell(script string) Cmd { return Cmd{Args: []string{"/bin/sh", "-c", script}} }

// Process is a running command.
type Process interface {
	// Read reads merged output; io.EOF follows the last byte. Output of
	// children that outlive the command is no longer read. A command whose
	// output nobody reads blocks once a few hundred kilobytes are waiting.
	io.Reader
	// Write writes to standard input. CloseInput ends it.
	io.Writer
	CloseInput() error
	// Signal sends a signal (INT, TERM, KILL, …) to the process group.
	Signal(name string) error
	// Kill kills the whole process tree and returns once it is gone.
	Kill() error
	// Wait returns once the command has ended and its output is complete, read
	// or not. A command that cannot be started exits with 127 if it is missing
	// and 126 otherwise, and its output says why. The error is ErrLost, or the
	// cause with which the context of Start ended.
	Wait() (Exit, error)
}

// Exit is how a command ended.
type Exit struct {
	Code     int // 128+n for a command killed by signal n
	TimedOut bool
	Duration time.Duration
}

// Result is the outcome of Run.
type Result struct {
	Exit
	Output []byte
}

// ErrLost: the machine itself is gone or unreachable. It is never the fault of
// the command, or of the agent that sent it.
var ErrLost = errors.New("sandbox lost")

// ErrUnreached is an ErrLost: what has the machine, such as an engine, does not answer. It
// may do so again.
var ErrUnreached = fmt.Errorf("%w: not reached", ErrLost)

// ImageNamer is implemented by sandboxes that run an image.
type ImageNamer interface{ Image() bench.Image }

// NetworkNamer is implemented by sandboxes that may do without a network.
type NetworkNamer interface{ Network() string }
