package images

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"

	"bench"
	"bench/internal/require"
	"bench/sandbox/sandboxtest"
)

// minimal is an image of ci/images.sh.
const minimal = "bench-test/minimal"

// newStore returns the images of the engine that the environment names.
func newStore(t *testing.T, o Options) *Store {
	t.Helper()
	require.Docker(t)
	engine, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { engine.Close() })
	return New(engine, o)
}

// fresh makes a task that no image has been built for, whose image the test
// removes.
func fresh(t *testing.T, p *Store, base string) bench.Task {
	t.Helper()
	require.Image(t, base)
	task := sandboxtest.Task(t)
	task.Source.BaseImage = base
	unique := []byte(t.Name() + time.Now().String())
	if err := os.WriteFile(filepath.Join(task.Source.Tree, "unique"), unique, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, l := range p.cache.found {
			if strings.HasPrefix(l.Name, "bench/task:") {
				p.engine.ImageRemove(context.Background(), l.Name,
					image.RemoveOptions{Force: true, PruneChildren: true})
			}
		}
	})
	return task
}

func TestBuildDependsOnEverything(t *testing.T) {
	base := recipe{Version: 1, Base: "b", Commit: "c", Setup: []string{"s"}, Workdir: "/w"}
	seen := map[string]bool{base.tag(): true}
	for name, change := range map[string]func(*recipe){
		"base":     func(r *recipe) { r.Base = "x" },
		"commit":   func(r *recipe) { r.Commit = "x" },
		"setup":    func(r *recipe) { r.Setup = []string{"s", ""} },
		"workdir":  func(r *recipe) { r.Workdir = "/x" },
		"platform": func(r *recipe) { r.Platform = "linux/arm64" },
	} {
		r := base
		change(&r)
		if seen[r.tag()] {
			t.Errorf("the tag does not depend on the %s", name)
		}
		seen[r.tag()] = true
	}
}

// A build has no line that the base image makes needless, and root does the work.
func TestDockerfile(t *testing.T) {
	r := recipe{Workdir: "/w", Setup: []string{"a && b"}}
	const end = "COPY [\"repo\",\"/w\"]\nRUN [\"/bin/sh\",\"-c\",\"a && b\"]\n"
	for _, c := range []struct {
		base Local
		want string
	}{
		{Local{}, "FROM n\nWORKDIR /w\n"},
		{Local{user: "root", workdir: "/w"}, "FROM n\n"},
		{Local{user: "0:0", workdir: "/x"}, "FROM n\nWORKDIR /w\n"},
		{Local{user: "app", workdir: "/w"}, "FROM n\nUSER 0\n"},
		{Local{user: "0:app"}, "FROM n\nUSER 0\nWORKDIR /w\n"},
	} {
		if got := dockerfile("n", c.base, r); got != c.want+end {
			t.Errorf("%+v: got %q", c.base, got)
		}
	}
}

func TestBuildThatFails(t *testing.T) {
	p := newStore(t, Options{})
	task := fresh(t, p, minimal)
	task.Source.Setup = []string{"echo some words; exit 3"}
	_, err := p.Image(t.Context(), task)
	if err == nil || !strings.Contains(err.Error(), "some words") ||
		!strings.Contains(err.Error(), "non-zero code: 3") {
		t.Errorf("got error %v", err)
	}
}

// Only a task whose source names a base image and a repository is built.
func TestIsBuilt(t *testing.T) {
	for _, test := range []struct {
		source bench.Source
		want   bool
	}{
		{bench.Source{}, false},
		{bench.Source{BaseImage: "b"}, false},
		{bench.Source{Tree: "/tree"}, false},
		{bench.Source{BaseImage: "b", Tree: "/tree"}, true},
		{bench.Source{BaseImage: "b", Repository: "https://host/o/r.git"}, true},
	} {
		if got := isBuilt(bench.Task{Source: test.source}); got != test.want {
			t.Errorf("%+v is built: %v", test.source, got)
		}
	}
}

func TestImageOfAnotherPlatform(t *testing.T) {
	require.Image(t, minimal)
	p := newStore(t, Options{Platform: "linux/s390x"})
	if _, err := p.inspect(t.Context(), minimal); err == nil {
		t.Error("an image of this platform is taken for one of another")
	}
	if _, err := ParsePlatform("windows/amd64"); err == nil {
		t.Error("a platform that is not Linux is accepted")
	}
	pf, err := ParsePlatform("linux/arm/v7")
	if err != nil || pf.Architecture != "arm" || pf.Variant != "v7" {
		t.Errorf("got %+v, %v", pf, err)
	}
	if pf, err = ParsePlatform("linux/x86_64"); err != nil || pf.Architecture != "amd64" {
		t.Errorf("got %+v, %v", pf, err)
	}
}
