package datasets

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// CacheDir is where datasets are kept after they were fetched: below the
// directory that BENCH_CACHE names, else below the user's cache directory.
func CacheDir() (string, error) {
	if dir := os.Getenv("BENCH_CACHE"); dir != "" {
		return filepath.Join(dir, "datasets"), nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache of datasets: %w (BENCH_CACHE names one)", err)
	}
	return filepath.Join(dir, "bench", "datasets"), nil
}

// ManifestFile describes a dataset in its directory of the cache, which is
// <name>/<commit>. Without it the directory is not complete.
const ManifestFile = "manifest.json"

// Manifest is what was fetched, from where and when.
type Manifest struct {
	Name     string       `json:"name"`
	Repo     string       `json:"repo"`
	Revision string       `json:"revision"` // as it was asked for
	Commit   string       `json:"commit"`   // that the revision was then
	PulledAt time.Time    `json:"pulled_at"`
	Files    []CachedFile `json:"files"`

	Dir string `json:"-"` // where it lies
}

// CachedFile is a file of a dataset. Its checksum is that of Hugging Face: of
// the content for large files, of git's blob for others.
type CachedFile struct {
	Path     string `json:"path"` // slashed, relative
	Size     int64  `json:"size"`
	Checksum string `json:"checksum"` // "sha256:…" or "git:…"
}

// Cached returns what the cache has of a dataset, the latest pull first.
func Cached(name string) ([]Manifest, error) {
	root, err := CacheDir()
	if err != nil {
		return nil, err
	}
	dir := escapeGlob(filepath.Join(root, name))
	found, err := filepath.Glob(filepath.Join(dir, "*", ManifestFile))
	if err != nil {
		return nil, fmt.Errorf("read the cache of datasets: %w", err)
	}
	var all []Manifest
	for _, path := range found {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read the cache of datasets: %w", err)
		}
		m := Manifest{Dir: filepath.Dir(path)}
		if err := json.Unmarshal(b, &m); err != nil {
			return nil, fmt.Errorf("read the cache of datasets: %s: %w", path, err)
		}
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b Manifest) int {
		return cmp.Or(b.PulledAt.Compare(a.PulledAt), cmp.Compare(a.Commit, b.Commit))
	})
	return all, nil
}

// Save writes the manifest into its directory, in one step, and returns it as it
// is then: with the files that earlier pulls of the same commit brought.
func (m Manifest) Save() (Manifest, error) {
	earlier, err := Cached(m.Name)
	if err != nil {
		return m, err
	}
	for _, e := range earlier {
		if e.Commit != m.Commit {
			continue
		}
		for _, f := range e.Files {
			if !slices.ContainsFunc(m.Files, func(n CachedFile) bool { return n.Path == f.Path }) {
				m.Files = append(m.Files, f)
			}
		}
	}
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return m, err
	}
	path := filepath.Join(m.Dir, ManifestFile)
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

// FindCached returns the pull that a source means: "name" the latest one,
// "name@revision" the latest of that revision or commit.
func FindCached(source string) (Manifest, error) {
	known, revision, ok := Lookup(source)
	if !ok {
		return Manifest{}, fmt.Errorf("no dataset is called %q", source)
	}
	all, err := Cached(known.Name)
	if err != nil {
		return Manifest{}, err
	}
	for _, m := range all {
		if revision == "" || m.Revision == revision || len(revision) >= 7 &&
			strings.HasPrefix(m.Commit, revision) {
			return m, m.check()
		}
	}
	return Manifest{}, fmt.Errorf("dataset %s is not in the cache: fetch it with "+
		"bench dataset pull %s, or give the path of its file (dataset.path in a configuration, "+
		"--dataset on the command line)",
		source, source)
}

// check compares the sizes of the files, which is all that can be had for
// nothing.
func (m Manifest) check() error {
	for _, f := range m.Files {
		info, err := os.Stat(filepath.Join(m.Dir, filepath.FromSlash(f.Path)))
		if err == nil && info.Size() != f.Size {
			err = fmt.Errorf("%d bytes, want %d", info.Size(), f.Size)
		}
		if err != nil {
			return fmt.Errorf("dataset %s in the cache is damaged: %s: %w; pull it again",
				m.Name, f.Path, err)
		}
	}
	return nil
}

// split returns the files of a split, or of the one that the dataset's results
// are reported on if there is no such split.
func (m Manifest) split(name string) ([]string, error) {
	known, _, _ := Lookup(m.Name)
	for _, split := range []string{name, known.Split} {
		var paths []string
		for _, f := range m.Files {
			if InSplit(f.Path, split) {
				paths = append(paths, filepath.Join(m.Dir, filepath.FromSlash(f.Path)))
			}
		}
		if len(paths) > 0 {
			return paths, nil
		}
	}
	return nil, fmt.Errorf("dataset %s in the cache has no split %q: bench dataset pull --split %s %s",
		m.Name, name, name, m.Name)
}

// InSplit reports whether a file of a dataset's repository belongs to a split:
// data/test-00000-of-00001.parquet to test. The empty split is all files.
func InSplit(path, split string) bool {
	format, _ := formatOf(path)
	if !slices.Contains([]string{".parquet", ".jsonl"}, format) {
		return false
	}
	base := path[strings.LastIndexByte(path, '/')+1:]
	return split == "" || strings.HasPrefix(base, split+"-") || strings.HasPrefix(base, split+".")
}
