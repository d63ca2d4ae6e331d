package docker

import (
	"bytes"
	"context"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

const (
	helperPackage = "bench/sandbox/helper/bench-helper"
	mainPackage   = "bench/cmd/bench" // whose program is a helper as well
)

// helperBinary returns a helper for the architecture, in Go's name for it:
// the file at path, or else the one that BENCH_HELPER names, or else the
// running program, or else one built with the Go toolchain.
func helperBinary(ctx context.Context, path, arch string) ([]byte, error) {
	if path == "" {
		path = os.Getenv("BENCH_HELPER")
	}
	if path != "" {
		return readHelper(path, arch)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Path == mainPackage {
		if b, err := readHelper(self, arch); err == nil {
			return b, nil
		}
	}
	b, err := builtHelper(ctx, self, arch)
	if err != nil {
		return nil, fmt.Errorf("this program is not a static one for linux/%s, "+
			"so it cannot be its own helper inside containers, and none can be built: %w\n"+
			"Either run a release of bench, or build the helper where its source is with\n"+
			"  CGO_ENABLED=0 GOOS=linux GOARCH=%s go build %s\n"+
			"and name it in BENCH_HELPER", arch, err, arch, helperPackage)
	}
	return b, nil
}

// machines are ELF's names for Go's.
var machines = map[string]elf.Machine{
	"386": elf.EM_386, "amd64": elf.EM_X86_64, "arm": elf.EM_ARM, "arm64": elf.EM_AARCH64,
	"loong64": elf.EM_LOONGARCH, "ppc64le": elf.EM_PPC64, "riscv64": elf.EM_RISCV,
	"s390x": elf.EM_S390,
}

// readHelper reads a static Linux program of that architecture.
func readHelper(path, arch string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read sandbox helper: %w", err)
	}
	f, err := elf.NewFile(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("sandbox helper %s is no Linux program: %w", path, err)
	}
	if f.Machine != machines[arch] {
		return nil, fmt.Errorf("sandbox helper %s is for %v, the engine for %s", path, f.Machine, arch)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return nil, fmt.Errorf("sandbox helper %s is not static: build it with CGO_ENABLED=0", path)
		}
	}
	return b, nil
}

// builtHelper returns a helper built from the source of the program at self,
// for which the result is kept in the user's cache.
func builtHelper(ctx context.Context, self, arch string) ([]byte, error) {
	program, err := os.ReadFile(self)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(program)
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(cache, "bench")
	path := filepath.Join(dir, "helper-"+arch+"-"+hex.EncodeToString(sum[:8]))
	if b, err := readHelper(path, arch); err == nil {
		return b, nil
	}
	source, err := sourceDir(ctx)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	prune(dir)
	work, err := os.MkdirTemp(dir, "build-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	out := filepath.Join(work, "helper")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false",
		"-ldflags=-s -w", "-o", out, helperPackage)
	cmd.Dir = source
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
	if msg, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build %s: %w: %s", helperPackage, err, bytes.TrimSpace(msg))
	}
	if err := os.Rename(out, path); err != nil { // another process may have done so: it is the same
		return nil, err
	}
	return readHelper(path, arch)
}

// prune removes the helpers that programs of days ago have left in the cache,
// in which other things lie, too.
func prune(dir string) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, d := range list {
		if !strings.HasPrefix(d.Name(), "helper-") && !strings.HasPrefix(d.Name(), "build-") {
			continue
		}
		if fi, err := d.Info(); err == nil && time.Since(fi.ModTime()) > 48*time.Hour {
			os.RemoveAll(filepath.Join(dir, d.Name()))
		}
	}
}

// sourceDir finds the module's source: around the working directory, as with
// "go run", or where the running program was compiled.
func sourceDir(ctx context.Context) (string, error) {
	_, file, _, _ := runtime.Caller(0)
	for _, dir := range []string{"", filepath.Dir(file)} {
		cmd := exec.CommandContext(ctx, "go", "list", "-f", "{{.Dir}}", helperPackage)
		if cmd.Dir = dir; dir != "" && !filepath.IsAbs(dir) {
			continue // compiled with -trimpath
		}
		out, err := cmd.Output()
		if err == nil {
			return strings.TrimSpace(string(out)), nil
		}
		if errors.Is(err, exec.ErrNotFound) {
			return "", errors.New("there is no Go toolchain")
		}
	}
	return "", errors.New("the source of package " + helperPackage + " is not here")
}
