package images

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/build"

	"bench"
	"bench/sandbox"
	"bench/sandbox/repo"
)

// recipe is all that a task's image depends on. Its hash is the image's tag.
type recipe struct {
	Version  int // of the way images are built
	Base     string
	Commit   string
	Setup    []string
	Workdir  string
	Platform string
}

// builtHere begins the tags of images that are.
const builtHere = "bench/task:"

func (r recipe) tag() string {
	b, err := json.Marshal(r)
	if err != nil {
		panic(err) // strings and integers
	}
	sum := sha256.Sum256(b)
	return builtHere + hex.EncodeToString(sum[:])[:32]
}

var fullCommit = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

// sourceKey is by what the image of a task that is built here is remembered.
func sourceKey(task bench.Task) string {
	if task.Source.Context != "" { // tasks with the same files share an image
		task.Source.Context, task.BaseCommit = "", ""
	}
	b, err := json.Marshal(struct {
		Source bench.Source
		Commit string
	}{task.Source, task.BaseCommit})
	if err != nil {
		panic(err) // strings
	}
	return string(b)
}

// built returns the image of a task whose source names a base image. It is
// built once, even if many want it at once, and found again by later runs.
func (st *Store) built(ctx context.Context, task bench.Task) (Local, error) {
	l, err := st.cache.once(ctx, sourceKey(task), func() (Local, error) {
		base, err := st.pulled(ctx, task.Source.BaseImage)
		if err != nil {
			return Local{}, err
		}
		defer st.use.hold(base.ID)()
		l, err := st.find(ctx, st.recipe(task, base), task, base)
		if err != nil {
			return Local{}, fmt.Errorf("build image: %w", err)
		}
		return l, nil
	})
	if err == nil {
		err = st.touch(ctx, l.ID)
	}
	return l, err
}

// recipe is what is known of a task's image before its checkout.
func (st *Store) recipe(task bench.Task, base Local) recipe {
	return recipe{
		Version: 1, Base: base.ID, Commit: task.BaseCommit, Setup: task.Source.Setup,
		Workdir: Workdir(task), Platform: st.o.Platform,
	}
}

// find returns the recipe's image, which it builds if there is none. The
// commit is known beforehand or comes out of the checkout.
func (st *Store) find(
	ctx context.Context, r recipe, task bench.Task, base Local,
) (l Local, err error) {
	if fullCommit.MatchString(r.Commit) {
		if l, err := st.inspect(ctx, r.tag()); !errdefs.IsNotFound(err) {
			return l, err
		}
	}
	err = checkedOut(ctx, task, func(dir, commit string) error {
		r.Commit = commit
		done, err := st.cache.turns.wait(ctx, r.tag()) // other tasks may have the same
		if err != nil {
			return err
		}
		defer done()
		l, err = st.inspect(ctx, r.tag())
		if !errdefs.IsNotFound(err) {
			return err
		}
		l, err = st.make(ctx, r, func(w io.Writer) error {
			return packContext(w, dockerfile(task.Source.BaseImage, base, r), dir)
		})
		return err
	})
	return l, err
}

// checkedOut lets f use the task's repository at its base commit.
func checkedOut(
	ctx context.Context, task bench.Task, f func(dir, commit string) error,
) error {
	dir, err := os.MkdirTemp("", "bench-build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	dir = filepath.Join(dir, "repo")
	commit, err := repo.Checkout(ctx, task, dir)
	if err != nil {
		return err
	}
	return f(dir, commit)
}

// make builds an image from what pack writes, and records that it was.
func (st *Store) make(
	ctx context.Context, r recipe, pack func(io.Writer) error,
) (Local, error) {
	if err := st.pruneToBudget(ctx); err != nil {
		return Local{}, err
	}
	if err := st.build(ctx, r, pack); err != nil {
		return Local{}, err
	}
	l, err := st.inspect(ctx, r.tag())
	if err != nil {
		return Local{}, err
	}
	defer st.use.hold(l.ID)()
	if err := st.remember(ctx, l.ID, r.tag()); err != nil {
		return Local{}, err
	}
	return l, st.pruneToBudget(ctx)
}

// build has the engine build an image with its own builder, which needs no
// other program.
func (st *Store) build(ctx context.Context, r recipe, pack func(io.Writer) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the engine's work if the reader gives up
	pr, pw := io.Pipe()
	packed := make(chan struct{})
	go func() { // the deferred function waits
		defer close(packed)
		pw.CloseWithError(pack(pw))
	}()
	defer func() { pr.Close(); <-packed }()
	resp, err := st.engine.ImageBuild(ctx, pr, build.ImageBuildOptions{
		Tags: []string{r.tag()}, Remove: true, ForceRemove: true, Platform: r.Platform,
		Version: build.BuilderV1, // no labels: they would be one more layer
	})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var log Tail
	err = readMessages(resp.Body, func(m message) { io.WriteString(&log, m.Stream) })
	if err != nil {
		return fmt.Errorf("%w\n%s", err, log.String())
	}
	return nil
}

// dockerfile puts the repository into the base image, which is called so, and runs the
// setup commands there. Of every line the engine makes a layer, for which some read all
// files of the image: so nothing is said that is so anyway, and what is the same for many
// tasks comes first, where the engine finds it again.
func dockerfile(name string, base Local, r recipe) string {
	var b strings.Builder
	fmt.Fprintf(&b, "FROM %s\n", name)
	if !slices.Contains([]string{"", "0", "root", "0:0", "root:root"}, base.user) {
		b.WriteString("USER 0\n")
	}
	if base.workdir != r.Workdir {
		fmt.Fprintf(&b, "WORKDIR %s\n", r.Workdir)
	}
	fmt.Fprintf(&b, "COPY %s\n", quote([]string{"repo", r.Workdir}))
	for _, script := range r.Setup {
		fmt.Fprintf(&b, "RUN %s\n", quote([]string{"/bin/sh", "-c", script}))
	}
	return b.String()
}

// quote writes a list as a Dockerfile has it: as JSON.
func quote(list []string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(list); err != nil {
		panic(err) // strings
	}
	return strings.TrimSpace(b.String())
}

// packContext writes a build context: the Dockerfile and the directory, as repo.
// The builder makes root the owner of all.
func packContext(out io.Writer, dockerfile, dir string) error {
	w := tar.NewWriter(out)
	h := &tar.Header{Name: "Dockerfile", Mode: 0o644, Size: int64(len(dockerfile))}
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	if _, err := io.WriteString(w, dockerfile); err != nil {
		return err
	}
	if err := sandbox.Pack(w, dir, "repo"); err != nil {
		return err
	}
	return w.Close()
}
