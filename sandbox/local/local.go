// Package local makes sandboxes that are directories of this machine. They
// isolate nothing: commands run as the user who runs bench, with the network,
// and can read and change whatever that user can. Use it for one's own
// repositories and for trusted models, or inside a machine that is disposable.
//
// What it does give is a fresh copy of the repository, a home and a temporary
// directory of its own, an environment without the secrets of the caller's,
// and the end of every process at the end of the sandbox.
package local

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"bench"
	"bench/internal/machine"
	"bench/sandbox"
)

// Options configure a Pool.
type Options struct {
	Dir        string // where sandboxes are made; default: the system's temporary directory
	HelperPath string // program that calls helper.Main; default: the running one
}

// Pool makes sandboxes in one directory of its own, which Close removes.
type Pool struct {
	parent string
	helper string

	mu        sync.Mutex
	run       string // whose sandboxes came first; it gives the directory its name
	root      string // made by the first Create
	lock      io.Closer
	templates map[string]*template
	closed    bool
}

var (
	_ sandbox.Pool    = (*Pool)(nil)
	_ sandbox.Hosting = (*Pool)(nil)
)

// New returns a pool. Nothing is made on disk before a sandbox is.
func New(o Options) (*Pool, error) {
	p := &Pool{parent: o.Dir, helper: o.HelperPath, templates: map[string]*template{}}
	if p.parent == "" {
		p.parent = os.TempDir()
	}
	var err error
	if p.parent, err = filepath.Abs(p.parent); err != nil {
		return nil, err
	}
	if p.parent, err = filepath.EvalSymlinks(p.parent); err != nil {
		return nil, fmt.Errorf("find directory of sandboxes: %w", err)
	}
	if p.helper == "" {
		if p.helper, err = os.Executable(); err != nil {
			return nil, fmt.Errorf("find sandbox helper: %w", err)
		}
	}
	return p, nil
}

// Host implements sandbox.Hosting.
func (p *Pool) Host(bench.TrialKey) (engine string, host bench.Host, ok bool) {
	return "", machine.Host(), true
}

// Create implements sandbox.Pool. The first sandbox of a task checks its
// repository out and runs its setup commands; later ones are copies of that.
func (p *Pool) Create(ctx context.Context, spec sandbox.Spec) (sandbox.Sandbox, error) {
	source := spec.Task.Source
	if source.Repository == "" && source.Tree == "" {
		return nil, fmt.Errorf("create sandbox of %s: the task has no repository of its own, "+
			"only an image: use sandbox kind docker", spec.Task.InstanceID)
	}
	box, err := p.create(ctx, spec)
	if err != nil {
		return nil, fmt.Errorf("create sandbox of %s: %w", spec.Task.InstanceID, err)
	}
	return box, nil
}

func (p *Pool) create(ctx context.Context, spec sandbox.Spec) (*box, error) {
	p.mu.Lock()
	p.run = cmp.Or(p.run, spec.RunID)
	p.mu.Unlock()
	t, err := p.template(ctx, spec.Task)
	if err != nil {
		return nil, err
	}
	dir, err := p.makeBox(spec)
	if err != nil {
		return nil, err
	}
	b, err := p.fill(ctx, dir, t)
	if err != nil {
		removeAll(dir)
		return nil, err
	}
	return b, nil
}

// fill copies the template to dir and starts the helper there.
func (p *Pool) fill(ctx context.Context, dir string, t *template) (*box, error) {
	if err := copyTree(ctx, t.dir, dir); err != nil {
		return nil, err
	}
	b, err := open(ctx, dir, p.helper)
	if err != nil {
		return nil, err
	}
	if err := setUp(ctx, b, t.setup); err != nil {
		b.Close(context.WithoutCancel(ctx))
		return nil, err
	}
	return b, nil
}

// makeDir makes a new directory in the pool's, which it makes too if it is the
// first.
func (p *Pool) makeDir(prefix string) (string, error) {
	root, err := p.rootDir()
	if err != nil {
		return "", err
	}
	return os.MkdirTemp(root, prefix)
}

// makeBox makes the directory of a sandbox. The first of a trial always has the
// same name in its run: a conversation that is resumed in another process
// is full of paths, and should find its files there.
func (p *Pool) makeBox(spec sandbox.Spec) (string, error) {
	root, err := p.rootDir()
	if err != nil {
		return "", err
	}
	name := filepath.Join(root, "box-"+short(spec.Trial.String(), string(spec.Purpose)))
	for n := 1; ; n++ {
		dir := fmt.Sprintf("%s-%d", name, n)
		if err := os.Mkdir(dir, 0o700); !errors.Is(err, fs.ErrExist) {
			return dir, err
		}
	}
}

func (p *Pool) rootDir() (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return "", errors.New("pool is closed")
	}
	if p.root != "" {
		return p.root, nil
	}
	root, err := p.makeRoot()
	if err != nil {
		return "", err
	}
	if p.lock, err = hold(root); err != nil {
		os.RemoveAll(root)
		return "", err
	}
	p.root = root
	return root, nil
}

// makeRoot makes the directory that is named after the run, instead of one that
// a dead process has left; or another, where that one is in use or there is no
// run.
func (p *Pool) makeRoot() (string, error) {
	if p.run == "" {
		return os.MkdirTemp(p.parent, rootPrefix)
	}
	root := filepath.Join(p.parent, rootPrefix+short(p.run))
	err := os.Mkdir(root, 0o700)
	if !errors.Is(err, fs.ErrExist) {
		return root, err
	}
	if lock, dead := abandoned(root); dead {
		defer lock.Close()
		if removeRoot(root, removeAll) == nil && os.Mkdir(root, 0o700) == nil {
			return root, nil
		}
	}
	return os.MkdirTemp(p.parent, rootPrefix)
}

// short is a name that stands for others.
func short(names ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(names, "\x00")))
	return hex.EncodeToString(sum[:6])
}

// Close removes the pool's directory. Sandboxes should be closed before.
func (p *Pool) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.root == "" {
		return nil
	}
	err := removeRoot(p.root, removeAll)
	p.lock.Close()
	p.root = ""
	return err
}

const rootPrefix = "bench-sandboxes-"

// Reap implements sandbox.Pool.
func (p *Pool) Reap(ctx context.Context) (int, error) {
	roots, err := filepath.Glob(filepath.Join(p.parent, rootPrefix+"*"))
	if err != nil {
		return 0, err
	}
	n := 0
	var errs []error
	for _, root := range roots {
		if err := ctx.Err(); err != nil {
			return n, context.Cause(ctx)
		}
		lock, dead := abandoned(root)
		if !dead {
			continue
		}
		boxes, _ := filepath.Glob(filepath.Join(root, "box-*"))
		if err := removeRoot(root, removeAll); err != nil {
			errs = append(errs, fmt.Errorf("reap sandboxes: %w", err))
		} else {
			n += len(boxes)
		}
		lock.Close()
	}
	return n, errors.Join(errs...)
}

// removeRoot removes the directory of a pool, its lock last: nobody would take one without
// a lock for abandoned, should this process die meanwhile.
func removeRoot(root string, remove func(string) error) error {
	entries, err := os.ReadDir(root)
	errs := []error{err}
	for _, e := range entries {
		if e.Name() != lockName {
			errs = append(errs, remove(filepath.Join(root, e.Name())))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return remove(root)
}

// lockName is the file in the directory of a pool that its process holds.
const lockName = "lock"

// removeAll removes a tree even if a command has forbidden that.
func removeAll(dir string) error {
	if err := os.RemoveAll(dir); err == nil {
		return nil
	}
	filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if d != nil && d.IsDir() {
			os.Chmod(path, 0o700)
		}
		return nil
	})
	return os.RemoveAll(dir)
}
