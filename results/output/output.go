// Package output is the port to the forms in which a run is written for other
// programs. Each form is a folder below it, and a line in cmd/bench/wire.go.
package output

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
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
	// returns the paths of its files, or of a folder that has many.
	Write(ctx context.Context, s *results.Store, run, dir string) ([]string, error)
}

// Checker is implemented by outputs that cannot take every run.
type Checker interface {
	// Check refuses a run before anything is written.
	Check(ctx context.Context, s *results.Store, run string) error
}

// Write checks a run, if the output does, and writes it. All of it is made before any
// file gets its name, and none gets it if a file with other content is there already.
func Write(ctx context.Context, o Output, s *results.Store, run, dir string) ([]string, error) {
	return write(ctx, o, s, run, dir, false)
}

// Overwrite is Write, but takes the place of files that are there.
func Overwrite(
	ctx context.Context, o Output, s *results.Store, run, dir string,
) ([]string, error) {
	return write(ctx, o, s, run, dir, true)
}

func write(
	ctx context.Context, o Output, s *results.Store, run, dir string, overwrite bool,
) (paths []string, err error) {
	if c, ok := o.(Checker); ok {
		if err := c.Check(ctx, s, run); err != nil {
			return nil, fmt.Errorf("export %s as %s: %w", run, o.Name(), err)
		}
	}
	_, missing := os.Stat(dir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	made, err := os.MkdirTemp(dir, ".bench-export-")
	if err != nil {
		return nil, err
	}
	defer func() {
		err = errors.Join(err, os.RemoveAll(made))
		if err != nil && missing != nil {
			_ = os.Remove(dir) // if it is empty
		}
	}()
	if paths, err = o.Write(ctx, s, run, made); err != nil {
		return nil, err
	}
	for i, path := range paths {
		rel, err := filepath.Rel(made, path)
		if err != nil {
			return nil, err
		}
		paths[i] = filepath.Join(dir, rel)
	}
	return paths, publish(made, dir, overwrite)
}

// publish moves files from one directory below another.
func publish(from, to string, overwrite bool) error {
	var names, others []string
	err := filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		names = append(names, name)
		same, err := alike(path, filepath.Join(to, name))
		if !same && err == nil {
			others = append(others, filepath.Join(to, name))
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(others) > 0 && !overwrite {
		more := ""
		if n := len(others) - 1; n > 0 {
			more = fmt.Sprintf(" and %d more are", n)
		}
		return bench.Usagef("%s%s there already, with other content: name another directory, or "+
			"overwrite with --force", others[0], cmp.Or(more, " is"))
	}
	for _, name := range names {
		path := filepath.Join(to, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.Rename(filepath.Join(from, name), path); err != nil {
			return err
		}
	}
	return nil
}

// alike reports whether a file may take the place of another one without loss: that
// is not there, or says the same.
func alike(file, there string) (bool, error) {
	was, err := os.Open(there)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	defer was.Close()
	now, err := os.Open(file)
	if err != nil {
		return false, err
	}
	defer now.Close()
	a, b := make([]byte, 1<<16), make([]byte, 1<<16)
	for {
		n, ended := io.ReadFull(was, a)
		m, ends := io.ReadFull(now, b)
		for _, err := range []error{ended, ends} {
			if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				return false, err
			}
		}
		if !bytes.Equal(a[:n], b[:m]) || ended != nil {
			return bytes.Equal(a[:n], b[:m]), nil
		}
	}
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
	text, err := indented(v, "")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, text+"\n")
	return err
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

// WithTalks refuses runs of whose trials it is not known what was said in all of them.
func WithTalks(ctx context.Context, s *results.Store, run string) error {
	if err := RanHere(ctx, s, run); err != nil {
		return err
	}
	trials, err := s.Trials(ctx, run)
	if err != nil {
		return err
	}
	for _, t := range trials {
		if day := t.Dropped(); day != "" {
			return bench.Usagef("what was said in it was dropped on %s (bench runs drop-bodies)", day)
		}
	}
	return nil
}

// RanHere refuses runs that were imported: nothing is known of what was said in them.
func RanHere(ctx context.Context, s *results.Store, run string) error {
	r, err := s.Run(ctx, run)
	if err != nil || r.Imported == "" {
		return err
	}
	return bench.Usagef("it was imported from %s, without conversations", r.Imported)
}

// Sender is implemented by outputs that can send a run to a server instead of writing it.
type Sender interface {
	// Send sends a run to where the environment says, and says what it did.
	Send(ctx context.Context, s *results.Store, run string) (string, error)
}

// Send checks a run, if the output does, and sends it.
func Send(ctx context.Context, o Sender, s *results.Store, run string) (string, error) {
	if c, ok := o.(Checker); ok {
		if err := c.Check(ctx, s, run); err != nil {
			return "", fmt.Errorf("send %s: %w", run, err)
		}
	}
	return o.Send(ctx, s, run)
}
