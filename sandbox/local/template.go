package local

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bench"
	"bench/sandbox"
	"bench/sandbox/repo"
)

// What a sandbox's directory holds.
const (
	workName = "testbed"
	homeName = "home"
	tempName = "tmp"
)

// template is a prepared directory that sandboxes of one task are copies of.
type template struct {
	dir   string
	setup []string // commands whose results cannot be copied: to be run in each sandbox

	turn chan struct{} // holds one token, for who makes it
	made bool
}

// template returns the task's template. One caller makes it while others wait;
// if that fails the next one tries again.
func (p *Pool) template(ctx context.Context, task bench.Task) (*template, error) {
	key, err := templateKey(task)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	t := p.templates[key]
	if t == nil {
		t = &template{turn: make(chan struct{}, 1)}
		p.templates[key] = t
	}
	p.mu.Unlock()
	select {
	case t.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	defer func() { <-t.turn }()
	if t.made {
		return t, nil
	}
	if err := p.make(ctx, t, task); err != nil {
		return nil, err
	}
	t.made = true
	return t, nil
}

// templateKey names what a template depends on.
func templateKey(task bench.Task) (string, error) {
	b, err := json.Marshal(struct {
		Source bench.Source
		Commit string
	}{task.Source, task.BaseCommit})
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), err
}

// make checks the repository out and runs the setup commands in a copy. The
// copy becomes the template, unless a file there names its directory, as those
// of a Python environment do: copies of such a file would lead back to the
// first directory.
func (p *Pool) make(ctx context.Context, t *template, task bench.Task) error {
	plain, err := p.makeDir("plain-")
	if err != nil {
		return err
	}
	for _, name := range []string{homeName, tempName} {
		if err := os.Mkdir(filepath.Join(plain, name), 0o700); err != nil {
			return err
		}
	}
	if _, err := repo.Checkout(ctx, task, filepath.Join(plain, workName)); err != nil {
		removeAll(plain)
		return err
	}
	t.dir, t.setup = plain, task.Source.Setup
	if len(t.setup) == 0 {
		return nil
	}
	ready, err := p.makeDir("ready-")
	if err != nil {
		return err
	}
	b, err := p.fill(ctx, ready, t)
	if err != nil {
		removeAll(plain)
		removeAll(ready)
		return err
	}
	if err := b.end(); err != nil {
		return err
	}
	if named, err := namesItself(ready, plain); named || err != nil {
		return errors.Join(err, removeAll(ready))
	}
	t.dir, t.setup = ready, nil
	return removeAll(plain)
}

// setupTime is how long a setup command may take: it may build a large project.
const setupTime = 2 * time.Hour

// setUp runs setup commands, which must succeed.
func setUp(ctx context.Context, b *box, commands []string) error {
	for _, c := range commands {
		cmd := sandbox.Shell(c)
		cmd.Timeout = setupTime
		r, err := sandbox.Run(ctx, b, cmd, nil)
		switch {
		case err != nil:
			return fmt.Errorf("set up: %w", err)
		case r.TimedOut:
			return fmt.Errorf("set up: %q: did not end in %v", c, setupTime)
		}
		if r.Code != 0 {
			said := tail(r.Output)
			if said != "" {
				said = ": " + said
			}
			return fmt.Errorf("set up: %q: exit status %d%s", c, r.Code, said)
		}
	}
	return nil
}

// tail returns the end of a command's output, for an error message.
func tail(out []byte) string {
	const most = 2000
	if len(out) > most {
		out = append([]byte("… "), out[len(out)-most:]...)
	}
	return strings.TrimSpace(string(out))
}

// namesItself reports whether a file below dir that is not the same below
// plain contains the path of dir.
func namesItself(dir, plain string) (bool, error) {
	found := false
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rest := strings.TrimPrefix(path, dir)
		fi, err := d.Info()
		if err != nil {
			return err
		}
		if old, err := os.Lstat(plain + rest); err == nil && old.Mode() == fi.Mode() &&
			old.Size() == fi.Size() && old.ModTime().Equal(fi.ModTime()) {
			return nil
		}
		var content []byte
		switch {
		case fi.Mode()&fs.ModeSymlink != 0:
			link, err := os.Readlink(path)
			if err != nil {
				return err
			}
			content = []byte(link)
		case fi.Mode().IsRegular():
			if content, err = os.ReadFile(path); err != nil {
				return err
			}
		}
		if bytes.Contains(content, []byte(dir)) {
			found = true
			return fs.SkipAll
		}
		return nil
	})
	return found, err
}
