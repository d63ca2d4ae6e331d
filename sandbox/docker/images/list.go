package images

import (
	"cmp"
	"context"
	"fmt"

	"bench/sandbox"

	"github.com/containerd/errdefs"

	"bench"
)

// Images lists the images of tasks. Nothing is pulled or built.
func (st *Store) Images(ctx context.Context, tasks []bench.Task) (sandbox.ImageList, error) {
	var list sandbox.ImageList
	at := map[string]int{}
	records, err := st.recorded(ctx)
	if err != nil {
		return list, fmt.Errorf("list images: %w", err)
	}
	disk, counted := newDiskUsage(nil), map[string]bool{}
	for _, task := range tasks {
		key := st.key(task)
		if i, ok := at[key]; ok {
			list.Images[i].Tasks = append(list.Images[i].Tasks, task.InstanceID)
			continue
		}
		at[key] = len(list.Images)
		info, id, err := st.info(ctx, task, records)
		if err != nil {
			return list, fmt.Errorf("look for image of %s: %w", task.InstanceID, err)
		}
		list.Images = append(list.Images, info)
		if !info.Present || counted[id] {
			continue
		}
		counted[id] = true
		l, err := st.layersOf(ctx, id, true)
		if err != nil {
			return list, fmt.Errorf("measure image %s: %w", info.Name, err)
		}
		disk.add(l)
	}
	_, made, err := st.inventory(ctx)
	if err != nil {
		return list, fmt.Errorf("list images: %w", err)
	}
	list.Disk, list.Made = disk.total, made.total
	return list, nil
}

func (st *Store) info(
	ctx context.Context, task bench.Task, records map[string]record,
) (info sandbox.ImageInfo, id string, err error) {
	name, l, err := st.lookup(ctx, task)
	if err != nil {
		return info, "", err
	}
	info = sandbox.ImageInfo{Name: name, Tasks: []string{task.InstanceID}}
	if isBuilt(task) {
		info.Base = cmp.Or(task.Source.BaseImage, "a Dockerfile")
	}
	if l.ID == "" {
		return info, "", nil
	}
	r, err := st.engine.ImageInspect(ctx, l.ID)
	if err != nil {
		return info, "", err
	}
	info.Present, info.Digest, info.Size = true, l.Digest, r.Size
	if known, ok := records[l.ID]; ok {
		info.Made, info.LastUse = true, known.used
	}
	return info, l.ID, nil
}

// key is by what the image of a task is remembered.
func (st *Store) key(task bench.Task) string {
	if !isBuilt(task) {
		return st.imageFor(task)
	}
	return sourceKey(task)
}

// lookup returns the name of a task's image, "" while nobody can know it, and
// the image if the engine has it.
func (st *Store) lookup(ctx context.Context, task bench.Task) (name string, l Local, err error) {
	key := st.key(task)
	if l, ok := st.cache.get(key); ok {
		return l.Name, l, nil
	}
	switch {
	case isBuilt(task):
		if name, err = st.tagOf(ctx, task); err != nil || name == "" {
			return "", Local{}, err
		}
		l, err = st.inspect(ctx, name)
	case key == "":
		return "", Local{}, ErrNoImage
	default:
		name = key
		l, err = st.present(ctx, name)
	}
	switch {
	case errdefs.IsNotFound(err):
		return name, Local{}, nil
	case err != nil:
		return "", Local{}, err
	}
	st.cache.put(key, l)
	return name, l, nil
}

// tagOf is the name of an image that is built here, "" if its base image is not
// there. The commit of a tree comes out of its checkout.
func (st *Store) tagOf(ctx context.Context, task bench.Task) (string, error) {
	if task.Source.Context != "" {
		return st.contextRecipe(task.Source).tag(), nil
	}
	base, err := st.present(ctx, task.Source.BaseImage)
	if errdefs.IsNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	r := st.recipe(task, base)
	if !fullCommit.MatchString(r.Commit) {
		err = checkedOut(ctx, task, func(_, commit string) error {
			r.Commit = commit
			return nil
		})
	}
	return r.tag(), err
}
