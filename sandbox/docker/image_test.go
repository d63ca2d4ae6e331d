package docker

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/docker/docker/api/types/image"

	"bench"
	"bench/internal/require"
	"bench/sandbox"
	"bench/sandbox/sandboxtest"
)

// fresh makes a task that no image has been built for, whose image the test
// removes.
func fresh(t *testing.T, p *Pool, base string) bench.Task {
	t.Helper()
	task := onImage(t, base)
	unique := []byte(t.Name() + time.Now().String())
	if err := os.WriteFile(filepath.Join(task.Source.Tree, "unique"), unique, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, l := range p.images.found {
			if strings.HasPrefix(l.Name, "bench/task:") {
				p.engine.ImageRemove(context.Background(), l.Name,
					image.RemoveOptions{Force: true, PruneChildren: true})
			}
		}
	})
	return task
}

func TestBuildOnce(t *testing.T) {
	proxy := viaProxy(t)
	p := newPool(t, Options{})
	task := fresh(t, p, minimal)
	task.Source.Setup = []string{
		"echo \"it's $((1+1)) \\ \t${HOME}\" >made\n# two lines", "test -f made",
	}
	task.Source.Workdir = "/src/my app"
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			box, err := p.Create(t.Context(), sandbox.Spec{Task: task})
			if err != nil {
				t.Error(err)
				return
			}
			defer box.Close(context.Background())
			r, err := sandbox.Run(t.Context(), box, sandbox.Shell("pwd; cat made README"), nil)
			if err != nil || string(r.Output) != "/src/my app\nit's 2 \\ \t/root\na tree\n" {
				t.Errorf("got %q, %v", r.Output, err)
			}
		})
	}
	wg.Wait()
	if n := proxy.count("/build?"); n != 1 {
		t.Errorf("built %d times for 4 sandboxes", n)
	}
	other := newPool(t, Options{}) // as a later run: the image is found again
	found, err := other.Image(t.Context(), task)
	if err != nil {
		t.Fatal(err)
	}
	if first, _ := p.Image(t.Context(), task); found != first {
		t.Errorf("found %+v, built %+v", found, first)
	}
	if n := proxy.count("/build?"); n != 1 {
		t.Errorf("built %d times in all", n)
	}
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

func TestBuildThatFails(t *testing.T) {
	p := newPool(t, Options{})
	task := fresh(t, p, minimal)
	task.Source.Setup = []string{"echo some words; exit 3"}
	_, err := p.Create(t.Context(), sandbox.Spec{Task: task})
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
	p := newPool(t, Options{Platform: "linux/s390x"})
	if _, err := p.inspect(t.Context(), minimal); err == nil {
		t.Error("an image of this platform is taken for one of another")
	}
	if _, err := New(t.Context(), Options{Platform: "windows/amd64"}); err == nil {
		t.Error("a platform that is not Linux is accepted")
	}
	pf, err := platform("linux/arm/v7")
	if err != nil || pf.Architecture != "arm" || pf.Variant != "v7" {
		t.Errorf("got %+v, %v", pf, err)
	}
	if pf, err = platform("linux/x86_64"); err != nil || pf.Architecture != "amd64" {
		t.Errorf("got %+v, %v", pf, err)
	}
}

func TestEngineReturns(t *testing.T) {
	proxy := viaProxy(t)
	p := newPool(t, Options{})
	task := sandboxtest.Task(t)
	task.Source.BaseImage = minimal
	proxy.cut()
	if _, err := p.Create(t.Context(), sandbox.Spec{Task: task}); err == nil {
		t.Error("no error")
	}
	proxy.mend()
	box := open(t, p, task, sandbox.ForAgent)
	if r := sh(t, box, "echo hi"); string(r.Output) != "hi\n" {
		t.Errorf("got %q", r.Output)
	}
	box.Close(context.Background())
}
