package docker

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/docker/docker/api/types/image"

	"bench"
	"bench/sandbox"
	"bench/sandbox/docker/images"
	"bench/sandbox/docker/registrytest"
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
		list, err := p.Images(context.Background(), []bench.Task{task})
		if err == nil && list.Images[0].Present {
			p.engine.ImageRemove(context.Background(), list.Images[0].Name,
				image.RemoveOptions{Force: true, PruneChildren: true})
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
	if n := proxy.Count("/build?"); n != 1 {
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
	if n := proxy.Count("/build?"); n != 1 {
		t.Errorf("built %d times in all", n)
	}
}

func TestEngineReturns(t *testing.T) {
	proxy := viaProxy(t)
	p := newPool(t, Options{})
	task := sandboxtest.Task(t)
	task.Source.BaseImage = minimal
	proxy.Cut()
	if _, err := p.Create(t.Context(), sandbox.Spec{Task: task}); err == nil {
		t.Error("no error")
	}
	proxy.Mend(t)
	box := open(t, p, task, sandbox.ForAgent)
	if r := sh(t, box, "echo hi"); string(r.Output) != "hi\n" {
		t.Errorf("got %q", r.Output)
	}
	box.Close(context.Background())
}

func TestPullOfWhatIsNotThere(t *testing.T) {
	proxy := viaProxy(t)
	p := newPool(t, Options{Options: images.Options{
		ImageFor: func(task bench.Task) string { return task.Image },
	}})
	r, stop := registrytest.Serve()
	defer stop()
	name := r.Host + "/sweb/missing:latest"
	_, err := p.Create(t.Context(), sandbox.Spec{Task: bench.Task{InstanceID: "x", Image: name}})
	if err == nil || !strings.Contains(err.Error(), name) || errors.Is(err, sandbox.ErrLost) {
		t.Errorf("got error %v", err)
	}
	if n := proxy.Count("/images/create?"); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// An image that somebody removes between two sandboxes is made again.
func TestImageRemovedMeanwhile(t *testing.T) {
	p := newPool(t, Options{})
	task := fresh(t, p, minimal)
	open(t, p, task, sandbox.ForAgent).Close(t.Context())
	first, err := p.Image(t.Context(), task)
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.engine.ImageRemove(t.Context(), first.Name, image.RemoveOptions{PruneChildren: true})
	if err != nil {
		t.Fatal(err)
	}
	box := open(t, p, task, sandbox.ForGrading)
	if r := sh(t, box, "cat README"); string(r.Output) != "a tree\n" {
		t.Errorf("got %q", r.Output)
	}
}

// A sandbox holds its image until it is closed; what is built on a base image
// goes before that.
func TestPruneOfBuiltImages(t *testing.T) {
	p := newPool(t, Options{Options: images.Options{Records: t.TempDir()}})
	task := fresh(t, p, minimal)
	box := open(t, p, task, sandbox.ForAgent)
	pruned, err := p.Prune(t.Context(), sandbox.PruneOptions{All: true})
	if err != nil || len(pruned.Removed) != 0 || pruned.Used == 0 {
		t.Errorf("with a sandbox: %+v, %v", pruned, err)
	}
	box.Close(t.Context())
	pruned, err = p.Prune(t.Context(), sandbox.PruneOptions{All: true})
	if err != nil || len(pruned.Removed) != 1 || pruned.Used != 0 ||
		!strings.HasPrefix(pruned.Removed[0].Names[0], "bench/task:") {
		t.Errorf("without one: %+v, %v", pruned, err)
	}
	if _, err := p.engine.ImageInspect(t.Context(), minimal); err != nil {
		t.Errorf("the base image, which was there before, is gone: %v", err)
	}
}

func TestPlatformThatIsNotLinux(t *testing.T) {
	o := Options{Options: images.Options{Platform: "windows/amd64"}}
	if _, err := New(t.Context(), o); err == nil {
		t.Error("it is accepted")
	}
}
