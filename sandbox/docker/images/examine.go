package images

import (
	"context"
	"strings"

	"github.com/distribution/reference"

	"bench"
	"bench/internal/plural"
	"bench/sandbox"
)

// Examine says whether the images of tasks are there or can be had, and whether there is
// room for them, where that is known. Each registry is asked once, for the first image
// that is missing of it.
func (st *Store) Examine(
	ctx context.Context, tasks []bench.Task, free uint64, known bool,
) (found bench.Checks) {
	if err := st.Fits(ctx, tasks); err != nil {
		found.Fail("platform", "", "%v", err)
		return found
	}
	list, err := st.Images(ctx, tasks)
	if err != nil {
		found.Fail("images", "", "%v", err)
		return found
	}
	there, size := 0, int64(0)
	for _, i := range list.Images {
		if i.Present {
			there, size = there+1, size+i.Size
		}
	}
	found.OK("images", "%d of %s are there", there, plural.Count(len(list.Images), "image"))
	absent := len(list.Images) - there
	if known && there > 0 && float64(size)/float64(there)*float64(absent) > float64(free) {
		found.Warn("room for images", "set sandbox.disk_budget, or free disk",
			"%d more of the size of those that are there (%.1f GB on average) do not fit into %.1f GB",
			absent, float64(size)/float64(there)/1e9, float64(free)/1e9)
	}
	asked := map[string]bool{}
	for _, i := range list.Images {
		if name := toPull(i); !i.Present && name != "" {
			st.available(ctx, &found, name, asked)
		}
	}
	return found
}

// toPull is the image to be pulled for one that is missing; "" if none is. One that is
// built has a name once its base is there.
func toPull(i sandbox.ImageInfo) string {
	switch {
	case i.Base == "":
		return i.Name
	case i.Name == "":
		return i.Base
	}
	return ""
}

// available asks an image's registry for it, unless that was asked before.
func (st *Store) available(
	ctx context.Context, found *bench.Checks, name string, asked map[string]bool,
) {
	_, from, err := st.references(name)
	if err != nil {
		found.Fail("registry", "correct the image's name or sandbox.registry_mirror", "%v", err)
		return
	}
	registry := reference.Domain(from)
	if asked[registry] {
		return
	}
	asked[registry] = true
	auth, err := login(from)
	if err == nil {
		_, err = st.engine.DistributionInspect(ctx, from.String(), auth)
	}
	if err == nil {
		found.OK("registry", "%s has %s", registry, name)
		return
	}
	found.Fail("registry", remedyFor(registry, err), "image %s cannot be had from %s: %v", name,
		registry, err)
}

// remedyFor is what to do where a registry does not give an image. The engine keeps texts
// of errors alone.
func remedyFor(registry string, err error) string {
	switch text := strings.ToLower(err.Error()); {
	case containsAny(text, "dial tcp", "no such host"): // which says nothing of the image
	case containsAny(text, "toomanyrequests", "too many requests"):
		return "docker login raises the registry's limit, sandbox.registry_mirror goes round it"
	case containsAny(text, "manifest unknown", "not found", "does not exist", "no such"):
		return "correct the image's name (sandbox.image, or the row's), or build it (sandbox.build)"
	case containsAny(text, "denied", "unauthorized", "authentication", "credential"):
		return "docker login " + registry + ", or correct the image's name: registries also say " +
			"so of what is not there"
	}
	return "check that the engine's machine reaches " + registry + ", or set sandbox.registry_mirror"
}

func containsAny(text string, parts ...string) bool {
	for _, p := range parts {
		if strings.Contains(text, p) {
			return true
		}
	}
	return false
}
