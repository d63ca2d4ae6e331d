// Package output is the port to the forms in which a run is written for other
// programs. Each form is a folder below it, and a line in cmd/bench/wire.go.
package output

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"bench"
	"bench/results"
)

// Output is one form.
type Output interface {
	// Name is what bench export --format calls it.
	Name() string
	// About says what is written, in lines of at most 72 characters.
	About() string
	// Write writes a run into a directory, which is made if it is missing, and
	// returns the paths of its files.
	Write(ctx context.Context, s *results.Store, run, dir string) ([]string, error)
}

// Checker is implemented by outputs that cannot take every run.
type Checker interface {
	// Check refuses a run before anything is written.
	Check(ctx context.Context, s *results.Store, run string) error
}

// Write checks a run, if the output does, and writes it.
func Write(
	ctx context.Context, o Output, s *results.Store, run, dir string,
) ([]string, error) {
	if c, ok := o.(Checker); ok {
		if err := c.Check(ctx, s, run); err != nil {
			return nil, fmt.Errorf("export %s as %s: %w", run, o.Name(), err)
		}
	}
	return o.Write(ctx, s, run, dir)
}

// File makes a file, and its directory if that is missing.
func File(path string, content func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := content(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// JSON writes a value as an indented document.
func JSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false) // patches and code are full of < and &
	return enc.Encode(v)
}

// Attempts is how many attempts at each task a run was started with. Those that were
// added later stand for one without a verdict.
func Attempts(ctx context.Context, s *results.Store, run string) (n int, err error) {
	for e, err := range s.Events(ctx, run, 1) {
		if err != nil {
			return 0, err
		}
		if p, ok := e.Payload.(bench.RunStarted); ok {
			for _, t := range p.Trials {
				n = max(n, t.Attempt)
			}
			break
		}
	}
	return max(n, 1), nil
}

// RanHere refuses runs that were imported: nothing is known of what was said in them.
func RanHere(ctx context.Context, s *results.Store, run string) error {
	r, err := s.Run(ctx, run)
	if err != nil || r.Imported == "" {
		return err
	}
	return bench.Usagef("it was imported from %s, without conversations", r.Imported)
}
