package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/spf13/cobra"

	"bench"
	"bench/internal/plural"
	"bench/sandbox"
)

func newImagesPull() *cobra.Command {
	return newImagesMake("pull --config FILE", "Pull the images that are missing",
		`Pull the images of tasks that the engine has not, several at once. A pull that
fails for a reason that may pass, such as a registry's rate limit, is repeated
for ten minutes. One that fails does not stop the others. Images that are built
here are left to bench images build; their base images are pulled.

With sandbox.disk_budget, pulling ends when the images of the tasks take as much
disk as they may: bench run pulls the others when it needs them.

Exit status: 0 if all images are there, 3 if not.`, "pull", (*imageMaker).pulls)
}

func newImagesBuild() *cobra.Command {
	return newImagesMake("build --config FILE", "Build the images that are built here",
		`Build the images of tasks that are built here, from a base image and a
repository: those of task folders and of sandbox.build. What is there already is
not built again. Their base images are pulled; ready images are left to bench
images pull.

Exit status: 0 if all images are there, 3 if not.`, "build", (*imageMaker).builds)
}

func newImagesMake(
	use, short, long, verb string, plan func(*imageMaker, sandbox.ImageList) []*job,
) *cobra.Command {
	var (
		f        imagesFlags
		parallel int
	)
	c := &cobra.Command{
		Use: use, Short: short, Long: long, Args: exactly(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			if parallel < 1 {
				return bench.Usagef("--parallel %d: want at least 1", parallel)
			}
			s, err := f.open(c)
			if err != nil {
				return err
			}
			defer s.pool.Close()
			m := &imageMaker{imageSet: s, verb: verb, stderr: c.ErrOrStderr()}
			return m.run(c, plan, parallel)
		},
	}
	f.add(c)
	c.Flags().IntVarP(&parallel, "parallel", "p", 4, "how many at once")
	return c
}

// imageMaker pulls or builds the images of tasks.
type imageMaker struct {
	*imageSet
	verb   string
	stderr io.Writer
}

// job is one image to be pulled or built, and what came of it.
type job struct {
	name string
	task bench.Task // one that needs it
	err  error
}

// run makes the images that plan finds missing.
func (m *imageMaker) run(
	c *cobra.Command, plan func(*imageMaker, sandbox.ImageList) []*job, parallel int,
) error {
	ctx := c.Context()
	if err := fits(ctx, m.pool, m.tasks); err != nil {
		return err
	}
	list, err := m.pool.Images(ctx, m.tasks)
	if err != nil {
		return err
	}
	if err := m.pool.Keep(ctx, m.tasks); err != nil {
		return err
	}
	jobs := plan(m, list)
	m.makeAll(ctx, jobs, parallel)
	if err := interrupted(ctx); err != nil {
		return err
	}
	var failed []*job
	for _, j := range jobs {
		if j.err != nil {
			failed = append(failed, j)
		}
	}
	for _, j := range failed {
		fmt.Fprintf(m.stderr, "%s: %v\n", j.name, j.err)
	}
	_, err = fmt.Fprintf(c.OutOrStdout(), "%s: %d done, %d failed\n", m.verb, len(jobs)-len(failed),
		len(failed))
	if err == nil && len(failed) > 0 {
		err = &bench.Failure{Status: bench.ExitIncomplete, Err: fmt.Errorf("missing: %s",
			plural.Count(len(failed), "image"))}
	}
	return err
}

// pulls are the images to be pulled: ready ones, and what others are built on.
func (m *imageMaker) pulls(list sandbox.ImageList) (jobs []*job) {
	byID := tasksByID(m.tasks)
	seen := map[string]bool{}
	here, builds := 0, 0
	for _, im := range list.Images {
		j := &job{name: im.Name, task: byID[im.Tasks[0]]}
		if im.Base != "" {
			if builds++; im.Name != "" {
				continue // its base image is there
			}
			j.name, j.task = im.Base, bench.Task{InstanceID: im.Tasks[0], Image: im.Base}
		}
		switch {
		case im.Present:
			here++
		case !seen[j.name]:
			seen[j.name] = true
			jobs = append(jobs, j)
		}
	}
	fmt.Fprintf(m.stderr, "%s to pull, %d here already\n", plural.Count(len(jobs), "image"), here)
	if builds > 0 {
		fmt.Fprintf(m.stderr, "%s built here: see bench images build\n", plural.Count(builds, "image"))
	}
	return jobs
}

// builds are the images to be built.
func (m *imageMaker) builds(list sandbox.ImageList) (jobs []*job) {
	byID := tasksByID(m.tasks)
	here, pulls := 0, 0
	for _, im := range list.Images {
		switch {
		case im.Base == "":
			pulls++
		case im.Present:
			here++
		default:
			name := im.Name
			if name == "" {
				name = "the image of " + im.Tasks[0]
			}
			jobs = append(jobs, &job{name: name, task: byID[im.Tasks[0]]})
		}
	}
	fmt.Fprintf(m.stderr, "%s to build, %d here already\n", plural.Count(len(jobs), "image"), here)
	if pulls > 0 {
		fmt.Fprintf(m.stderr, "%s pulled: see bench images pull\n", plural.Count(pulls, "image"))
	}
	return jobs
}

func tasksByID(tasks []bench.Task) map[string]bench.Task {
	byID := map[string]bench.Task{}
	for _, t := range tasks {
		byID[t.InstanceID] = t
	}
	return byID
}

// errNoRoom is why an image was left out.
var errNoRoom = errors.New("not begun: the images of these tasks take all of " +
	"sandbox.disk_budget; bench run gets the others when it needs them")

// makeAll makes images, n at once.
func (m *imageMaker) makeAll(ctx context.Context, jobs []*job, n int) {
	queue := make(chan *job)
	var workers sync.WaitGroup
	for range n {
		workers.Go(func() {
			for j := range queue {
				m.make(ctx, j)
			}
		})
	}
	for _, j := range jobs {
		queue <- j
	}
	close(queue)
	workers.Wait()
}

func (m *imageMaker) make(ctx context.Context, j *job) {
	if j.err = context.Cause(ctx); j.err != nil {
		return
	}
	full, err := m.pool.Full(ctx)
	switch {
	case err != nil:
		j.err = err
		return
	case full:
		j.err = errNoRoom
		return
	}
	image, err := m.pool.Image(ctx, j.task)
	if j.err = err; err == nil && m.verb == "build" {
		fmt.Fprintf(m.stderr, "built %s for %s\n", image.Name, j.task.InstanceID)
	}
}
