package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"bench"
	"bench/contamination"
	"bench/datasets"
	"bench/internal/plural"
	"bench/sandbox"
	"bench/sandbox/repo"
)

func newImagesSearch() *cobra.Command {
	var (
		f     imagesFlags
		again bool
	)
	c := &cobra.Command{
		Use:   "search --config FILE",
		Short: "Search the images of tasks for copies of their fixes",
		Long: `Search the images of tasks for what an agent could read the fix from: other
repositories, packs and bundles that have a file as the gold patch leaves it,
files that show lines of the fix, and later versions of the task's package. Each
image is searched in a container of its own without a network, once; what was
found is remembered. The repository that the task is about is left out: bench cuts
it back.

Exit status: 0 if nothing was found, 3 if something was.`,
		Args: exactly(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := f.open(c)
			if err != nil {
				return err
			}
			defer s.pool.Close()
			return s.search(c, again)
		},
	}
	f.add(c)
	c.Flags().BoolVar(&again, "again", false, "search also what was searched before")
	return c
}

// search prints what it finds in the image of each task.
func (s *imageSet) search(c *cobra.Command, again bool) error {
	if err := reap(c.Context(), s.pool, c.ErrOrStderr()); err != nil {
		return err
	}
	with := 0
	for _, task := range s.tasks {
		found, err := s.copiesOf(c.Context(), task, again)
		if err != nil {
			return fmt.Errorf("image of %s: %w", task.InstanceID, err)
		}
		for _, text := range found {
			fmt.Fprintf(c.OutOrStdout(), "%s %s: %s\n", task.InstanceID, contamination.RuleImage, text)
		}
		if len(found) > 0 {
			with++
		}
	}
	fmt.Fprintf(c.OutOrStdout(), "%s searched, %d with a copy of the fix\n",
		plural.Count(len(s.tasks), "image"), with)
	if with > 0 {
		return &bench.Failure{
			Status: bench.ExitIncomplete,
			Err:    fmt.Errorf("copies of fixes lie in the images of %s", plural.Count(with, "task")),
			Hint:   "make the images without them, or leave the tasks out (dataset.exclude)",
		}
	}
	return nil
}

// copiesOf is what was found in the image of a task, now or before.
func (s *imageSet) copiesOf(
	ctx context.Context, task bench.Task, again bool,
) (found []string, err error) {
	if task.Patch == "" {
		return nil, nil // nobody knows the fix
	}
	image, err := s.pool.Image(ctx, task)
	if err != nil {
		return nil, err
	}
	dir, err := copiesDir()
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err != nil {
		return nil, err
	}
	known := copiesFile(dir, task, image)
	b, err := os.ReadFile(known)
	if err == nil && !again && json.Unmarshal(b, &found) == nil {
		return found, nil
	}
	task.Machine.Offline = true
	box, err := s.pool.Create(ctx, sandbox.Spec{
		RunID: "images-search", Trial: bench.TrialKey{InstanceID: task.InstanceID, Attempt: 1},
		Purpose: sandbox.ForAgent, Task: task,
	})
	if err != nil {
		return nil, err
	}
	found, err = copiesIn(ctx, box, task)
	if err = errors.Join(err, box.Close(ctx)); err != nil {
		return nil, err
	}
	b, err = json.Marshal(found)
	if err == nil {
		err = os.WriteFile(known, b, 0o644)
	}
	return found, err
}

// copiesIn looks through a sandbox that nobody has worked in.
func copiesIn(ctx context.Context, box sandbox.Sandbox, task bench.Task) ([]string, error) {
	places, err := repo.Elsewhere(ctx, box, task.Patch)
	if err != nil {
		return nil, err
	}
	fix, found := contamination.Of(task), []string{}
	for _, p := range places {
		evidence := ""
		switch p.Kind {
		case repo.PlaceRepository:
			evidence = "has a file as the fix leaves it"
		case repo.PlacePackage:
			if newer := fix.InPackage(p.Path); newer != "" {
				evidence = "a later version: " + newer
			}
		case repo.PlaceFile:
			text, err := sandbox.ReadFile(ctx, box, p.Path)
			if err != nil {
				return nil, err
			}
			evidence = fix.InFile(string(text))
		}
		if evidence != "" {
			found = append(found, contamination.Cut(fmt.Sprintf("%s %s: %s", p.Kind, p.Path, evidence)))
		}
	}
	slices.Sort(found)
	return found, nil
}

// copiesDir is where it is remembered what images have of fixes.
func copiesDir() (string, error) {
	cache, err := datasets.CacheDir()
	return filepath.Join(filepath.Dir(cache), "copies"), err
}

// copiesFile has what was found in an image of a task's fix.
func copiesFile(dir string, task bench.Task, image bench.Image) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d\n%s\n%s\n%s\n%s", contamination.Version, image.Digest,
		task.InstanceID, task.Version, task.Patch))
	return filepath.Join(dir, hex.EncodeToString(sum[:16])+".json")
}

// warnCopies names the tasks of which bench images search has found copies of the fix.
func warnCopies(ctx context.Context, pool sandbox.Pool, tasks []bench.Task, stderr io.Writer) {
	store, ok := pool.(sandbox.ImageStore)
	dir, err := copiesDir()
	if !ok || err != nil || !exists(dir) {
		return
	}
	list, err := store.Images(ctx, tasks)
	if err != nil {
		return // the run will say so
	}
	byID := tasksByID(tasks)
	var with []string
	for _, image := range list.Images {
		for _, id := range image.Tasks {
			known := copiesFile(dir, byID[id], bench.Image{Digest: image.Digest})
			var found []string
			b, err := os.ReadFile(known)
			if err == nil && json.Unmarshal(b, &found) == nil && len(found) > 0 {
				with = append(with, id)
			}
		}
	}
	if len(with) > 0 {
		fmt.Fprintf(stderr, "copies of the fix lie in the image of %s: see bench images search\n",
			strings.Join(with, ", "))
	}
}
