package docker

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"

	"github.com/containerd/errdefs"
	"github.com/distribution/reference"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"bench"
)

// local is an image that the engine has.
type local struct {
	bench.Image
	id string
}

// images remembers what was found, so that the engine is asked once per image.
type images struct {
	turns turns
	mu    sync.Mutex
	found map[string]local
}

func (m *images) get(key string) (local, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l, ok := m.found[key]
	return l, ok
}

func (m *images) put(key string, l local) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.found == nil {
		m.found = map[string]local{}
	}
	m.found[key] = l
}

// forget makes an image that is gone be looked for again.
func (m *images) forget(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.found, func(_ string, l local) bool { return l.id == id })
}

// once returns the image that is remembered by key. If there is none, one caller
// finds it and the others wait.
func (m *images) once(
	ctx context.Context, key string, find func() (local, error),
) (local, error) {
	if l, ok := m.get(key); ok {
		return l, nil
	}
	done, err := m.turns.wait(ctx, key)
	if err != nil {
		return local{}, err
	}
	defer done()
	if l, ok := m.get(key); ok {
		return l, nil
	}
	l, err := find()
	if err != nil {
		return local{}, err
	}
	m.put(key, l)
	return l, nil
}

// image returns the task's image, pulled or built if need be.
func (p *Pool) image(ctx context.Context, task bench.Task) (local, error) {
	if isBuilt(task) {
		return p.built(ctx, task)
	}
	name := p.imageFor(task)
	if name == "" {
		return local{}, errNoImage
	}
	return p.pulled(ctx, name)
}

// isBuilt reports whether a task's image is built here: its source names a base
// image and a repository.
func isBuilt(task bench.Task) bool {
	s := task.Source
	return s.BaseImage != "" && (s.Repository != "" || s.Tree != "")
}

// imageFor is the name of the image of a task that is not built here.
func (p *Pool) imageFor(task bench.Task) string {
	if p.o.ImageFor == nil {
		return ""
	}
	return p.o.ImageFor(task)
}

// pulled returns the image of that name; one caller pulls it, others wait.
func (p *Pool) pulled(ctx context.Context, name string) (local, error) {
	l, err := p.images.once(ctx, name, func() (local, error) {
		l, err := p.present(ctx, name)
		if errdefs.IsNotFound(err) {
			return p.fetch(ctx, name)
		}
		return l, err
	})
	if err == nil {
		err = p.touch(ctx, l.id)
	}
	if err != nil {
		return local{}, fmt.Errorf("get image %s: %w", name, err)
	}
	return l, nil
}

// present returns the image of that name if the engine has it, be it only under
// the mirror's name.
func (p *Pool) present(ctx context.Context, name string) (local, error) {
	l, err := p.inspect(ctx, name)
	if !errdefs.IsNotFound(err) {
		return l, err
	}
	ref, from, e := p.references(name)
	if e != nil {
		return local{}, e
	}
	if from == ref {
		return local{}, err
	}
	if l, err = p.inspect(ctx, from.String()); err != nil {
		return local{}, err
	}
	if l.Name = name; pinned(ref) {
		return l, nil
	}
	return l, p.engine.ImageTag(ctx, l.id, ref.String())
}

// references returns an image's name, and that by which it is pulled.
func (p *Pool) references(name string) (ref, from reference.Named, err error) {
	if ref, err = parseName(name); err != nil {
		return nil, nil, err
	}
	if from, err = mirrored(p.o.Mirror, ref); err != nil {
		return nil, nil, fmt.Errorf("mirror %s: %w", p.o.Mirror, err)
	}
	return ref, from, nil
}

func (p *Pool) inspect(ctx context.Context, name string) (local, error) {
	r, err := p.engine.ImageInspect(ctx, name)
	if err != nil {
		return local{}, err
	}
	if want, _ := platform(p.o.Platform); want != nil && want.Architecture != r.Architecture {
		return local{}, fmt.Errorf("%w: image %s is there for %s only",
			errdefs.ErrNotFound, name, r.Architecture)
	}
	l := local{Image: bench.Image{Name: name, Digest: r.ID}, id: r.ID}
	if d := registryDigest(name, r.RepoDigests); d != "" {
		l.Digest = d
	}
	return l, nil
}

// registryDigest is what a registry knows an image as: the registry of its name,
// or else any other, such as that of a mirror; "" if it is from none. The
// engine lists digests as repository@digest.
func registryDigest(name string, listed []string) (digest string) {
	ref, err := parseName(name)
	for _, d := range listed {
		repository, of, ok := strings.Cut(d, "@")
		switch {
		case !ok:
		case err == nil && repository == reference.FamiliarName(ref):
			return of
		case digest == "":
			digest = of
		}
	}
	return digest
}

// platform parses "os/architecture[/variant]"; empty gives nil.
func platform(s string) (*ocispec.Platform, error) {
	if s == "" {
		return nil, nil
	}
	parts := strings.Split(s, "/")
	if len(parts) < 2 || len(parts) > 3 || parts[0] != "linux" || parts[1] == "" {
		return nil, fmt.Errorf("platform %q: want linux/<architecture>", s)
	}
	pf := &ocispec.Platform{OS: parts[0], Architecture: parts[1]}
	switch parts[1] { // as images call what uname calls so
	case "x86_64":
		pf.Architecture = "amd64"
	case "aarch64":
		pf.Architecture = "arm64"
	}
	if len(parts) == 3 {
		pf.Variant = parts[2]
	}
	return pf, nil
}
