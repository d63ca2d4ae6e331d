package images

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"bench"
)

// x86Only are the namespaces and repositories of datasets whose images exist for
// x86_64 alone and do not say so in their names, as those of SWE-bench do.
var x86Only = []string{"jefzda/sweap-images", "mswebench/", "swerebenchv2/"}

// needsX86 reports whether an image exists for x86_64 only.
func needsX86(image string) bool {
	image = strings.TrimPrefix(image, "docker.io/")
	return strings.Contains(image, ".x86_64.") || slices.ContainsFunc(x86Only, func(s string) bool {
		return strings.HasPrefix(image, s)
	})
}

// canBePulled refuses a task whose image an engine of another architecture has no use
// for, unless the config says that it emulates theirs. architecture is Go's name.
func canBePulled(architecture string, platform string, t bench.Task) error {
	whose := "the engine's architecture"
	if _, rest, ok := strings.Cut(platform, "/"); ok {
		whose = "sandbox.platform's architecture"
		architecture, _, _ = strings.Cut(rest, "/")
	}
	if architecture == "amd64" || architecture == "x86_64" {
		return nil
	}
	if t.Source.BaseImage == "" && needsX86(t.Image) {
		return bench.Usagef("%s is %s, and image %s of task %s exists for x86_64 only: "+
			"sandbox.platform: linux/amd64 runs it emulated, slowly, where the engine can; "+
			"an engine of that architecture runs it as it is (DOCKER_HOST)",
			whose, architecture, t.Image, t.InstanceID)
	}
	return nil
}

// hasRoom refuses tasks that ask for more than the engine's machine has.
func hasRoom(cpus int, memory int64, t bench.Task) error {
	asks := []bench.Machine{t.Machine}
	if v := t.Verifier(); v != nil {
		asks = append(asks, v.Machine)
	}
	for _, m := range asks {
		if m.CPUs > float64(cpus) || m.Memory > memory {
			return bench.Usagef("task %s asks for %v CPUs and %d MB of memory, and the engine's "+
				"machine has %d and %d: leave it out with dataset.exclude, or use an engine on a "+
				"larger one (DOCKER_HOST)", t.InstanceID, m.CPUs, m.Memory>>20, cpus, memory>>20)
		}
	}
	return nil
}

// Fits implements sandbox.Fitter: it refuses tasks that the engine cannot run.
func (st *Store) Fits(ctx context.Context, tasks []bench.Task) error {
	unfit, err := st.Unfit(ctx, tasks)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		if err := unfit[t.InstanceID]; err != nil {
			return err
		}
	}
	return nil
}

// Unfit says by their ids why the engine cannot run some of the tasks.
func (st *Store) Unfit(ctx context.Context, tasks []bench.Task) (map[string]error, error) {
	v, err := st.engine.ServerVersion(ctx)
	if err != nil {
		return nil, fmt.Errorf("architecture of docker: %w", err)
	}
	info, err := st.engine.Info(ctx)
	if err != nil {
		return nil, fmt.Errorf("size of the engine's machine: %w", err)
	}
	unfit := map[string]error{}
	for _, t := range tasks {
		why := canBePulled(v.Arch, st.o.Platform, t)
		if why == nil {
			why = hasRoom(info.NCPU, info.MemTotal, t)
		}
		if why != nil {
			unfit[t.InstanceID] = why
		}
	}
	return unfit, nil
}
