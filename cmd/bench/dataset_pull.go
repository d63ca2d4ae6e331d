package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"bench"

	"github.com/spf13/cobra"

	"bench/datasets"
	"bench/internal/plural"
)

func newDatasetPull() *cobra.Command {
	var split string
	c := &cobra.Command{
		Use:   "pull NAME[@REVISION]",
		Short: "Fetch a dataset from Hugging Face into the cache",
		Long: `Fetch a dataset from Hugging Face into the cache.

Afterwards dataset.source: NAME needs no path and no network, and NAME@REVISION
means that revision. The revision is a branch, a tag or a commit; the default is
main, as it is now. A download that broke off is carried on, and every file is
compared with its checksum.

HF_ENDPOINT names another server, HF_TOKEN a token for datasets that ask for
one, and BENCH_CACHE another directory for the cache.`,
		Args: exactly(1, "one dataset"),
		RunE: func(c *cobra.Command, args []string) error {
			say := func(format string, a ...any) { fmt.Fprintf(c.ErrOrStderr(), format+"\n", a...) }
			known, revision, ok := datasets.Lookup(args[0])
			if !ok {
				return bench.Usagef("no dataset is called %s: see bench dataset list", args[0])
			}
			if revision == "" {
				revision = "main"
			}
			if !c.Flags().Changed("split") {
				split = known.Split
			} else if split == "all" {
				split = ""
			}
			h, err := newHub(say)
			if err != nil {
				return bench.UsageError(err)
			}
			m, err := pull(c.Context(), h, known, revision, split)
			if errors.Is(err, bench.ErrInterrupted) {
				return fmt.Errorf("pull %s: %w; the next pull resumes it", args[0], err)
			}
			if err != nil {
				return fmt.Errorf("pull %s: %w", args[0], err)
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), m.Dir)
			return err
		},
	}
	c.Flags().StringVar(&split, "split", "", "only this split, or all "+
		"(default: the one that the dataset's results are reported on)")
	return c
}

// pull brings a split of a dataset into the cache. The manifest, which makes it
// visible, is written last.
func pull(
	ctx context.Context, h *hub, known datasets.Known, revision, split string,
) (m datasets.Manifest, err error) {
	root, err := datasets.CacheDir()
	if err != nil {
		return m, err
	}
	commit, err := h.commit(ctx, known.Repo, revision)
	if err != nil {
		return m, err
	}
	listed, err := h.files(ctx, known.Repo, commit)
	if err != nil {
		return m, err
	}
	wanted, size, err := wantedFiles(listed, split)
	if err != nil {
		return m, fmt.Errorf("%s at %.12s: %w", known.Repo, commit, err)
	}
	h.progress("%s@%s is %.12s: %s, %.1f MB", known.Repo, revision, commit,
		plural.Count(len(wanted), "file"), float64(size)/1e6)
	m = datasets.Manifest{
		Name: known.Name, Repo: known.Repo, Revision: revision, Commit: commit,
		PulledAt: time.Now().UTC(), Dir: filepath.Join(root, known.Name, commit),
	}
	for _, f := range wanted {
		if err := h.download(ctx, known.Repo, commit, f, filepath.Join(m.Dir, f.Path)); err != nil {
			return m, err
		}
		m.Files = append(m.Files, datasets.CachedFile{Path: f.Path, Size: f.Size, Checksum: f.checksum()})
	}
	return writeManifest(m)
}

// wantedFiles are those of a split.
func wantedFiles(listed []hubFile, split string) (wanted []hubFile, size int64, err error) {
	splits := []string{}
	for _, f := range listed {
		if f.Type != "file" || !datasets.InSplit(f.Path, "") {
			continue
		}
		if !filepath.IsLocal(f.Path) {
			return nil, 0, fmt.Errorf("a file is called %q", f.Path)
		}
		if datasets.InSplit(f.Path, split) {
			wanted, size = append(wanted, f), size+f.Size
		} else if !slices.Contains(splits, f.Path) {
			splits = append(splits, f.Path)
		}
	}
	if len(wanted) == 0 {
		return nil, 0, fmt.Errorf("no file of the split %q; it has %q (--split names another, "+
			"or all)", split, splits)
	}
	return wanted, size, nil
}

// writeManifest adds the files to those that earlier pulls of the same commit
// brought, in one step.
func writeManifest(m datasets.Manifest) (datasets.Manifest, error) {
	earlier, err := datasets.Cached(m.Name)
	if err != nil {
		return m, err
	}
	for _, e := range earlier {
		if e.Commit != m.Commit {
			continue
		}
		for _, f := range e.Files {
			if !slices.ContainsFunc(m.Files, func(n datasets.CachedFile) bool { return n.Path == f.Path }) {
				m.Files = append(m.Files, f)
			}
		}
	}
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return m, err
	}
	path := filepath.Join(m.Dir, datasets.ManifestFile)
	temp := path + ".new"
	err = os.WriteFile(temp, append(b, '\n'), 0o644)
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		return m, errors.Join(fmt.Errorf("write manifest: %w", err), os.Remove(temp))
	}
	return m, nil
}
