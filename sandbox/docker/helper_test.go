package docker

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"

	"bench/sandbox"
)

// ownHelper makes a helper that no other test's volume holds, with its volume.
func ownHelper(t *testing.T) (path string) {
	t.Helper()
	b, err := helperBinary(t.Context(), "", runtime.GOARCH)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "helper")
	b = append(b, []byte(time.Now().String())...) // what follows the program is not read
	if err := os.WriteFile(path, b, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestHelperVolume(t *testing.T) {
	proxy := viaProxy(t)
	path := ownHelper(t)
	task := onImage(t, minimal)
	pools := []*Pool{newPool(t, Options{HelperPath: path}), newPool(t, Options{HelperPath: path})}
	var wg sync.WaitGroup
	for i := range 6 { // as two processes that start at once
		wg.Go(func() {
			box, err := pools[i%2].Create(t.Context(), sandbox.Spec{Purpose: sandbox.ForAgent, Task: task})
			if err != nil {
				t.Error(err)
				return
			}
			r, err := sandbox.Run(t.Context(), box, sandbox.Shell("echo hi"), nil)
			if err != nil || string(r.Output) != "hi\n" {
				t.Errorf("got %q, %v", r.Output, err)
			}
			if err := box.Close(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := proxy.Count("PUT"); n != 1 {
		t.Errorf("copied %d times for 6 sandboxes", n)
	}
	p := pools[0]
	name := p.helper.name
	if err := p.engine.VolumeRemove(t.Context(), name, false); err != nil {
		t.Fatal(err)
	}
	box := open(t, p, task, sandbox.ForAgent) // which fills it again
	if r := sh(t, box, "echo hi"); string(r.Output) != "hi\n" {
		t.Errorf("got %q", r.Output)
	}
	box.Close(t.Context())
	if err := p.engine.VolumeRemove(t.Context(), name, false); err != nil {
		t.Error(err)
	}
}

// TestHelperLockOfTheDead: who dies while it fills the volume holds nobody up.
func TestHelperLockOfTheDead(t *testing.T) {
	p := newPool(t, Options{HelperPath: ownHelper(t)})
	image, err := p.Get(t.Context(), onImage(t, minimal))
	if err != nil {
		t.Fatal(err)
	}
	gone := self()
	gone.start = "1"
	dead := &Pool{o: p.o, engine: p.engine, owner: gone.String()}
	const name = "bench-helper-test-lock"
	if _, err := dead.lock(t.Context(), name, image.ID); err != nil {
		t.Fatal(err)
	}
	id, err := p.lock(t.Context(), name, image.ID)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if _, err := p.lock(ctx, name, image.ID); err == nil {
		t.Error("two hold the lock")
	}
	err = p.engine.ContainerRemove(t.Context(), id, container.RemoveOptions{Force: true})
	if err != nil {
		t.Error(err)
	}
	p.engine.VolumeRemove(t.Context(), name, true)
}

// TestHelperVolumesAreReaped: a helper that a container has stays, whatever its
// age; what others lose here they fill again.
func TestHelperVolumesAreReaped(t *testing.T) {
	p := newPool(t, Options{HelperPath: ownHelper(t)})
	box := open(t, p, onImage(t, minimal), sandbox.ForAgent)
	there := func() bool {
		_, err := p.engine.VolumeInspect(t.Context(), p.helper.name)
		return err == nil
	}
	if err := p.reapVolumes(t.Context(), 0); err != nil || !there() {
		t.Errorf("in use: there %t, %v", there(), err)
	}
	box.Close(t.Context())
	if err := p.reapVolumes(t.Context(), time.Hour); err != nil || !there() {
		t.Errorf("fresh: there %t, %v", there(), err)
	}
	if err := p.reapVolumes(t.Context(), 0); err != nil || there() {
		t.Errorf("old: there %t, %v", there(), err)
	}
}

func TestPrune(t *testing.T) {
	dir := t.TempDir()
	for name, age := range map[string]time.Duration{
		"helper-new": 0, "helper-old": 100 * time.Hour, "build-old": 100 * time.Hour,
		"datasets": 100 * time.Hour,
	} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		os.Chtimes(file, time.Time{}, time.Now().Add(-age))
	}
	prune(dir)
	left, _ := os.ReadDir(dir)
	if len(left) != 2 || left[0].Name() != "datasets" || left[1].Name() != "helper-new" {
		t.Errorf("left: %v", left)
	}
}

func TestHelperBinary(t *testing.T) {
	if b, err := helperBinary(t.Context(), "", "arm64"); err != nil || len(b) < 1<<20 {
		t.Errorf("build for arm64: %d bytes, %v", len(b), err)
	}
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	good := ownHelper(t)
	for name, c := range map[string]struct{ path, arch, want string }{
		"missing":   {"/no/such", "amd64", "/no/such"},
		"no ELF":    {text, "amd64", "no Linux program"},
		"not arm64": {good, "arm64", "the engine for arm64"},
		"dynamic":   {"/bin/ls", runtime.GOARCH, "not static"},
	} {
		if _, err := helperBinary(t.Context(), c.path, c.arch); err == nil ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	t.Setenv("BENCH_HELPER", good)
	b, err := helperBinary(t.Context(), "", runtime.GOARCH)
	if want, _ := os.ReadFile(good); err != nil || string(b) != string(want) {
		t.Errorf("BENCH_HELPER: %d bytes, %v", len(b), err)
	}
	t.Setenv("BENCH_HELPER", "")
	t.Setenv("PATH", "/none")
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	_, err = helperBinary(t.Context(), "", runtime.GOARCH)
	if err == nil || !strings.Contains(err.Error(), "BENCH_HELPER") ||
		!strings.Contains(err.Error(), "no Go toolchain") {
		t.Errorf("without a toolchain: %v", err)
	}
}
