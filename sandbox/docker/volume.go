package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"bench/sandbox/docker/images"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/api/types/volume"
)

// Where containers find the helper.
const (
	helperDir  = "/.bench"
	helperName = "bench-helper"
	helperPath = helperDir + "/" + helperName
	markerName = "complete" // written after the helper
)

// helperVolume is the volume that brings the helper into containers. It is
// named after its content, filled once per engine and mounted everywhere, so
// that a container costs no copy, and a remote engine no directory of its own.
type helperVolume struct {
	mu   sync.Mutex // held while it is filled
	name string     // once it is
}

// forget makes get look again.
func (v *helperVolume) forget() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.name = ""
}

// get returns the name of the filled volume. Any image will do to fill it.
func (v *helperVolume) get(ctx context.Context, p *Pool, image string) (string, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.name != "" {
		return v.name, nil
	}
	ctx, cancel := context.WithTimeout(ctx, p.o.AnswerTime)
	defer cancel()
	info, err := p.engine.ServerVersion(ctx)
	if err != nil {
		return "", err
	}
	program, err := helperBinary(ctx, p.o.HelperPath, info.Arch)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(program)
	name := helperName + "-" + hex.EncodeToString(sum[:])[:16]
	if err := p.fill(ctx, name, program, image); err != nil {
		return "", fmt.Errorf("fill volume %s: %w", name, err)
	}
	v.name = name
	return name, nil
}

// fill puts the program into the volume, unless it is there. It works through
// a container that never starts. The container's name is the lock that keeps
// others from filling at the same time.
func (p *Pool) fill(ctx context.Context, name string, program []byte, image string) error {
	_, err := p.engine.VolumeCreate(ctx, volume.CreateOptions{
		Name: name, Labels: map[string]string{labelHelper: "true"},
	})
	if err != nil {
		return err
	}
	id, err := p.lock(ctx, name, image)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
		defer cancel()
		p.engine.ContainerRemove(ctx, id, container.RemoveOptions{Force: true})
	}()
	_, err = p.engine.ContainerStatPath(ctx, id, helperDir+"/"+markerName)
	if err == nil || !errdefs.IsNotFound(err) {
		return err
	}
	archive, err := helperArchive(program)
	if err != nil {
		return err
	}
	return p.engine.CopyToContainer(ctx, id, helperDir, archive, container.CopyToContainerOptions{})
}

// lock creates the container through which the volume is filled, when nobody
// else has one.
func (p *Pool) lock(ctx context.Context, name, image string) (id string, err error) {
	const patience = 2 * time.Minute
	pf, err := images.ParsePlatform(p.o.Platform)
	if err != nil {
		return "", err
	}
	for end := time.Now().Add(patience); ; {
		c, err := p.engine.ContainerCreate(ctx,
			&container.Config{
				Image: image, Entrypoint: []string{helperPath},
				Labels: map[string]string{labelOwner: p.owner},
			},
			&container.HostConfig{
				NetworkMode: "none",
				Mounts:      []mount.Mount{helperMount(name, false)},
			}, nil, pf, name+"-fill")
		if err == nil {
			return c.ID, nil
		}
		if !nameTaken(err) {
			return "", err
		}
		if time.Now().After(end) {
			return "", fmt.Errorf("%w: remove that container if no other bench is using it", err)
		}
		p.unlock(ctx, name+"-fill")
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
	}
}

// nameTaken reports whether there is a container of that name. Podman says so in words.
func nameTaken(err error) bool {
	return errdefs.IsConflict(err) || strings.Contains(err.Error(), "already in use")
}

// unlock removes the lock of a process that is dead.
func (p *Pool) unlock(ctx context.Context, name string) {
	c, err := p.engine.ContainerInspect(ctx, name)
	if err == nil && c.Config != nil && parseOwner(c.Config.Labels[labelOwner]).dead() {
		p.engine.ContainerRemove(ctx, c.ID, container.RemoveOptions{Force: true})
	}
}

func helperMount(volume string, readOnly bool) mount.Mount {
	return mount.Mount{
		Type: mount.TypeVolume, Source: volume, Target: helperDir, ReadOnly: readOnly,
		VolumeOptions: &mount.VolumeOptions{NoCopy: true},
	}
}

func helperArchive(program []byte) (*bytes.Buffer, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range []struct {
		name string
		mode int64
		data []byte
	}{{helperName, 0o755, program}, {markerName, 0o644, nil}} {
		h := &tar.Header{Name: f.name, Mode: f.mode, Size: int64(len(f.data))}
		if err := w.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, err
		}
	}
	return &b, w.Close()
}

// oldHelper is how long a volume that nobody mounts is kept: another version
// of bench may come back to it.
const oldHelper = 24 * time.Hour

// reapVolumes removes the helpers that are that old and that no container has.
func (p *Pool) reapVolumes(ctx context.Context, age time.Duration) error {
	list, err := p.engine.VolumeList(ctx, volume.ListOptions{
		Filters: filters.NewArgs(filters.Arg("label", labelHelper)),
	})
	if err != nil {
		return err
	}
	var errs []error
	for _, v := range list.Volumes {
		made, err := time.Parse(time.RFC3339, v.CreatedAt)
		if err != nil || time.Since(made) < age {
			continue
		}
		err = p.engine.VolumeRemove(ctx, v.Name, false)
		if err != nil && !errdefs.IsConflict(err) && !errdefs.IsNotFound(err) { // conflict: in use
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
