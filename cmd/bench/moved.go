package main

import (
	"os"
	"path/filepath"

	"bench"
	"bench/config"
	"bench/results"
)

// moved finds the files of a run again whose database was moved, and they with it:
// all paths that a run has stored are absolute.
type moved struct{ from, to string } // directories of the database, then and now

// homeOf is the directory of a database.
func homeOf(s *results.Store) string {
	dir, err := filepath.Abs(filepath.Dir(s.Path()))
	if err != nil { // the working directory is gone
		return ""
	}
	return dir
}

// find is where a path of then lies now: where it lay beside the database, or where
// it was. A path below the database's directory is looked for beside it first, as that
// directory may have been copied; all else where it was.
func (m moved) find(path string) string {
	rel, err := filepath.Rel(m.from, path)
	if m.from == "" || m.from == m.to || err != nil {
		return path
	}
	beside := filepath.Join(m.to, rel)
	_, gone := os.Stat(path)
	_, elsewhere := os.Stat(beside)
	if elsewhere == nil && (filepath.IsLocal(rel) || gone != nil) {
		return beside
	}
	return path
}

// sources puts the paths of the trials' repositories right, and refuses to go on
// without one. A container may need none: it may be in an image.
func (m moved) sources(cfg *config.Config, plan []bench.Trial) error {
	for i := range plan {
		source := &plan[i].Task.Source
		for _, path := range []*string{&source.Tree, &source.Repository} {
			if !filepath.IsAbs(*path) { // none, or a URL
				continue
			}
			*path = m.find(*path)
			if _, err := os.Stat(*path); err != nil && cfg.Sandbox.Kind == config.Local {
				return bench.Usagef("%s: the repository is gone: %w\n  put it back, or where it lay "+
					"beside the database if that was moved", plan[i].Task.InstanceID, err)
			}
		}
	}
	return nil
}
