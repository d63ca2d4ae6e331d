// Package output is the port to the forms in which a run is written for other
// programs. Each form is a folder below it, and a line in cmd/bench/wire.go.
package output

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

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
