package datasets

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"bench/internal/plainfile"
	"bench/internal/strictyaml"
)

// facts are what judging needs and rows do not carry: a directory with files
// per instance, or a file of facts about repositories.
type facts struct {
	dir     string
	repos   []repoFact
	parsers []parserFact
}

// judgingFile is the file of facts, in YAML or JSON.
type judgingFile struct {
	Repos   []repoFact   `json:"repos"`
	Parsers []parserFact `json:"parsers"`
}

// repoFact has the commands of a repository, or of some of its versions.
type repoFact struct {
	Repo      string   `json:"repo" jsonschema:"required,minLength=1"`
	Versions  []string `json:"versions"` // all if empty
	Install   string   `json:"install"`
	TestCmd   string   `json:"test_cmd" jsonschema:"required,minLength=1"`
	LogParser string   `json:"log_parser" jsonschema:"required,minLength=1"`
}

// parserFact says which of the program's log parsers reads as one of a dataset.
type parserFact struct {
	Name      string `json:"name" jsonschema:"required,minLength=1"`
	LogParser string `json:"log_parser" jsonschema:"required,minLength=1"`
}

// readFacts reads the path of Options.Judging; an empty one gives no facts.
func readFacts(path string) (*facts, error) {
	if path == "" {
		return new(facts), nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read facts for judging: %w", err)
	}
	if info.IsDir() {
		return &facts{dir: path}, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read facts for judging: %w", err)
	}
	tree, errs := strictyaml.Parse(strictyaml.NewSource(path, text), text)
	var (
		file    judgingFile
		decoder strictyaml.Decoder
	)
	if tree != nil {
		decoder.Decode(tree, &file)
		errs = append(errs, decoder.Errors...)
	}
	if len(errs) > 0 {
		return nil, errs.Sorted()
	}
	return &facts{repos: file.Repos, parsers: file.Parsers}, nil
}

// repo returns what is known of a repository at a version.
func (f *facts) repo(repo, version string) (repoFact, bool) {
	i := slices.IndexFunc(f.repos, func(r repoFact) bool {
		return r.Repo == repo && (len(r.Versions) == 0 || slices.Contains(r.Versions, version))
	})
	if i < 0 {
		return repoFact{}, false
	}
	return f.repos[i], true
}

// parser returns the log parser that stands for a dataset's own.
func (f *facts) parser(name string) (string, bool) {
	i := slices.IndexFunc(f.parsers, func(p parserFact) bool { return p.Name == name })
	if i < 0 {
		return "", false
	}
	return f.parsers[i].LogParser, true
}

// files returns all files below a folder of an instance, by their paths in it.
func (f *facts) files(instance, folder string) (map[string]string, error) {
	files := map[string]string{}
	if f.dir == "" || instance == "" {
		return files, nil
	}
	dir := filepath.Join(f.dir, instance, folder)
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := plainfile.ReadBelow(f.dir, filepath.Join(dir, name), mostText)
		files[name] = string(b)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return files, err
}

// file returns a file of an instance; ok is false if there is none.
func (f *facts) file(instance, name string) (content string, ok bool, err error) {
	if f.dir == "" || instance == "" {
		return "", false, nil
	}
	b, err := plainfile.ReadBelow(f.dir, filepath.Join(f.dir, instance, name), mostText)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	return string(b), err == nil, err
}
