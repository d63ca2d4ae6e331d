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

// canBePulled refuses images that an engine of another architecture has no use
// for, unless the config says that it emulates theirs. architecture is Go's name.
func canBePulled(architecture string, platform string, tasks []bench.Task) error {
	whose := "the engine's architecture"
	if _, rest, ok := strings.Cut(platform, "/"); ok {
		whose = "sandbox.platform's architecture"
		architecture, _, _ = strings.Cut(rest, "/")
	}
	if architecture == "amd64" || architecture == "x86_64" {
		return nil
	}
	for _, t := range tasks {
		if t.Source.BaseImage == "" && needsX86(t.Image) {
			return bench.Usagef("%s is %s, and image %s of task %s exists for x86_64 only: "+
				"sandbox.platform: linux/amd64 runs it emulated, slowly, where the engine can; "+
				"an engine of that architecture runs it as it is (DOCKER_HOST)",
				whose, architecture, t.Image, t.InstanceID)
		}
	}
	return nil
}

// Fits implements sandbox.Fitter: it refuses tasks whose images the engine cannot
// run.
func (st *Store) Fits(ctx context.Context, tasks []bench.Task) error {
	v, err := st.engine.ServerVersion(ctx)
	if err != nil {
		return fmt.Errorf("architecture of docker: %w", err)
	}
	return canBePulled(v.Arch, st.o.Platform, tasks)
}
