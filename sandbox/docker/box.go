package docker

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/client"

	"bench"
	"bench/sandbox"
	"bench/sandbox/docker/images"
	"bench/sandbox/helper"
)

// Times that the engine has.
const (
	createTime  = 2 * time.Minute  // to create a container, and to start it
	closeTime   = 2 * time.Minute  // to remove one
	explainTime = 10 * time.Second // to say why one has ended
)

// box is a container with a helper as its first process.
type box struct {
	pool    *Pool
	id      string
	trial   bench.TrialKey
	image   images.Local
	workdir string
	network string
	client  *helper.Client
	disk    disk
	release func() // lets go of the image; nil until the sandbox is ready
	once    sync.Once
	err     error // of Close
}

var (
	_ sandbox.Sandbox      = (*box)(nil)
	_ sandbox.ImageNamer   = (*box)(nil)
	_ sandbox.NetworkNamer = (*box)(nil)
	_ sandbox.Reaching     = (*box)(nil)
	_ sandbox.Bounded      = (*box)(nil)
)

// openBox creates and starts a container. The stream is attached beforehand, so
// that nothing of it is missed.
func (p *Pool) openBox(
	ctx context.Context, spec sandbox.Spec, image images.Local, volume string,
) (*box, error) {
	pf, err := images.ParsePlatform(p.o.Platform)
	if err != nil {
		return nil, err
	}
	b := &box{
		pool: p, trial: spec.Trial, image: image, workdir: image.WorkdirOf(spec.Task),
		network: p.network(spec),
	}
	// The engine would finish what is cancelled, and nobody would know its id.
	whole, cancel := context.WithTimeout(context.WithoutCancel(ctx), createTime)
	defer cancel()
	host := p.hostConfig(spec, b, volume)
	b.disk.most, b.disk.every, b.disk.turns = p.limits(spec).Disk, p.o.measureEvery, p.measures
	b.id, err = p.open.note(func() (string, error) {
		c, err := p.createWithin(whole, b.disk.most, host, func() (container.CreateResponse, error) {
			return p.engine.ContainerCreate(whole, p.config(spec, b), host, nil, pf, containerName(spec))
		})
		return c.ID, err
	})
	if err != nil {
		return nil, fmt.Errorf("create container: %w", err)
	}
	if err = ctx.Err(); err == nil {
		err = b.start(ctx)
	}
	if err != nil {
		b.Close(ctx)
		return nil, err
	}
	return b, nil
}

func (b *box) start(ctx context.Context) error {
	conn, err := b.attach(ctx)
	if err != nil {
		return b.whyNot(ctx, fmt.Errorf("attach to container: %w", err))
	}
	s := &stream{conn: conn, explain: b.explain, broken: func() { b.pool.lost.note(b.trial) }}
	starting, cancel := context.WithTimeout(ctx, createTime)
	defer cancel()
	if err := b.pool.engine.ContainerStart(starting, b.id, container.StartOptions{}); err != nil {
		s.Close()
		return fmt.Errorf("start container: %w", err)
	}
	if b.client, err = helper.Dial(ctx, s); err == nil {
		b.disk.watch(b.written)
		b.client.Heed(b.pool.sound)
	}
	return err
}

// whyNot says why a container cannot be attached to. Podman makes its first process for
// that, and of what stands in the way the client keeps a status alone.
func (b *box) whyNot(ctx context.Context, err error) error {
	start := b.pool.engine.ContainerStart(ctx, b.id, container.StartOptions{})
	if start == nil || client.IsErrConnectionFailed(start) {
		return err
	}
	return fmt.Errorf("start container: %w", start)
}

func (p *Pool) config(spec sandbox.Spec, b *box) *container.Config {
	return &container.Config{
		Image:      b.image.ID,
		Entrypoint: p.entrypoint(spec.Purpose, b.network),
		User:       "0", WorkingDir: b.workdir,
		OpenStdin: true, StdinOnce: true, // input ends with the connection
		AttachStdin: true, AttachStdout: true, AttachStderr: true,
		// Podman has a timer of systemd look even at none, every 30 seconds if not told otherwise.
		Healthcheck: &container.HealthConfig{Test: []string{"NONE"}, Interval: 24 * time.Hour},
		Labels:      labels(spec, p.owner),
		Env:         append(slices.Clone(spec.Task.Machine.Env), p.limits(spec).variables()...),
	}
}

// agentCapabilities are what root needs to work in a machine of its own:
// install packages, own files, end processes.
var agentCapabilities = []string{
	"CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID",
}

// graderCapabilities are also what tests may need that the official harness runs as
// root: to log in as somebody, to listen at low ports, to change the root.
var graderCapabilities = append([]string{"AUDIT_WRITE", "NET_BIND_SERVICE", "SYS_CHROOT"},
	agentCapabilities...)

func (p *Pool) hostConfig(spec sandbox.Spec, b *box, volume string) *container.HostConfig {
	no, network := false, b.network
	h := &container.HostConfig{
		Init:        &no, // the helper minds orphans itself
		LogConfig:   container.LogConfig{Type: "none"},
		Mounts:      []mount.Mount{helperMount(volume, true)},
		NetworkMode: container.NetworkMode(network),
		Resources:   p.limits(spec).resources(),
		CapDrop:     []string{"ALL"}, CapAdd: agentCapabilities,
		SecurityOpt: []string{"no-new-privileges"},
	}
	if spec.Purpose == sandbox.ForGrading {
		h.CapAdd = graderCapabilities
	} else if p.o.ReadOnlySystem {
		h.ReadonlyPaths = slices.Concat(kernel, systemPaths(b.workdir))
	}
	if network != noNetwork { // for helper.ConfineArg, which gives the rights up
		h.CapAdd = append(slices.Clone(h.CapAdd), "NET_ADMIN", "SETPCAP")
		h.Sysctls = map[string]string{"net.ipv4.conf.all.rp_filter": "0"}
	}
	return h
}

// limits are those of a container.
func (p *Pool) limits(spec sandbox.Spec) Limits {
	if spec.Purpose == sandbox.ForGrading {
		return p.o.GradingLimits.of(spec.Task)
	}
	return p.o.Limits.of(spec.Task)
}

// of puts what a task asks for in the place of what all tasks have.
func (l Limits) of(task bench.Task) Limits {
	l.CPUs = cmp.Or(task.Machine.CPUs, l.CPUs)
	l.Memory = cmp.Or(task.Machine.Memory, l.Memory)
	return l
}

// resources are the limits that the engine enforces.
func (l Limits) resources() container.Resources {
	r := container.Resources{NanoCPUs: int64(l.CPUs * 1e9), Memory: l.Memory, MemorySwap: l.Memory}
	if l.Pids > 0 {
		r.PidsLimit = &l.Pids
	}
	return r
}

// variables are the limits that the helper enforces.
func (l Limits) variables() (all []string) {
	if l.Files > 0 {
		all = append(all, fmt.Sprint(helper.FilesVar, "=", l.Files))
	}
	if l.File > 0 {
		all = append(all, fmt.Sprint(helper.FileSizeVar, "=", l.File))
	}
	return all
}

var notInNames = regexp.MustCompile(`[^a-zA-Z0-9_.-]+`)

// containerName is for people who look at a list; labels say more.
func containerName(spec sandbox.Spec) string {
	id := notInNames.ReplaceAllString(spec.Task.InstanceID, "-")
	var unique [6]byte
	rand.Read(unique[:])
	return "bench-" + id[:min(len(id), 80)] + "-" + hex.EncodeToString(unique[:])
}

// Workdir implements sandbox.Sandbox.
func (b *box) Workdir() string { return b.workdir }

// Network implements sandbox.NetworkNamer.
func (b *box) Network() string { return b.network }

// Image implements sandbox.ImageNamer.
func (b *box) Image() bench.Image { return b.image.Image }

// Start implements sandbox.Sandbox.
func (b *box) Start(ctx context.Context, cmd sandbox.Cmd) (sandbox.Process, error) {
	if !path.IsAbs(cmd.Dir) {
		cmd.Dir = path.Join(b.workdir, cmd.Dir)
	}
	return b.client.Start(ctx, cmd)
}

// Listen implements sandbox.Reaching.
func (b *box) Listen(ctx context.Context) (sandbox.Listener, error) { return b.client.Listen(ctx) }

// CopyIn implements sandbox.Sandbox.
func (b *box) CopyIn(ctx context.Context, dir string, tar io.Reader) error {
	return b.client.CopyIn(ctx, dir, tar)
}

// CopyOut implements sandbox.Sandbox.
func (b *box) CopyOut(ctx context.Context, path string) (io.ReadCloser, error) {
	return b.client.CopyOut(ctx, path)
}

// Close implements sandbox.Sandbox. It does not stop half way if ctx ends.
func (b *box) Close(ctx context.Context) error {
	b.once.Do(func() {
		b.disk.stop()
		if b.client != nil {
			b.client.Close()
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
		defer cancel()
		if err := b.pool.remove(ctx, b.id); err != nil {
			b.err = fmt.Errorf("remove container %s: %w", b.id[:12], err)
		}
		if b.release != nil {
			b.release()
		}
		b.pool.open.forget(b.id)
	})
	return b.err
}

// explain says why the stream has ended with err, and notes that the trial has lost it.
func (b *box) explain(err error) error {
	b.pool.lost.note(b.trial) // before the engine has said why, for which somebody may not wait
	ctx, cancel := context.WithTimeout(context.Background(), explainTime)
	defer cancel()
	c, inspectErr := b.pool.engine.ContainerInspect(ctx, b.id)
	switch {
	case client.IsErrConnectionFailed(inspectErr):
		return fmt.Errorf("the engine is gone: %w", unreached(ctx, inspectErr))
	case inspectErr != nil || c.State == nil:
		return err
	case c.State.Running:
		return fmt.Errorf("the engine dropped the connection: %w", err)
	case c.State.OOMKilled:
		b.pool.lost.take(b.trial)
		return fmt.Errorf("the container ended for lack of memory, with exit status %d", c.State.ExitCode)
	}
	return fmt.Errorf("the container ended with exit status %d %s", c.State.ExitCode, c.State.Error)
}

// stream is the connection to a container's first process. The engine sends
// output in pieces, each headed by its kind and length (8 bytes).
type stream struct {
	conn    types.HijackedResponse
	explain func(error) error
	broken  func() // told when nothing can be written any more

	left   int         // of the present piece of output
	stderr images.Tail // what the helper complains about

	mu     sync.Mutex
	closed bool
}

// Read reads output and sets error output aside.
func (s *stream) Read(p []byte) (int, error) {
	for s.left == 0 {
		var h [8]byte
		if _, err := io.ReadFull(s.conn.Reader, h[:]); err != nil {
			return 0, s.ended(err)
		}
		n := int(binary.BigEndian.Uint32(h[4:]))
		if h[0] == 1 {
			s.left = n
			continue
		}
		if _, err := io.CopyN(&s.stderr, s.conn.Reader, int64(n)); err != nil {
			return 0, s.ended(err)
		}
	}
	n, err := s.conn.Reader.Read(p[:min(len(p), s.left)])
	s.left -= n
	if err != nil {
		err = s.ended(err)
	}
	return n, err
}

// ended explains why the stream ended, unless it was closed here.
func (s *stream) ended(err error) error {
	if s.isClosed() {
		return err
	}
	err = s.explain(err)
	if said := strings.TrimSpace(s.stderr.String()); said != "" {
		err = fmt.Errorf("%w: %s", err, said)
	}
	return err
}

func (s *stream) Write(p []byte) (int, error) {
	n, err := s.conn.Conn.Write(p)
	if err != nil && !s.isClosed() {
		s.broken()
	}
	return n, err
}

func (s *stream) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// Close ends the stream, and with it the container.
func (s *stream) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	return s.conn.Conn.Close()
}
