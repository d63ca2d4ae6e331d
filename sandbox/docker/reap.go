package docker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"

	"bench/sandbox"
)

// Labels of what is made here.
const (
	labelOwner   = "bench.owner"   // of containers: the process that they belong to
	labelRun     = "bench.run"     // of containers: the run
	labelTrial   = "bench.trial"   // of containers: configuration/instance#attempt
	labelPurpose = "bench.purpose" // of containers: agent or grading
	labelHelper  = "bench.helper"  // of volumes that hold a helper
)

func labels(spec sandbox.Spec, owner string) map[string]string {
	return map[string]string{
		labelOwner: owner, labelRun: spec.RunID, labelTrial: spec.Trial.String(),
		labelPurpose: string(spec.Purpose),
	}
}

// Reap implements sandbox.Pool. It removes containers whose owner was a process
// of this machine that is dead, and helpers that nobody has used for long.
// Built images are kept: they are made once.
func (p *Pool) Reap(ctx context.Context) (int, error) {
	list, err := p.engine.ContainerList(ctx, container.ListOptions{
		All: true, Filters: filters.NewArgs(filters.Arg("label", labelOwner)),
	})
	if err != nil {
		return 0, fmt.Errorf("reap sandboxes: %w", err)
	}
	n := 0
	var errs []error
	for _, c := range list {
		if !parseOwner(c.Labels[labelOwner]).dead() {
			continue
		}
		err := p.remove(ctx, c.ID)
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("reap sandbox %s: %w", c.ID[:12], err))
		case c.Labels[labelPurpose] != "": // otherwise it has only carried a helper
			n++
		}
	}
	if err := p.reapVolumes(ctx, oldHelper); err != nil {
		errs = append(errs, fmt.Errorf("reap helpers: %w", err))
	}
	return n, errors.Join(errs...)
}

// endingTime is how long Podman may refuse to remove a container because that is ending by
// itself.
const endingTime = 10 * time.Second

// remove removes a container, whatever runs in it.
func (p *Pool) remove(ctx context.Context, id string) error {
	var err error
	for end := time.Now().Add(endingTime); ; {
		err = p.engine.ContainerRemove(ctx, id,
			container.RemoveOptions{Force: true, RemoveVolumes: true})
		if err == nil || !strings.Contains(err.Error(), "state improper") || time.Now().After(end) {
			break
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return err
		}
	}
	if errdefs.IsNotFound(err) || errdefs.IsConflict(err) { // conflict: it is being removed
		return nil
	}
	return err
}
