package docker

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/docker/docker/api/types/container"

	"bench/internal/machine"
)

// measureTime is how long the engine may take to say what a container has written.
const measureTime = 30 * time.Second

// measureEvery is how long nobody looks at what a container has written. What it takes
// beyond its limit is what it writes meanwhile.
const measureEvery = 5 * time.Second

// measureRarest is how long nobody looks at most where looking takes long, as on a busy
// disk. So that looking does not keep the disk busy by itself, an engine is asked about
// measureAtOnce containers at once.
const (
	measureRarest = 30 * time.Second
	measureAtOnce = 2
)

// disk watches what a container writes. Where the engine's storage has quotas it also
// bounds it; elsewhere nothing else would keep a container from filling the disk.
type disk struct {
	most  int64 // bytes; 0: unlimited
	every time.Duration
	turns chan struct{} // of the engine's containers

	mu     sync.Mutex
	done   context.Context // ends with the watch
	end    context.CancelFunc
	timer  *time.Timer
	closed bool
	under  sync.WaitGroup // a measurement
	full   bool
	tell   map[*func()]struct{}
}

// watch looks at a container now and then, until stop.
func (d *disk) watch(size func(context.Context) (int64, error)) {
	if d.most <= 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.done, d.end = context.WithCancel(context.Background())
	d.timer = time.AfterFunc(d.every, func() { d.measure(size) })
}

// measure tells who wants to know if the container has written too much, else it looks
// again later: the rarer, the longer that takes, but not so rarely that a container that
// fills the disk goes unseen.
func (d *disk) measure(size func(context.Context) (int64, error)) {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return
	}
	d.under.Add(1)
	d.mu.Unlock()
	defer d.under.Done()
	select {
	case d.turns <- struct{}{}:
	case <-d.done.Done():
		return
	}
	ctx, cancel := context.WithTimeout(d.done, measureTime)
	begin := time.Now()
	n, err := size(ctx)
	cancel()
	<-d.turns
	d.mu.Lock()
	defer d.mu.Unlock()
	if err == nil && n > d.most && !d.full {
		d.full = true
		for f := range d.tell {
			(*f)()
		}
	}
	if !d.closed {
		d.timer.Reset(max(d.every, min(20*time.Since(begin), measureRarest)))
	}
}

// stop ends the watch, and a measurement that is under way.
func (d *disk) stop() {
	d.mu.Lock()
	d.closed = true
	if d.timer != nil {
		d.timer.Stop()
		d.end()
	}
	d.mu.Unlock()
	d.under.Wait()
}

// OnFull implements sandbox.Bounded.
func (b *box) OnFull(f func()) (forget func()) {
	d := &b.disk
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.full {
		f()
		return func() {}
	}
	if d.tell == nil {
		d.tell = map[*func()]struct{}{}
	}
	d.tell[&f] = struct{}{}
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.tell, &f)
	}
}

// written is how many bytes the container has written over its image.
func (b *box) written(ctx context.Context) (int64, error) {
	c, _, err := b.pool.engine.ContainerInspectWithRaw(ctx, b.id, true)
	if err != nil || c.ContainerJSONBase == nil || c.SizeRw == nil {
		return 0, err
	}
	return *c.SizeRw, nil
}

// room is how many bytes are free on the disk of the engine's images and containers, if it
// runs on this machine. Engines of other systems than Linux run in a virtual one.
func (p *Pool) room() (free uint64, known bool) {
	if p.disk == "" {
		return 0, false
	}
	free, err := machine.Free(p.disk)
	return free, err == nil
}

// sound is an error if that disk is full, so that what went wrong may be no fault of what
// ran.
func (p *Pool) sound() error {
	if p.disk == "" {
		return nil
	}
	return machine.Full(p.disk)
}

// createWithin creates a container, with a quota on its disk if the engine's storage has such.
func (p *Pool) createWithin(
	ctx context.Context, most int64, h *container.HostConfig,
	create func() (container.CreateResponse, error),
) (container.CreateResponse, error) {
	if most > 0 && !p.noQuota.Load() {
		h.StorageOpt = map[string]string{"size": strconv.FormatInt(most, 10)}
		c, err := create()
		if err == nil || ctx.Err() != nil || !noQuota(err) {
			return c, err
		}
		p.noQuota.Store(true)
		h.StorageOpt = nil
	}
	return create()
}

// noQuota reports whether a container was not created because the engine's storage has
// no quotas: they take overlay2 on XFS with pquota, Btrfs or ZFS.
func noQuota(err error) bool {
	text := err.Error()
	return strings.Contains(text, "storage-opt") || strings.Contains(text, "storage opt") ||
		strings.Contains(text, "pquota") || strings.Contains(text, "quota not supported")
}
