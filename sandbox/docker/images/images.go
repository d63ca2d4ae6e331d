// Package images keeps the images that containers run: it pulls them, through
// mirrors and with logins, builds those of task folders, records which it has
// made, and removes these when they take more disk than they may.
package images

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/docker/docker/client"

	"bench"
	"bench/sandbox"
)

// Options configure a Store. The zero value of a field takes the default.
type Options struct {
	// ImageFor names the image of a task whose Source names no base image.
	ImageFor func(bench.Task) string
	// Platform of images and containers, as "linux/amd64"; default: the engine's.
	Platform string
	// Mirror names what images are pulled as: {registry} stands for an image's
	// registry and {image} for the rest of its name. A template without
	// {registry} is for images of Docker Hub. Default: each image's own name.
	Mirror string
	// Records is the directory where images that are pulled or built are
	// recorded. Default: none are, and so none are ever removed.
	Records string
	// DiskBudget is how many bytes of disk the recorded images may take before
	// those that nobody needs are removed. Default: no limit.
	DiskBudget int64

	// AnswerTime is how long the engine may take to answer, to the last byte where no pull or
	// build goes on meanwhile. Default: DefaultAnswerTime.
	AnswerTime time.Duration

	// OnPull, if not nil, is told how pulls proceed. It must not block.
	OnPull func(Progress)
	// OnPrune, if not nil, is told of images that were removed, and whenever the
	// budget is exceeded. It must not block.
	OnPrune func(sandbox.Pruned)
}

// DefaultAnswerTime is long because a busy engine takes long, as to remove what a container
// has written; one that takes longer hangs.
const DefaultAnswerTime = 5 * time.Minute

// answering returns a context for a request that is answered at once.
func (st *Store) answering(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, cmp.Or(st.o.AnswerTime, DefaultAnswerTime))
}

// Store is the images of one engine. It is safe for concurrent use.
type Store struct {
	o      Options
	engine *client.Client
	cache  cache
	pull   retry
	pins   map[string][]bench.Image // by task; see Pin

	records records
	stacks  stacks
	use     imageUse
}

// New returns the images of an engine, which the caller closes.
func New(engine *client.Client, o Options) *Store {
	return &Store{
		o: o, engine: engine, records: records{root: o.Records},
		pull: retry{first: 2 * time.Second, longest: time.Minute, limit: 10 * time.Minute},
	}
}

// Image makes sure that the task's image is there, as Create would.
func (st *Store) Image(ctx context.Context, task bench.Task) (bench.Image, error) {
	image, err := st.Get(ctx, task)
	if err != nil {
		return bench.Image{}, fmt.Errorf("get image of %s: %w", task.InstanceID, err)
	}
	return image.Image, nil
}

// Forget has an image that is gone looked for again.
func (st *Store) Forget(id string) { st.cache.forget(id) }

// Begin notes that a trial needs its image until it has ended.
func (st *Store) Begin(trial bench.TrialKey) { st.use.begin(trial) }

// Hold keeps an image until done is called.
func (st *Store) Hold(id string) (done func()) { return st.use.hold(id) }

// Workdir is where the task's repository lies in its image.
func Workdir(task bench.Task) string {
	if task.Source.Workdir != "" {
		return task.Source.Workdir
	}
	return "/testbed"
}

// turns lets one caller at a time do the work of a key.
type turns struct {
	mu    sync.Mutex
	byKey map[string]chan struct{}
}

// wait waits for the key's turn; done ends it.
func (t *turns) wait(ctx context.Context, key string) (done func(), err error) {
	t.mu.Lock()
	if t.byKey == nil {
		t.byKey = map[string]chan struct{}{}
	}
	turn := t.byKey[key]
	if turn == nil {
		turn = make(chan struct{}, 1)
		t.byKey[key] = turn
	}
	t.mu.Unlock()
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// ErrNoImage: a task that names no image cannot be run.
var ErrNoImage = errors.New("the task names neither an image nor a base image to build on")
