package sandbox

import (
	"context"
	"time"

	"bench"
)

// What pools may do beyond Pool. Each interface is implemented by the kinds that
// have a use for it; who needs it asks for it with a type assertion.

// Fitter is implemented by pools that cannot run every task.
type Fitter interface {
	// Fits refuses tasks that cannot be run, before anything is pulled or spent.
	Fits(ctx context.Context, tasks []bench.Task) error
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
