package images

import (
	"context"
	"errors"
	"slices"

	"bench"
	"bench/sandbox"
)

// Pin implements sandbox.Pinner.
func (st *Store) Pin(
	ctx context.Context, tasks []bench.Task, images map[string][]bench.Image,
) error {
	st.pins = images
	var errs []error
	seen := map[string]bool{}
	for _, task := range tasks {
		if seen[task.InstanceID] || len(images[task.InstanceID]) == 0 {
			continue
		}
		seen[task.InstanceID] = true
		name, l, err := st.lookup(ctx, task)
		switch {
		case err != nil:
		case l.ID != "":
			err = st.isPinned(task, l)
		case name != "" && isBuilt(task): // another name: it would be made of something else
			err = st.isPinned(task, Local{Image: bench.Image{Name: name}})
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// isPinned refuses an image that is none of those that a task may run in. One that is
// only known by its name yet may become any of that name.
func (st *Store) isPinned(task bench.Task, l Local) error {
	want := st.pins[task.InstanceID]
	fits := func(i bench.Image) bool {
		return i.Digest == l.Digest || l.Digest == "" && i.Name == l.Name
	}
	if len(want) == 0 || slices.ContainsFunc(want, fits) {
		return nil
	}
	return &sandbox.OtherImageError{InstanceID: task.InstanceID, Image: l.Image, Want: want}
}
