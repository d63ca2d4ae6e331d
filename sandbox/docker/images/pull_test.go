package images

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v5"

	"bench"
	"bench/sandbox"
	"bench/sandbox/docker/registrytest"
)

// named runs each task in the image that it names.
func named(o Options) Options {
	o.ImageFor = func(t bench.Task) string { return t.Image }
	return o
}

// noWait repeats pulls at once.
var noWait = retry{first: time.Millisecond, longest: time.Millisecond, limit: time.Minute}

func TestPull(t *testing.T) {
	var mu sync.Mutex
	var told []Progress
	p := newStore(t, named(Options{
		OnPull: func(p Progress) { mu.Lock(); told = append(told, p); mu.Unlock() },
	}))
	p.pull = noWait
	r := serveRegistry(t)
	name := r.image(t, p, "sweb/one")
	r.Refusals = 2
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			got, err := p.Image(t.Context(), bench.Task{InstanceID: "x", Image: name})
			if err != nil || got.Name != name || !strings.HasPrefix(got.Digest, "sha256:") {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	wg.Wait()
	done, failed := 0, 0
	for _, p := range told {
		if p.Image != name {
			t.Errorf("told of %s", p.Image)
		}
		if p.Done {
			done++
		}
		if p.Err != nil {
			failed++
		}
	}
	if done != 1 || failed == 0 {
		t.Errorf("told of %d pulls and %d failures, want 1 and some", done, failed)
	}
	// The digest is the registry's, by which others find the same image.
	l, err := p.inspect(t.Context(), name)
	if err != nil || l.Digest != registrytest.Digest("sweb/one") {
		t.Errorf("digest %s, id %s, %v", l.Digest, l.ID, err)
	}
}

// A registry that goes on refusing is named, with what to do.
func TestPullRefused(t *testing.T) {
	p := newStore(t, named(Options{}))
	p.pull = retry{first: time.Millisecond, longest: time.Millisecond, limit: 10 * time.Millisecond}
	r := serveRegistry(t)
	r.Refusals = 1 << 20
	name := r.image(t, p, "sweb/refused")
	_, err := p.Image(t.Context(), bench.Task{InstanceID: "x", Image: name})
	if err == nil || !strings.Contains(err.Error(), "toomanyrequests") ||
		!strings.Contains(err.Error(), "sandbox.registry_mirror") {
		t.Errorf("got error %v", err)
	}
}

// What a registry says about the time to wait arrives here as text.
func TestPullWaitsAsAsked(t *testing.T) {
	var mu sync.Mutex
	var waits []time.Duration
	p := newStore(t, named(Options{OnPull: func(p Progress) {
		if mu.Lock(); p.Err != nil {
			waits = append(waits, p.RetryAfter)
		}
		mu.Unlock()
	}}))
	p.pull = noWait
	r := serveRegistry(t)
	r.Refusals, r.Says = 2, "retry-after: 70ms, allowed: 44000/minute"
	name := r.image(t, p, "sweb/waits")
	if _, err := p.Image(t.Context(), bench.Task{InstanceID: "x", Image: name}); err != nil {
		t.Error(err)
	}
	if len(waits) == 0 || slices.Min(waits) != 70*time.Millisecond {
		t.Errorf("waits %v", waits)
	}
}

func TestAskedFor(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"toomanyrequests: retry-after: 1.5s, allowed: 44000/minute": 1500 * time.Millisecond,
		"toomanyrequests: retry-after: 314.155µs, allowed":          314155,
		"toomanyrequests: Retry after 30":                           30 * time.Second,
		"toomanyrequests: You have reached your pull rate limit":    0,
		"retry-after: soon": 0, "retry-after: 1.2.3s": 0,
	} {
		if got := askedFor(errors.New(text)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	b := &patient{BackOff: backoff.NewConstantBackOff(time.Second), asked: time.Minute}
	if got := b.NextBackOff(); got != time.Minute {
		t.Errorf("waits %s", got)
	}
	if b.BackOff = (&backoff.StopBackOff{}); b.NextBackOff() != backoff.Stop {
		t.Error("does not stop")
	}
}

func TestPullThroughMirror(t *testing.T) {
	r := serveRegistry(t)
	o := named(Options{Mirror: r.Host + "/hub/{image}", Records: t.TempDir()})
	p := newStore(t, o)
	unique := fmt.Sprintf("bench-test/mirrored-%d", os.Getpid())
	removeAfter(t, p, unique)
	r.image(t, p, "hub/"+unique) // the mirror's name
	task := bench.Task{InstanceID: "x", Image: "docker.io/" + unique + ":latest"}
	got, err := p.Image(t.Context(), task)
	digest := registrytest.Digest("hub/" + unique)
	if want := (bench.Image{Name: task.Image, Digest: digest}); err != nil || got != want {
		t.Fatalf("got %+v, %v, want %+v", got, err, want)
	}
	if served := r.Served(); !slices.Equal(served, []string{"hub/" + unique}) {
		t.Errorf("served %v", served)
	}
	// Others find it by its own name, and see the same digest.
	direct := newStore(t, named(Options{}))
	if again, err := direct.Image(t.Context(), task); err != nil || again != got {
		t.Errorf("without the mirror: %+v, %v", again, err)
	}
	// It goes with both its names.
	pruned, err := p.Prune(t.Context(), sandbox.PruneOptions{All: true})
	if err != nil || len(pruned.Removed) != 1 || len(pruned.Removed[0].Names) != 2 {
		t.Errorf("removed %+v, %v", pruned, err)
	}
	if _, err := p.inspect(t.Context(), task.Image); err == nil {
		t.Error("it is still there")
	}
}

// A name with a digest cannot be given to what the mirror has: it is used under
// the mirror's own.
func TestPullOfDigestThroughMirror(t *testing.T) {
	r := serveRegistry(t)
	o := named(Options{Mirror: r.Host + "/hub/{image}", Records: t.TempDir()})
	unique := fmt.Sprintf("bench-test/pinned-%d", os.Getpid())
	digest := registrytest.Digest("hub/" + unique)
	task := bench.Task{InstanceID: "x", Image: unique + "@" + digest}
	var first *Store
	for range 2 { // the second pool finds it
		p := newStore(t, o)
		if first == nil {
			first = p
			removeAfter(t, p, r.Host+"/hub/"+task.Image)
		}
		got, err := p.Image(t.Context(), task)
		if want := (bench.Image{Name: task.Image, Digest: digest}); err != nil || got != want {
			t.Fatalf("got %+v, %v, want %+v", got, err, want)
		}
	}
	pruned, err := first.Prune(t.Context(), sandbox.PruneOptions{All: true})
	if err != nil || len(pruned.Removed) != 1 {
		t.Errorf("removed %+v, %v", pruned, err)
	}
}

func TestPullWithLogin(t *testing.T) {
	const secret = "hunter2"
	r := serveRegistry(t)
	r.Login = "someone:" + secret
	dir := t.TempDir()
	t.Setenv("DOCKER_CONFIG", dir)
	p := newStore(t, named(Options{}))
	p.pull = noWait
	p.pull.limit = time.Millisecond
	name := r.image(t, p, "private/one")
	task := bench.Task{InstanceID: "x", Image: name}
	if _, err := p.Image(t.Context(), task); err == nil {
		t.Fatal("pulled without a login")
	}
	auth := base64.StdEncoding.EncodeToString([]byte(r.Login))
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"auths": {"` + r.Host + `": {"auth": "` +
		base64.StdEncoding.EncodeToString([]byte("someone:wrong-"+secret)) + `"}}}`)
	if _, err := p.Image(t.Context(), task); err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("got error %v", err)
	}
	write(`{"credHelpers": {"` + r.Host + `": "no-such-helper"}}`)
	if _, err := p.Image(t.Context(), task); err == nil || !strings.Contains(err.Error(), r.Host) ||
		!strings.Contains(err.Error(), "docker-credential-no-such-helper") ||
		!strings.Contains(err.Error(), "DOCKER_CONFIG") {
		t.Errorf("got error %v", err)
	}
	write(`{"auths": {"` + r.Host + `": {"auth": "` + auth + `"}}}`)
	if _, err := p.Image(t.Context(), task); err != nil {
		t.Error(err)
	}
}
