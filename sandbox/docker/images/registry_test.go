package images

import (
	"context"
	"testing"

	"github.com/docker/docker/api/types/image"

	"bench/sandbox/docker/registrytest"
)

const imageSize = registrytest.ImageSize

// registry is one that runs as long as the test.
type registry struct{ *registrytest.Registry }

func serveRegistry(t *testing.T) *registry {
	t.Helper()
	r, stop := registrytest.Serve()
	t.Cleanup(stop)
	return &registry{r}
}

// image names one, which the test removes.
func (r *registry) image(t *testing.T, p *Store, repository string) (name string) {
	t.Helper()
	name = r.Host + "/" + repository + ":latest"
	removeAfter(t, p, name)
	return name
}

// removeAfter removes an image when the test is over, if it is there.
func removeAfter(t *testing.T, p *Store, name string) {
	t.Helper()
	t.Cleanup(func() {
		p.engine.ImageRemove(context.Background(), name, image.RemoveOptions{Force: true})
	})
}
