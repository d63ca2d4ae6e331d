// Package docker makes sandboxes that are containers of a Docker engine, local
// or remote, of version 20.10 (API 1.41) or later, or of Podman's service, of version 4
// or later, which speaks the same language.
//
// The sandbox helper is the first process of each container and all its
// commands run through the one stream attached to it, so that a command costs
// no engine call. When the stream ends, however that comes about, the helper
// ends, and with the first process the kernel ends all others.
package docker

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/client"

	"bench"
	"bench/sandbox"
	"bench/sandbox/docker/images"
)

// Options configure a Pool. The zero value of a field takes the default.
type Options struct {
	images.Options // of the images that containers run

	Limits               // of containers that agents work in
	GradingLimits Limits // of those that grade; the official harness has none
	measureEvery  time.Duration
	// ReadOnlySystem makes directories of the image read-only where agents work: see systemPaths.
	ReadOnlySystem bool
	Network        string // of containers that agents work in; default: none
	// GradingNetwork says of a task which network the containers have that grade it;
	// default: bridge, from which neither the engine's machine nor what else has a
	// private address is reached.
	GradingNetwork func(bench.Task) string

	// Host is where the engine is: unix://PATH, tcp://HOST:PORT or ssh://USER@HOST. Default:
	// what the environment names (DOCKER_HOST and so on). TLS is a directory with ca.pem,
	// cert.pem and key.pem for a tcp host.
	Host, TLS string

	// HelperPath is the sandbox helper to put into containers: a static Linux
	// program of the engine's architecture. Default: the variable BENCH_HELPER,
	// then the running program, if it is one, then a build with the Go toolchain.
	HelperPath string
}

// Limits bound a container. Zero means unlimited.
type Limits struct {
	CPUs   float64
	Memory int64 // bytes; swap is not added to it
	Pids   int64 // processes and threads; the helper and its reapers count
	Disk   int64 // bytes written over the image: see disk
	Files  int64 // open at once, of a process
	File   int64 // bytes of one that a process writes
}

// Pool makes containers on one engine. Its images are those of the Store.
type Pool struct {
	*images.Store
	o         Options
	engine    *client.Client
	owner     string
	creations chan struct{} // bounds what the engine has to create at once
	measures  chan struct{} // and what it has to measure
	helper    helperVolume
	open      held
	lost      lost
	machine   bench.Host  // that the engine is on
	disk      string      // directory of what it keeps; "" if that is on another machine
	noQuota   atomic.Bool // the engine's storage has no quotas
}

var (
	_ sandbox.Pool       = (*Pool)(nil)
	_ sandbox.Fitter     = (*Pool)(nil)
	_ sandbox.Planner    = (*Pool)(nil)
	_ sandbox.Versioner  = (*Pool)(nil)
	_ sandbox.Hosting    = (*Pool)(nil)
	_ sandbox.ImageStore = (*Pool)(nil)
	_ sandbox.Examiner   = (*Pool)(nil)
	_ sandbox.Pinner     = (*Pool)(nil)
)

// New connects to the engine, and fails if there is none.
func New(ctx context.Context, o Options) (*Pool, error) {
	if o.Network == "" {
		o.Network = noNetwork
	}
	o.measureEvery = cmp.Or(o.measureEvery, measureEvery)
	o.AnswerTime = cmp.Or(o.AnswerTime, images.DefaultAnswerTime)
	if _, err := images.ParsePlatform(o.Platform); err != nil {
		return nil, err
	}
	engine, err := connect(o)
	if err != nil {
		return nil, fmt.Errorf("connect to docker: %w", err)
	}
	p := &Pool{
		Store: images.New(engine, o.Options), o: o, engine: engine, owner: self().String(),
		creations: make(chan struct{}, 8), measures: make(chan struct{}, measureAtOnce),
	}
	if err = p.answers(ctx); err == nil {
		p.machine, err = p.lookAround(ctx)
	}
	if err == nil {
		err = p.enforces(ctx)
	}
	if err != nil {
		engine.Close()
		return nil, err
	}
	return p, nil
}

// Host implements sandbox.Hosting.
func (p *Pool) Host(bench.TrialKey) (engine string, host bench.Host, ok bool) {
	return "", p.machine, true
}

// Version returns the versions of the engine and of the API that is spoken with
// it, such as "20.10.24 (API 1.41)" or "Podman 4.3.1 (API 1.41)".
func (p *Pool) Version(ctx context.Context) (string, error) {
	v, err := p.engine.ServerVersion(ctx)
	if err != nil {
		return "", fmt.Errorf("version of docker: %w", err)
	}
	version := v.Version
	if images.IsPodman(v) {
		version = "Podman " + version
	}
	return fmt.Sprintf("%s (API %s)", version, p.engine.ClientVersion()), nil
}

// lookAround asks the engine what machine it is on.
func (p *Pool) lookAround(ctx context.Context) (bench.Host, error) {
	ctx, cancel := context.WithTimeout(ctx, pingTime)
	defer cancel()
	info, err := p.engine.Info(ctx)
	if err != nil {
		return bench.Host{}, fmt.Errorf("machine of docker: %w", err)
	}
	if strings.HasPrefix(p.engine.DaemonHost(), "unix://") {
		p.disk = info.DockerRootDir
	}
	version, err := p.Version(ctx)
	return bench.Host{
		Name: info.Name, OS: info.OSType, Arch: bench.GoArch(info.Architecture), CPUs: info.NCPU,
		Memory: info.MemTotal, Kernel: info.KernelVersion, EngineVersion: version,
	}, err
}

// Close implements sandbox.Pool. Sandboxes should be closed before.
func (p *Pool) Close() error { return p.engine.Close() }

// Create implements sandbox.Pool. The first sandbox of a task may have to pull
// or build its image.
func (p *Pool) Create(ctx context.Context, spec sandbox.Spec) (sandbox.Sandbox, error) {
	b, err := p.create(ctx, spec)
	if err != nil {
		return nil, fmt.Errorf("create sandbox of %s: %w", spec.Task.InstanceID, unreached(ctx, err))
	}
	return b, nil
}

func (p *Pool) create(ctx context.Context, spec sandbox.Spec) (*box, error) {
	p.Begin(spec.Trial)
	image, err := p.Get(ctx, spec.Task)
	if err != nil {
		return nil, err
	}
	b, err := p.startHeld(ctx, spec, image)
	switch {
	case err == nil || ctx.Err() != nil:
		return b, err
	case strings.Contains(err.Error(), helperPath):
		// Somebody has removed the volume, and the engine has made an empty one.
		p.helper.forget()
	case errdefs.IsNotFound(err): // the image was removed meanwhile
		p.Forget(image.ID)
		if image, err = p.Get(ctx, spec.Task); err != nil {
			return nil, err
		}
	default:
		return nil, err
	}
	return p.startHeld(ctx, spec, image)
}

// startHeld makes a sandbox of an image, which stays until that is closed.
func (p *Pool) startHeld(ctx context.Context, spec sandbox.Spec, image images.Local) (*box, error) {
	release := p.Hold(image.ID)
	b, err := p.start(ctx, spec, image)
	if err != nil {
		release()
		return nil, err
	}
	b.release = release
	return b, nil
}

func (p *Pool) start(ctx context.Context, spec sandbox.Spec, image images.Local) (*box, error) {
	volume, err := p.helper.get(ctx, p, image.ID)
	if err != nil {
		return nil, fmt.Errorf("put helper into engine: %w", err)
	}
	select {
	case p.creations <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	defer func() { <-p.creations }()
	return p.openBox(ctx, spec, image, volume)
}
