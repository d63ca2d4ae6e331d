package docker

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
)

// held are the containers that sandboxes of this process have. Making one and noting it
// is one step for whoever sweeps.
type held struct {
	making sync.RWMutex
	mu     sync.Mutex
	ids    map[string]bool
}

// note makes a container and notes it.
func (h *held) note(make func() (id string, err error)) (string, error) {
	h.making.RLock()
	defer h.making.RUnlock()
	id, err := make()
	if err != nil {
		return "", err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ids == nil {
		h.ids = map[string]bool{}
	}
	h.ids[id] = true
	return id, nil
}

func (h *held) forget(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.ids, id)
}

func (h *held) has(id string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ids[id]
}

// Sweep removes containers of this process that no sandbox has: those that could not be
// removed when the engine was not reached.
func (p *Pool) Sweep(ctx context.Context) error {
	p.open.making.Lock()
	defer p.open.making.Unlock()
	list, err := p.engine.ContainerList(ctx, container.ListOptions{
		All: true, Filters: filters.NewArgs(filters.Arg("label", labelOwner+"="+p.owner)),
	})
	if err != nil {
		return fmt.Errorf("sweep sandboxes: %w", err)
	}
	var errs []error
	for _, c := range list {
		if c.Labels[labelPurpose] != "" && !p.open.has(c.ID) {
			errs = append(errs, p.remove(ctx, c.ID))
		}
	}
	return errors.Join(errs...)
}
