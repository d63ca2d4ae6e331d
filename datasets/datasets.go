package datasets

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"bench"
)

// Options says which tasks to load.
type Options struct {
	// Source is the name of a known dataset (see Names), which says how its rows
	// are read, or empty. Without Path its files are those in the cache, and it may
	// end in "@revision"; it may also be a path itself.
	Source string
	// Path of a file, of a directory with one file per split, of a directory of
	// task folders, or of one task folder.
	Path string
	// Split chooses the file in a directory. Default: test.
	Split string
	// Judging is a path to what judging needs and rows do not carry; see
	// docs/datasets.md for which datasets need what. Optional.
	Judging string
	// ForLogs loads rows that are only needed to judge stored logs: repository,
	// instance id and tests are required; what judging does not need is not read.
	ForLogs bool
	Selection
}

// Set is what Load found.
type Set struct {
	Tasks []bench.Task // the selected ones, in order
	Rows  int          // tasks of the source before selection
	// Excluded are the tasks that ids and filter chose and exclude left out.
	Excluded []Exclusion
	// Unselected are the mistakes of rows that are not selected, nil if there are none.
	// They are in nobody's way.
	Unselected *Errors
	// Fingerprint is "sha256:" and the hash of all tasks of the source. It does
	// not depend on the selection, on the order of rows or on the file format. It
	// is empty with ForLogs.
	Fingerprint string
}

// Load reads a source and selects tasks. Mistakes in the selected data are an
// *Errors; an impossible or empty selection is an error too.
func Load(ctx context.Context, o Options) (*Set, error) {
	if o.Split == "" {
		o.Split = "test"
	}
	if _, _, known := Lookup(o.Path); known && o.Source == "" && !exists(o.Path) {
		o.Source, o.Path = o.Path, "" // a name where a path may stand, as on the command line
	}
	pick, err := o.compile()
	if err != nil {
		return nil, err
	}
	judging, err := readFacts(o.Judging)
	if err != nil {
		return nil, err
	}
	c := newCollector(o, judging, pick)
	path, err := readSource(ctx, o, c)
	if err != nil {
		return nil, err
	}
	if len(c.errs.Errors) > 0 {
		all := new(Errors)
		for _, f := range append(c.bad, found{errs: &c.errs}) {
			all.addAll(f.errs)
		}
		return nil, all
	}
	if c.rows == 0 {
		return nil, fmt.Errorf("load dataset %s: it has no rows", path)
	}
	set := &Set{Rows: c.rows, Excluded: pick.excluded}
	if err := c.selectInto(set, path); err != nil {
		return nil, err
	}
	if !o.ForLogs {
		set.Fingerprint = c.prints.sum()
	}
	return set, nil
}

// readSource passes every task of a source to c and returns what was read: a
// path, or a name whose files are in the cache.
func readSource(ctx context.Context, o Options, c *collector) (string, error) {
	_, _, known := Lookup(o.Source)
	switch {
	case o.Path != "":
		return o.Path, read(ctx, o.Path, o.Split, c)
	case o.Source == "":
		return "", errors.New("no dataset: give the path of a .jsonl, .json or .parquet file, " +
			"or of task folders")
	case !known:
		return o.Source, read(ctx, o.Source, o.Split, c)
	}
	m, err := FindCached(o.Source)
	if err != nil {
		return "", err
	}
	files, err := m.split(o.Split)
	if err != nil {
		return "", err
	}
	for _, f := range files {
		if err := readFile(ctx, f, c); err != nil {
			return "", err
		}
	}
	return o.Source, nil
}

// read passes every task of a path to c.
func read(ctx context.Context, path, split string, c *collector) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("load dataset: %w", err)
	}
	if !info.IsDir() {
		return readFile(ctx, path, c)
	}
	c.dir = path
	own, harbor, err := foldersOf(path)
	if err != nil {
		return err
	}
	if isTaskFolder(path) || isHarbor(path) {
		return errors.Join(readFolders(ctx, own, c), readHarbor(ctx, harbor, c))
	}
	files, err := splitFiles(path, split)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := readFile(ctx, f, c); err != nil {
			return err
		}
	}
	if len(files) > 0 {
		return nil
	}
	if len(own)+len(harbor) == 0 {
		return fmt.Errorf("load dataset %s: it has neither a file of the split %q (%s.parquet, "+
			"%s.jsonl, %s.json) nor folders with a %s", path, split, split, split, split, taskFile)
	}
	if err := readFolders(ctx, own, c); err != nil {
		return err
	}
	return readHarbor(ctx, harbor, c)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// readFile passes every row of a file to c.
func readFile(ctx context.Context, path string, c *collector) error {
	format, _ := formatOf(path)
	switch format {
	case ".jsonl", ".ndjson":
		return withText(path, func(r textReader) error { return readLines(ctx, path, r, c) })
	case ".json":
		return withText(path, func(r textReader) error { return readJSON(ctx, path, r, c) })
	case ".parquet":
		return readParquet(ctx, path, c)
	}
	return fmt.Errorf("load dataset %s: expected a .jsonl, .json or .parquet file (.gz and .zst "+
		"too), or a directory", path)
}

// formatOf splits the ending of a file name into format and compression.
func formatOf(path string) (format, compression string) {
	name := strings.ToLower(filepath.Base(path))
	if ext := filepath.Ext(name); ext == ".gz" || ext == ".zst" {
		compression = ext
		name = strings.TrimSuffix(name, ext)
	}
	return filepath.Ext(name), compression
}

// splitFiles returns the files of a split in a directory: <split>.parquet and
// the like, or the shards that Hugging Face writes (also below data/).
func splitFiles(dir, split string) ([]string, error) {
	if strings.ContainsAny(split, `/\*?[`) {
		return nil, fmt.Errorf("load dataset %s: %q is not the name of a split", dir, split)
	}
	for _, format := range []string{".parquet", ".jsonl", ".ndjson", ".json"} {
		for _, compression := range []string{"", ".gz", ".zst"} {
			path := filepath.Join(dir, split+format+compression)
			if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
				return []string{path}, nil
			}
		}
	}
	for _, sub := range []string{".", "data"} {
		shards, err := filepath.Glob(filepath.Join(escapeGlob(dir), sub, split+"-*-of-*.parquet"))
		if err != nil {
			return nil, fmt.Errorf("load dataset %s: %w", dir, err)
		}
		if len(shards) > 0 {
			return shards, nil // sorted by name, which is their order
		}
	}
	return nil, nil
}

// escapeGlob makes a path match itself only.
func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}
