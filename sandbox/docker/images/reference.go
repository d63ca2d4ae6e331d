package images

import (
	"fmt"
	"strings"

	"github.com/distribution/reference"
)

// hub is the registry of names that give none.
const hub = "docker.io"

// parseName reads the name of an image; without tag and digest it is that of
// the tag latest.
func parseName(name string) (reference.Named, error) {
	ref, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return nil, fmt.Errorf("image name %q: %w", name, err)
	}
	return reference.TagNameOnly(ref), nil
}

// asListed is a name that an engine lists, as Docker lists it: Podman names the registry
// docker.io, too.
func asListed(name string) string {
	ref, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return name // <none>:<none>
	}
	return familiar(ref)
}

// familiar is a name as Docker lists it: without "docker.io/library/". A
// name with a digest is listed without its tag.
func familiar(ref reference.Named) string {
	if d, ok := ref.(reference.Digested); ok {
		return reference.FamiliarName(ref) + "@" + d.Digest().String()
	}
	return reference.FamiliarString(ref)
}

// pinned reports whether a name gives a digest: nothing can be tagged with it.
func pinned(ref reference.Named) bool {
	_, ok := ref.(reference.Digested)
	return ok
}

// mirrored returns the name under which a mirror has an image. In template,
// {registry} is the image's registry and {image} the rest of its name. A
// template without {registry} is that of a mirror of Docker Hub: images of other
// registries are pulled from there.
func mirrored(template string, ref reference.Named) (reference.Named, error) {
	registry := reference.Domain(ref)
	if template == "" || registry != hub && !strings.Contains(template, "{registry}") {
		return ref, nil
	}
	rest := strings.TrimPrefix(ref.String(), registry+"/")
	return parseName(strings.NewReplacer("{registry}", registry, "{image}", rest).Replace(template))
}
