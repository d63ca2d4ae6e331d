package docker

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/docker/docker/api/types/container"
)

// measureTime is how long the engine may take to say what a container has written.
const measureTime = 30 * time.Second

// measureEvery is how long nobody looks at what a container has written. What it takes
// beyond its limit is what it writes meanwhile.
const measureEvery = 5 * time.Second

// measureAgain is how long nobody looks at the most, however long the engine takes.
const measureAgain = time.Minute

// disk watches what a container writes. Where the engine's storage has quotas it also
// bounds it; elsewhere nothing else would keep a container from filling the disk.
type disk struct {
	most  int64 // bytes; 0: unlimited
	every time.Duration

	mu     sync.Mutex
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
	d.timer = time.AfterFunc(d.every, func() { d.measure(size) })
}

// measure tells who wants to know if the container has written too much, else it looks
// again later: the rarer, the longer that takes, within measureAgain.
func (d *disk) measure(size func(context.Context) (int64, error)) {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return
	}
	d.under.Add(1)
	d.mu.Unlock()
	defer d.under.Done()
	ctx, cancel := context.WithTimeout(context.Background(), measureTime)
	defer cancel()
	begin := time.Now()
	n, err := size(ctx)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err == nil && n > d.most && !d.full {
		d.full = true
		for f := range d.tell {
			(*f)()
		}
	}
	if !d.closed {
		d.timer.Reset(max(d.every, min(20*time.Since(begin), measureAgain)))
	}
}

// stop ends the watch.
func (d *disk) stop() {
	d.mu.Lock()
	d.closed = true
	if d.timer != nil {
		d.timer.Stop()
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
