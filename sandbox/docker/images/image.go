package images

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

// Local is an image that the engine has.
type Local struct {
	bench.Image
	ID      string // by which the engine knows it
	workdir string // that it names itself
	user    string // likewise
}

// WorkdirOf is where the repository of a task lies that is run in the image.
func (l Local) WorkdirOf(task bench.Task) string {
	own := task.Source.Context != "" || task.Verifier() != nil
	if own && task.Source.Workdir == "" && l.workdir != "" {
		return l.workdir
	}
	return Workdir(task)
}

// cache remembers what was found, so that the engine is asked once per image.
type cache struct {
	turns turns
	mu    sync.Mutex
	found map[string]Local
}

func (m *cache) get(key string) (Local, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l, ok := m.found[key]
	return l, ok
}

func (m *cache) put(key string, l Local) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.found == nil {
		m.found = map[string]Local{}
	}
	m.found[key] = l
}

// forget makes an image that is gone be looked for again.
func (m *cache) forget(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.found, func(_ string, l Local) bool { return l.ID == id })
}

// once returns the image that is remembered by key. If there is none, one caller
// finds it and the others wait.
func (m *cache) once(
	ctx context.Context, key string, find func() (Local, error),
) (Local, error) {
	if l, ok := m.get(key); ok {
		return l, nil
	}
	done, err := m.turns.wait(ctx, key)
	if err != nil {
		return Local{}, err
	}
	defer done()
	if l, ok := m.get(key); ok {
		return l, nil
	}
	l, err := find()
	if err != nil {
		return Local{}, err
	}
	m.put(key, l)
	return l, nil
}

// Get returns the task's image, pulled or built if need be.
func (st *Store) Get(ctx context.Context, task bench.Task) (Local, error) {
	l, err := st.get(ctx, task)
	if err != nil {
		return Local{}, err
	}
	return l, st.isPinned(task, l)
}

func (st *Store) get(ctx context.Context, task bench.Task) (Local, error) {
	switch {
	case task.Source.Context != "":
		return st.fromContext(ctx, task)
	case isBuilt(task):
		return st.built(ctx, task)
	}
	name := st.imageFor(task)
	if name == "" {
		return Local{}, ErrNoImage
	}
	return st.pulled(ctx, name)
}

// isBuilt reports whether a task's image is built here: its source names a base
// image and a repository, or has a Dockerfile.
func isBuilt(task bench.Task) bool {
	s := task.Source
	return s.BaseImage != "" && (s.Repository != "" || s.Tree != "") || s.Context != ""
}

// imageFor is the name of the image of a task that is not built here.
func (st *Store) imageFor(task bench.Task) string {
	if st.o.ImageFor == nil {
		return ""
	}
	return st.o.ImageFor(task)
}

// pulled returns the image of that name; one caller pulls it, others wait.
func (st *Store) pulled(ctx context.Context, name string) (Local, error) {
	l, err := st.cache.once(ctx, name, func() (Local, error) {
		l, err := st.present(ctx, name)
		if errdefs.IsNotFound(err) {
			return st.fetch(ctx, name)
		}
		return l, err
	})
	if err == nil {
		err = st.touch(ctx, l.ID)
	}
	if err != nil {
		return Local{}, fmt.Errorf("get image %s: %w", name, err)
	}
	return l, nil
}

// present returns the image of that name if the engine has it, be it only under
// the mirror's name.
func (st *Store) present(ctx context.Context, name string) (Local, error) {
	l, err := st.inspect(ctx, name)
	if !errdefs.IsNotFound(err) {
		return l, err
	}
	ref, from, e := st.references(name)
	if e != nil {
		return Local{}, e
	}
	if from == ref {
		return Local{}, err
	}
	if l, err = st.inspect(ctx, from.String()); err != nil {
		return Local{}, err
	}
	if l.Name = name; pinned(ref) {
		return l, nil
	}
	return l, st.engine.ImageTag(ctx, l.ID, ref.String())
}

// references returns an image's name, and that by which it is pulled.
func (st *Store) references(name string) (ref, from reference.Named, err error) {
	if ref, err = parseName(name); err != nil {
		return nil, nil, err
	}
	if from, err = mirrored(st.o.Mirror, ref); err != nil {
		return nil, nil, fmt.Errorf("mirror %s: %w", st.o.Mirror, err)
	}
	return ref, from, nil
}

func (st *Store) inspect(ctx context.Context, name string) (Local, error) {
	ctx, cancel := st.answering(ctx)
	defer cancel()
	r, err := st.engine.ImageInspect(ctx, name)
	if err != nil {
		return Local{}, err
	}
	if want, _ := ParsePlatform(st.o.Platform); want != nil && want.Architecture != r.Architecture {
		return Local{}, fmt.Errorf("%w: image %s is there for %s only",
			errdefs.ErrNotFound, name, r.Architecture)
	}
	l := Local{Image: bench.Image{Name: name, Digest: r.ID}, ID: r.ID}
	if r.Config != nil {
		l.workdir, l.user = r.Config.WorkingDir, r.Config.User
	}
	// Podman lists digests of what no registry has ever had.
	if d := registryDigest(name, r.RepoDigests); d != "" && !strings.HasPrefix(name, builtHere) {
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
		case err == nil && asListed(repository) == reference.FamiliarName(ref):
			return of
		case digest == "":
			digest = of
		}
	}
	return digest
}

// ParsePlatform parses "os/architecture[/variant]"; empty gives nil.
func ParsePlatform(s string) (*ocispec.Platform, error) {
	if s == "" {
		return nil, nil
	}
	parts := strings.Split(s, "/")
	if len(parts) < 2 || len(parts) > 3 || parts[0] != "linux" || parts[1] == "" {
		return nil, fmt.Errorf("platform %q: want linux/<architecture>", s)
	}
	pf := &ocispec.Platform{OS: parts[0], Architecture: bench.GoArch(parts[1])}
	if len(parts) == 3 {
		pf.Variant = parts[2]
	}
	return pf, nil
}
