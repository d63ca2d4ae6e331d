package docker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/image"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"bench"
)

// Progress is how a pull proceeds.
type Progress struct {
	Image      string
	Bytes      int64 // downloaded so far
	Total      int64 // of the layers whose size is known yet
	Done       bool
	RetryAfter time.Duration // set when an attempt has failed with Err
	Err        error
}

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

// image returns the task's image, pulled or built if need be.
func (p *Pool) image(ctx context.Context, task bench.Task) (local, error) {
	if source, build := p.source(task); build {
		task.Source = source
		return p.built(ctx, task)
	}
	name := ""
	if p.o.ImageFor != nil {
		name = p.o.ImageFor(task)
	}
	if name == "" {
		return local{}, errNoImage
	}
	return p.pulled(ctx, name)
}

// pulled returns the image of that name; one caller pulls it, others wait.
func (p *Pool) pulled(ctx context.Context, name string) (local, error) {
	if l, ok := p.images.get(name); ok {
		return l, nil
	}
	done, err := p.images.turns.wait(ctx, name)
	if err != nil {
		return local{}, err
	}
	defer done()
	if l, ok := p.images.get(name); ok {
		return l, nil
	}
	l, err := p.inspect(ctx, name)
	if errdefs.IsNotFound(err) {
		if err = p.pullImage(ctx, name); err == nil {
			l, err = p.inspect(ctx, name)
		}
	}
	if err != nil {
		return local{}, fmt.Errorf("get image %s: %w", name, err)
	}
	p.images.put(name, l)
	return l, nil
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
	for _, d := range r.RepoDigests { // what a registry knows the image as
		if at := strings.LastIndex(d, "@"); at >= 0 {
			l.Digest = d[at+1:]
			break
		}
	}
	return l, nil
}

// retry says how failed pulls are repeated.
type retry struct{ first, longest, limit time.Duration }

// pullImage pulls an image, again if that fails for a reason that may pass.
func (p *Pool) pullImage(ctx context.Context, name string) error {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval = p.pull.first, p.pull.longest
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := p.pullOnce(ctx, name)
		if err != nil && !passing(err) {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(b), backoff.WithMaxElapsedTime(p.pull.limit),
		backoff.WithNotify(func(err error, after time.Duration) {
			p.tell(Progress{Image: name, Err: err, RetryAfter: after})
		}))
	return err
}

// passing reports whether a pull may succeed later.
func passing(err error) bool {
	if errdefs.IsNotFound(err) || errdefs.IsInvalidArgument(err) || errdefs.IsPermissionDenied(err) ||
		errdefs.IsUnauthorized(err) {
		return false
	}
	for _, final := range []string{
		"manifest unknown", "not found", "access denied", "does not exist", "no matching manifest",
		"no space left on device", "unauthorized",
	} {
		if strings.Contains(err.Error(), final) {
			return false
		}
	}
	return true
}

func (p *Pool) tell(progress Progress) {
	if p.o.OnPull != nil {
		p.o.OnPull(progress)
	}
}

func (p *Pool) pullOnce(ctx context.Context, name string) error {
	rc, err := p.engine.ImagePull(ctx, name, image.PullOptions{Platform: p.o.Platform})
	if err != nil {
		return err
	}
	defer rc.Close()
	layers := map[string]layer{}
	err = readMessages(rc, func(m message) {
		l := layers[m.ID]
		switch {
		case m.Status == "Downloading" && m.Detail.Total > 0:
			l = layer{m.Detail.Current, m.Detail.Total}
		case m.Status == "Download complete" || m.Status == "Pull complete":
			l.now = l.total
		default:
			return
		}
		layers[m.ID] = l
		p.tell(progressOf(name, layers))
	})
	if err != nil {
		return err
	}
	done := progressOf(name, layers)
	done.Done = true
	p.tell(done)
	return nil
}

// layer is how far the download of one is, in bytes.
type layer struct{ now, total int64 }

func progressOf(name string, layers map[string]layer) Progress {
	progress := Progress{Image: name}
	for _, l := range layers {
		progress.Bytes += l.now
		progress.Total += l.total
	}
	return progress
}

// message is a line of what the engine says while it pulls, pushes or builds.
type message struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Stream string `json:"stream"`
	Error  string `json:"error"` // the whole failed, though the call did not
	Detail struct {
		Current int64 `json:"current"`
		Total   int64 `json:"total"`
	} `json:"progressDetail"`
}

// readMessages reads to the end, which is when the work is done.
func readMessages(r io.Reader, each func(message)) error {
	d := json.NewDecoder(r)
	for {
		var m message
		err := d.Decode(&m)
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case m.Error != "":
			return errors.New(strings.TrimSpace(m.Error))
		}
		each(m)
	}
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
	if len(parts) == 3 {
		pf.Variant = parts[2]
	}
	return pf, nil
}
