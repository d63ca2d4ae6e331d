package images

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/client"
)

// IsPodman reports whether an engine that speaks Docker's language is Podman.
func IsPodman(v types.Version) bool {
	return slices.ContainsFunc(v.Components, func(c types.ComponentVersion) bool {
		return c.Name == "Podman Engine"
	})
}

// engineID tells an engine from others, today and tomorrow. Podman makes up an id for
// every answer: there, it is the machine and the directory of its images.
func engineID(ctx context.Context, engine *client.Client) (string, error) {
	info, err := engine.Info(ctx)
	if err != nil {
		return "", err
	}
	v, err := engine.ServerVersion(ctx)
	if err != nil || !IsPodman(v) {
		return info.ID, err
	}
	sum := sha256.Sum256([]byte(info.Name + "\x00" + info.DockerRootDir))
	return "podman-" + hex.EncodeToString(sum[:])[:32], nil
}
