package docker

import (
	"context"
	"fmt"

	"bench/sandbox"

	"github.com/containerd/errdefs"

	"bench"
)

// Images lists the images of tasks. Nothing is pulled or built.
func (p *Pool) Images(ctx context.Context, tasks []bench.Task) (sandbox.ImageList, error) {
	var list sandbox.ImageList
	at := map[string]int{}
	records, err := p.recorded(ctx)
	if err != nil {
		return list, fmt.Errorf("list images: %w", err)
	}
	disk, counted := newDiskUsage(nil), map[string]bool{}
	for _, task := range tasks {
		key := p.key(task)
		if i, ok := at[key]; ok {
			list.Images[i].Tasks = append(list.Images[i].Tasks, task.InstanceID)
			continue
		}
		at[key] = len(list.Images)
		info, id, err := p.info(ctx, task, records)
		if err != nil {
			return list, fmt.Errorf("look for image of %s: %w", task.InstanceID, err)
		}
		list.Images = append(list.Images, info)
		if !info.Present || counted[id] {
			continue
		}
		counted[id] = true
		l, err := p.layersOf(ctx, id, true)
		if err != nil {
			return list, fmt.Errorf("measure image %s: %w", info.Name, err)
		}
		disk.add(l)
	}
	_, made, err := p.inventory(ctx)
	if err != nil {
		return list, fmt.Errorf("list images: %w", err)
	}
	list.Disk, list.Made = disk.total, made.total
	return list, nil
}

func (p *Pool) info(
	ctx context.Context, task bench.Task, records map[string]record,
) (info sandbox.ImageInfo, id string, err error) {
	name, l, err := p.lookup(ctx, task)
	if err != nil {
		return info, "", err
	}
	info = sandbox.ImageInfo{Name: name, Tasks: []string{task.InstanceID}}
	if isBuilt(task) {
		info.Base = task.Source.BaseImage
	}
	if l.id == "" {
		return info, "", nil
	}
	r, err := p.engine.ImageInspect(ctx, l.id)
	if err != nil {
		return info, "", err
	}
	info.Present, info.Digest, info.Size = true, l.Digest, r.Size
	if known, ok := records[l.id]; ok {
		info.Made, info.LastUse = true, known.used
	}
	return info, l.id, nil
}

// key is by what the image of a task is remembered.
func (p *Pool) key(task bench.Task) string {
	if !isBuilt(task) {
		return p.imageFor(task)
	}
	return sourceKey(task)
}

// lookup returns the name of a task's image, "" while nobody can know it, and
// the image if the engine has it.
func (p *Pool) lookup(ctx context.Context, task bench.Task) (name string, l local, err error) {
	key := p.key(task)
	if l, ok := p.images.get(key); ok {
		return l.Name, l, nil
	}
	switch {
	case isBuilt(task):
		if name, err = p.tagOf(ctx, task); err != nil || name == "" {
			return "", local{}, err
		}
		l, err = p.inspect(ctx, name)
	case key == "":
		return "", local{}, errNoImage
	default:
		name = key
		l, err = p.present(ctx, name)
	}
	switch {
	case errdefs.IsNotFound(err):
		return name, local{}, nil
	case err != nil:
		return "", local{}, err
	}
	p.images.put(key, l)
	return name, l, nil
}

// tagOf is the name of an image that is built here, "" if its base image is not
// there. The commit of a tree comes out of its checkout.
func (p *Pool) tagOf(ctx context.Context, task bench.Task) (string, error) {
	base, err := p.present(ctx, task.Source.BaseImage)
	if errdefs.IsNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	r := p.recipe(task, base)
	if !fullCommit.MatchString(r.Commit) {
		err = checkedOut(ctx, task, func(_, commit string) error {
			r.Commit = commit
			return nil
		})
	}
	return r.tag(), err
}
