package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"bench/internal/strictyaml"
)

// check looks at what the values mean. Decoding has reported wrong types, so
// values that are not there are passed over in silence.
func (l *loader) check() {
	l.checkDataset()
	l.checkSandbox()
	for _, m := range l.cfg.Models {
		at := strictyaml.Path("models").Join(m.Name)
		l.checkModel(at, m.Name, l.cfg.Models.Get(m.Name))
	}
	for i := range l.cfg.Configurations {
		c := &l.cfg.Configurations[i]
		at := strictyaml.Path("configurations").Join(c.Name)
		l.checkConfiguration(at, &c.Value)
	}
	l.checkCompare()
	l.checkCache()
	l.checkUsedModels()
}

func (l *loader) checkDataset() {
	ds := &l.cfg.Dataset
	l.checkSource(ds)
	if ds.Path != "" && l.Has("dataset/path") {
		ds.Path = l.path(ds.Path)
		l.exists("dataset/path", ds.Path)
	}
	if ds.Judging != "" && l.Has("dataset/judging") {
		ds.Judging = l.path(ds.Judging)
		l.exists("dataset/judging", ds.Judging)
	}
	for i, id := range ds.Exclude {
		if at := strictyaml.Path("dataset/exclude").Join(strconv.Itoa(i)); isList(id) && l.Has(at) {
			ds.Exclude[i] = l.path(id)
			l.exists(at, ds.Exclude[i])
		}
	}
	if _, err := regexp.Compile(ds.Filter); err != nil {
		l.Fail(l.Value("dataset/filter"), "", "dataset.filter: expected a regular expression: %s",
			strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
}

// isList reports whether an item of dataset.exclude is a file rather than an id.
func isList(item string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(item))
}

// checkSource resolves dataset.source, which may be a path.
func (l *loader) checkSource(ds *Dataset) {
	const at = strictyaml.Path("dataset/source")
	name, _, _ := strings.Cut(ds.Source, "@")
	switch {
	case !l.Has("dataset"):
	case ds.Source == "" && !l.Has(at) && !l.Has("dataset/path"):
		l.Fail(l.Key("dataset"), "give dataset.path: a .jsonl, .json or .parquet file, "+
			"a directory, or task folders", "dataset has neither source nor path")
	case ds.Source == "":
	case l.isPath(ds.Source):
		if l.Has("dataset/path") {
			l.Fail(l.Value(at), "give one of them", "dataset.source is a path, and there is "+
				"dataset.path too")
			return
		}
		ds.Path, ds.Source = l.path(ds.Source), ""
		l.exists(at, ds.Path)
	case l.opts.Stored:
	case l.opts.Sources != nil && !slices.Contains(l.opts.Sources, name):
		l.Fail(l.Value(at), strictyaml.DidYouMean(name, "the names are", l.opts.Sources),
			"dataset.source: %q is neither a known name nor an existing path", ds.Source)
	case !l.Has("dataset/path") && l.opts.Cached == nil:
		l.Fail(l.Value(at), "download it and add dataset.path: a .jsonl, .json or .parquet file",
			"dataset.source: %q is the name of a dataset; dataset.path must say where its file is",
			ds.Source)
	case !l.Has("dataset/path"):
		if err := l.opts.Cached(ds.Source); err != nil {
			l.Fail(l.Value(at), "run bench dataset pull "+ds.Source+", or add dataset.path",
				"dataset.source: %v", err)
		}
	}
}

// isPath reports whether a source is a path rather than a name.
func (l *loader) isPath(s string) bool {
	if strings.ContainsAny(s, `/\`) || strings.HasPrefix(s, ".") {
		return true
	}
	for _, ending := range []string{".jsonl", ".json", ".parquet", ".gz", ".zst"} {
		if strings.HasSuffix(s, ending) {
			return true
		}
	}
	_, err := os.Stat(l.path(s))
	return err == nil && !slices.Contains(l.opts.Sources, s)
}

// path makes a path of the file absolute.
func (l *loader) path(p string) string {
	if !filepath.IsAbs(p) {
		p = filepath.Join(l.dir, p)
	}
	if p = filepath.Clean(p); l.opts.Find != nil {
		p = l.opts.Find(p)
	}
	return p
}

// exists reports a file or directory that is not there.
func (l *loader) exists(at strictyaml.Path, path string) {
	read := func(section string) bool { return strings.HasPrefix(string(at), section+"/") }
	if l.opts.Stored && (read("dataset") || read("models") && l.opts.NoModels) {
		return
	}
	_, err := os.Stat(path)
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	if err != nil {
		hint := ""
		if l.opts.Stored {
			hint = "put it back, or where it lay beside the database if that was moved"
		}
		l.Fail(l.Value(at), hint, "%s: %s: %v", at, l.shown(path), err)
	}
}

// shown is a path as messages have it: relative to the file's directory where
// it lies below.
func (l *loader) shown(path string) string {
	rel, err := filepath.Rel(l.dir, path)
	if err != nil || strings.HasPrefix(rel, "..") {
		return path
	}
	return rel
}

func (l *loader) checkSandbox() {
	s := &l.cfg.Sandbox
	if s.Kind == Local {
		l.checkLocal(s)
		return
	}
	const image, build = strictyaml.Path("sandbox/image"), strictyaml.Path("sandbox/build")
	l.placeholders(image, s.Image, "{instance}", "{instance_id}")
	if s.Image != "" && l.Has(build) {
		l.Fail(l.Key(build), "give one of them",
			"sandbox.build makes images, and sandbox.image names ready ones")
	}
	l.fileSize("sandbox/file_size", s.FileSize)
	l.fileSize("scoring/file_size", l.cfg.Scoring.FileSize)
	l.checkEngines(s)
	l.checkRequire(s)
	l.checkBuild(s)
}

// leastFile is the smallest limit of files. Patches, which the first process of a container
// writes, may have half of it.
const leastFile = 256 << 20

func (l *loader) fileSize(at strictyaml.Path, size Size) {
	if size > 0 && size < leastFile {
		l.Fail(l.Value(at), "", "%s: expected at least %s, found %s", at, Size(leastFile), size)
	}
}

// checkLocal refuses what directories and processes cannot do.
func (l *loader) checkLocal(s *Sandbox) {
	s.Memory, s.Pids, s.Network, s.Disk, s.OutagePatience = 0, 0, "", 0, 0
	l.cfg.Scoring.Memory, l.cfg.Scoring.Pids, l.cfg.Scoring.Network = 0, 0, ""
	l.cfg.Scoring.Disk = 0
	for _, p := range []strictyaml.Path{
		"sandbox/image", "sandbox/cpus", "sandbox/memory", "sandbox/pids", "sandbox/network",
		"sandbox/disk", "sandbox/files", "scoring/disk", "scoring/files",
		"sandbox/file_size", "sandbox/read_only_system", "scoring/file_size",
		"sandbox/platform", "sandbox/registry_mirror", "sandbox/disk_budget", "sandbox/engines",
		"sandbox/require",
		"sandbox/outage_patience",
		"sandbox/build/base_image", "sandbox/build/workdir",
		"scoring/network", "scoring/memory", "scoring/pids",
	} {
		if l.Has(p) {
			l.Fail(l.Key(p), "remove it, or use sandbox.kind: docker",
				"%s: a local sandbox is a directory and cannot honour this", p)
		}
	}
	l.checkBuild(s)
}

func (l *loader) checkBuild(s *Sandbox) {
	if s.Build == nil {
		return
	}
	const at = strictyaml.Path("sandbox/build/repository")
	repo := s.Build.Repository
	l.placeholders(at, repo, "{repo}", "{name}")
	if repo == "" || isGitURL(repo) {
		return
	}
	s.Build.Repository = l.path(repo)
	if !strings.Contains(repo, "{") {
		l.exists(at, s.Build.Repository)
	}
}

var gitURLRE = regexp.MustCompile(`^[a-z][a-z0-9+.-]*://|^[^/\\]+@[^/\\:]+:`)

// isGitURL reports whether a repository is a URL or scp-like address.
func isGitURL(s string) bool { return gitURLRE.MatchString(s) }

var placeholderRE = regexp.MustCompile(`\{[^{}]*\}?`)

// placeholders reports braces in a template that are none of those allowed.
func (l *loader) placeholders(at strictyaml.Path, text string, allowed ...string) {
	for _, found := range placeholderRE.FindAllString(text, -1) {
		if !slices.Contains(allowed, found) {
			l.Fail(l.Value(at), strictyaml.DidYouMean(found, "there are", allowed),
				"%s: unknown placeholder %s", at, found)
		}
	}
}
