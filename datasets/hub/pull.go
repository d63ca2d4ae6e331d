package hub

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"bench/datasets"
	"bench/internal/plural"
)

// Pull brings a split of a dataset into the cache, as a revision of it is now:
// a branch, a tag or a commit. The empty split is all of it. A download that
// broke off is resumed. The manifest, which makes the dataset visible, is written
// last.
func (h *Hub) Pull(
	ctx context.Context, known datasets.Known, revision, split string,
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
	return m.Save()
}

// wantedFiles are those of a split.
func wantedFiles(listed []file, split string) (wanted []file, size int64, err error) {
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
