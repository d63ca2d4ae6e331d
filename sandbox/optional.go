package sandbox

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"bench"
)

// What pools and sandboxes may do beyond their ports. Each interface is implemented by
// the kinds that have a use for it; who needs it asks for it with a type assertion.

// Reaching is implemented by sandboxes whose processes can reach this program,
// whatever network they have.
type Reaching interface {
	// Listen takes connections of processes in the sandbox.
	Listen(ctx context.Context) (Listener, error)
}

// Listener takes connections of processes in a sandbox. It and Conn are not those of
// package net: that is initialized after most of a program, and every helper, which
// has this package, would wait for it. Package netconn makes one of the other.
type Listener interface {
	// Accept waits for a connection. Its error matches fs.ErrClosed after Close, and
	// when the sandbox is gone.
	Accept() (Conn, error)
	// Close ends the listener. Connections that were accepted stay.
	Close() error
	// Addr is where processes in the sandbox reach it: a port of the loopback interface
	// there.
	Addr() string
}

// Conn is a connection of a process in a sandbox. It is safe for concurrent use.
type Conn interface {
	io.ReadWriteCloser
	// SetReadDeadline makes Read fail from a time on with os.ErrDeadlineExceeded, also
	// one that waits; the zero time is never.
	SetReadDeadline(at time.Time) error
	// SetWriteDeadline does so for Write.
	SetWriteDeadline(at time.Time) error
}

// Probing is implemented by processes that can say how far away they are.
type Probing interface {
	// Probe asks, on the way that the process's input takes, for an answer that does not
	// wait for the process. roundTrip is how long that took; 0 if it is not known.
	Probe() (roundTrip func() time.Duration)
}

// Bounded is implemented by sandboxes that may not take as much disk as they like.
type Bounded interface {
	// OnFull has f called once when the sandbox has taken more than it may, at once if that
	// is so already, unless it is forgotten before. Commands go on: whoever hears of it ends
	// them. f must not block.
	OnFull(f func()) (forget func())
}

// WithinDisk returns a context that ends with a *bench.LimitError as its cause when a
// sandbox has taken more disk than it may. Stop releases what it holds.
func WithinDisk(ctx context.Context, box Sandbox) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	forget := EndWhenFull(box, cancel)
	return ctx, func() {
		forget()
		cancel(nil)
	}
}

// EndWhenFull has end called with that error then.
func EndWhenFull(box Sandbox, end context.CancelCauseFunc) (forget func()) {
	b, ok := box.(Bounded)
	if !ok {
		return func() {}
	}
	return b.OnFull(func() {
		end(&bench.LimitError{Scope: bench.ScopeTrial, Resource: bench.ResourceDisk})
	})
}

// Fitter is implemented by pools that cannot run every task.
type Fitter interface {
	// Fits refuses tasks that cannot be run, before anything is pulled or spent.
	Fits(ctx context.Context, tasks []bench.Task) error
}

// Examiner is implemented by pools that can say whether what they need is there.
type Examiner interface {
	// Examine looks at what sandboxes of tasks would need, so many at once for agents and
	// for grading. Nothing is pulled or built.
	Examine(ctx context.Context, tasks []bench.Task, agents, grading int) bench.Checks
}

// Planner is implemented by pools that keep what trials need.
type Planner interface {
	// Expect tells which trials are to come, in their order.
	Expect(ctx context.Context, plan []bench.Trial) error
	// Ended tells that a trial needs nothing any more.
	Ended(trial bench.TrialKey)
}

// Versioner is implemented by pools whose sandboxes another program makes.
type Versioner interface {
	// Version returns the version of that program.
	Version(ctx context.Context) (string, error)
}

// Hosting is implemented by pools that know on which machine sandboxes are.
type Hosting interface {
	// Host returns the machine of a trial's sandboxes, and what the engine there is called
	// if the config names engines. ok is false while the trial has none.
	Host(trial bench.TrialKey) (engine string, host bench.Host, ok bool)
}

// ImageStore is implemented by pools whose sandboxes run images.
type ImageStore interface {
	// Images lists the images of tasks. Nothing is pulled or built.
	Images(ctx context.Context, tasks []bench.Task) (ImageList, error)
	// Image makes sure that the image of a task is there, as Create would.
	Image(ctx context.Context, task bench.Task) (bench.Image, error)
	// Keep makes the images of tasks stay, whatever the budget.
	Keep(ctx context.Context, tasks []bench.Task) error
	// Full reports whether images take as much disk as they may, or more.
	Full(ctx context.Context) (bool, error)
	// Prune removes images that were pulled or built here, the least recently used
	// ones first, until the budget is met. Those that are needed stay.
	Prune(ctx context.Context, o PruneOptions) (Pruned, error)
}

// Pinner is implemented by pools whose sandboxes can be held to certain images.
type Pinner interface {
	// Pin refuses tasks whose image is none of those listed by their ids, as far as that is
	// known before it is pulled or built, and has Create refuse them afterwards. It is called
	// before the first Create. A task that is not listed may have any.
	Pin(ctx context.Context, tasks []bench.Task, images map[string][]bench.Image) error
}

// OtherImageError is the error of a task that must run in a certain image and has another.
type OtherImageError struct {
	InstanceID string
	Image      bench.Image // as it is; without a digest if it is yet to be made
	Want       []bench.Image
}

// Error implements error.
func (e *OtherImageError) Error() string {
	now, was := e.Image.Digest, make([]string, len(e.Want))
	if now == "" {
		now = "not there yet"
	}
	for i, w := range e.Want {
		was[i] = w.Digest
		if w.Name != e.Image.Name {
			was[i] = w.Name + ", " + w.Digest
		}
	}
	return fmt.Sprintf("%s: image %s is now %s, and was %s", e.InstanceID, e.Image.Name, now,
		strings.Join(was, " or "))
}

// ImageInfo is an image that tasks need, and what is there of it.
type ImageInfo struct {
	Name    string // "" of an image that is built here, until its base image is there
	Base    string // of an image that is built here; otherwise it is pulled
	Tasks   []string
	Present bool

	Digest  string    // of a registry if it came from one, else the image's id
	Size    int64     // bytes, layers shared with other images included
	Made    bool      // pulled or built by this program
	LastUse time.Time // zero if this program did not make it
}

// ImageList is what is there of the images that tasks need.
type ImageList struct {
	Images []ImageInfo // in the order of the tasks
	Disk   int64       // bytes that those which are there take, shared layers once
	Made   int64       // bytes that count for the budget, those of other tasks included
}

// PruneOptions say which images go.
type PruneOptions struct {
	Budget int64 // bytes; images go until the others take no more
	All    bool  // whatever the budget says
	DryRun bool  // nothing is removed, only told
}

// Pruned is what was done to keep images within a budget.
type Pruned struct {
	Removed []RemovedImage
	Used    int64 // bytes that images pulled or built here take now, shared layers once
	Budget  int64 // bytes
}

// RemovedImage is an image that was removed.
type RemovedImage struct {
	Names   []string
	Freed   int64 // bytes: of the layers that no other image has
	LastUse time.Time
}

// Placer is implemented by pools of several machines, which decide where trials run, and
// so in which order those that Expect was told begin.
type Placer interface {
	// Next waits until a trial can begin, and returns it. It is called once for each.
	Next(ctx context.Context) (bench.TrialKey, error)
}

// Pacer is implemented by pools that can begin the longest tasks first.
type Pacer interface {
	// Pace tells how long all trials of tasks take together, by their ids, after Expect. Those
	// of which nothing is known stay behind the others, in their order.
	Pace(takes map[string]time.Duration)
}

// Recoverer is implemented by pools whose machines may be gone without any trial's doing.
type Recoverer interface {
	// Gone reports whether that has happened to a machine of a trial under way.
	Gone(ctx context.Context, trial bench.TrialKey) bool
	// Again waits until there is a machine on which such a trial can begin again.
	Again(ctx context.Context, trial bench.TrialKey) error
}
