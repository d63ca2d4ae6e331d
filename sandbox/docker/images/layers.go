package images

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"sync"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/image"
)

// layers are what an image consists of, from the base up. A layer counts as
// the same one only on the same layers below, as on the engine's disk.
type layers struct {
	chain []string // by which they are told apart
	sizes []int64  // in bytes; nil if nobody has asked
}

// stacks remembers the layers of images, which never change, by image id.
type stacks struct {
	mu   sync.Mutex
	byID map[string]layers
}

// layersOf returns an image's layers, with their sizes if those are wanted; no
// layers for an image that is gone.
func (st *Store) layersOf(ctx context.Context, id string, sizes bool) (layers, error) {
	st.stacks.mu.Lock()
	l, ok := st.stacks.byID[id]
	st.stacks.mu.Unlock()
	if ok && (l.sizes != nil || !sizes) {
		return l, nil
	}
	l, err := st.readLayers(ctx, id, sizes)
	if errdefs.IsNotFound(err) {
		return layers{}, nil
	}
	if err != nil {
		return layers{}, err
	}
	st.stacks.mu.Lock()
	defer st.stacks.mu.Unlock()
	if st.stacks.byID == nil {
		st.stacks.byID = map[string]layers{}
	}
	st.stacks.byID[id] = l
	return l, nil
}

func (st *Store) readLayers(ctx context.Context, id string, sizes bool) (l layers, err error) {
	ctx, cancel := st.answering(ctx)
	defer cancel()
	r, err := st.engine.ImageInspect(ctx, id)
	if err != nil {
		return l, err
	}
	below := ""
	for _, diff := range r.RootFS.Layers {
		sum := sha256.Sum256([]byte(below + " " + diff))
		below = hex.EncodeToString(sum[:])
		l.chain = append(l.chain, below)
	}
	if !sizes {
		return l, nil
	}
	history, err := st.engine.ImageHistory(ctx, id)
	if err != nil {
		return l, err
	}
	l.sizes = layerSizes(len(l.chain), r.Size, history)
	return l, nil
}

// canBeLayer matches the steps of BuildKit that make a layer even if they change
// nothing; other steps without a size make none.
var canBeLayer = regexp.MustCompile(`^(RUN|COPY|ADD|WORKDIR) `)

// layerSizes tells the sizes of n layers from an image's history, whose steps
// stand there from the last to the first, those that make no layer included. If
// it does not say which steps do, the last layer, which is shared with the
// fewest, has the whole size.
func layerSizes(n int, size int64, history []image.HistoryResponseItem) []int64 {
	missing := n
	for _, step := range history {
		if step.Size > 0 {
			missing--
		}
	}
	var sizes []int64
	for i := len(history) - 1; i >= 0; i-- {
		step := history[i]
		switch {
		case step.Size > 0:
			sizes = append(sizes, step.Size)
		case missing > 0 && canBeLayer.MatchString(step.CreatedBy):
			sizes, missing = append(sizes, 0), missing-1
		}
	}
	if len(sizes) != n {
		sizes = make([]int64, n)
		if n > 0 {
			sizes[n-1] = size
		}
	}
	return sizes
}

// diskUsage is what several images take on disk together.
type diskUsage struct {
	count map[string]int // of images that have a layer
	total int64          // bytes
}

// newDiskUsage starts with the layers of images that are not counted: those are on
// disk anyway.
func newDiskUsage(others []layers) *diskUsage {
	p := &diskUsage{count: map[string]int{}}
	for _, l := range others {
		for _, c := range l.chain {
			p.count[c]++
		}
	}
	return p
}

func (p *diskUsage) add(l layers) {
	for i, c := range l.chain {
		if p.count[c]++; p.count[c] == 1 {
			p.total += l.sizes[i]
		}
	}
}

// alone returns how many bytes of an image no other one has.
func (p *diskUsage) alone(l layers) (bytes int64) {
	for i, c := range l.chain {
		if p.count[c] == 1 {
			bytes += l.sizes[i]
		}
	}
	return bytes
}

func (p *diskUsage) remove(l layers) {
	for i, c := range l.chain {
		if p.count[c]--; p.count[c] == 0 {
			p.total -= l.sizes[i]
		}
	}
}
