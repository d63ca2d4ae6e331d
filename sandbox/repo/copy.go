package repo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"

	"bench/sandbox"
)

// Changes are what makes a sandbox that is as another one was at its baseline
// equal to that one.
type Changes struct {
	patch Patch
	root  string // of the files
	files []byte // tar of what the patch cannot have: ignored files, and outside
	held  []byte // what directories hold in which something was made or deleted
	// Lacking is why the files are not there, only the patch; nil if they are.
	Lacking error
}

// filesMax bounds the files. They wait in memory until the copy is made.
const filesMax = 64 << 20

var errNoTar = errors.New("no tar in the sandbox")

// TakeChanges takes what has changed in a sandbox since the baseline: the patch,
// and all files in the work directory, ignored ones included; where the sandbox
// is a machine of its own, also those outside, and what was deleted there. Of more
// than 64 MiB, and without tar in the sandbox, there is the patch alone.
func TakeChanges(ctx context.Context, box sandbox.Sandbox, b Baseline) (Changes, error) {
	patch, err := Diff(ctx, box, b)
	if err != nil {
		return Changes{}, err
	}
	c := Changes{patch: patch, root: box.Workdir()}
	if _, own := box.(sandbox.ImageNamer); own {
		c.root = "/"
	}
	o := order{text: copyScript, args: []string{b.store, c.root}, most: filesMax}
	out, err := run(ctx, box, o)
	if err == nil {
		c.held, c.files, err = splitCopy(out)
	}
	switch {
	case errors.Is(err, errNoTar), errors.Is(err, sandbox.ErrOutput):
		c.Lacking = err
	case err != nil:
		return Changes{}, fmt.Errorf("take changed files: %w", wrecked(ctx, err))
	}
	return c, nil
}

// Make makes the changes in another sandbox.
func (c Changes) Make(ctx context.Context, box sandbox.Sandbox) error {
	if err := Apply(ctx, box, c.patch.Text); err != nil {
		return err
	}
	root := c.root
	if root != "/" {
		root = box.Workdir()
	}
	if len(c.held) > 0 {
		o := order{text: deleteScript, args: []string{root}, stdin: c.held}
		if _, err := run(ctx, box, o); err != nil {
			return fmt.Errorf("delete what is gone: %w", err)
		}
	}
	if len(c.files) == 0 {
		return nil
	}
	return box.CopyIn(ctx, root, bytes.NewReader(c.files))
}

// splitCopy parts what the copy script prints.
func splitCopy(out []byte) (held, files []byte, err error) {
	count, rest, _ := bytes.Cut(out, []byte("\n"))
	n, err := strconv.Atoi(string(count))
	if err != nil || n < 0 || n > len(rest) {
		return nil, nil, &exitError{0, fmt.Sprintf("a copy begins with %.40q", out)}
	}
	return rest[:n], rest[n:], nil
}

// Baseline records the work tree of a sandbox in which the changes were made.
// Unlike one of TakeBaseline it has files that are ignored but were added by force
// where the changes come from.
func (c Changes) Baseline(ctx context.Context, box sandbox.Sandbox) (Baseline, error) {
	return takeBaseline(ctx, box, c.patch.Files)
}

// Bytes is how much is copied.
func (c Changes) Bytes() int { return len(c.patch.Text) + len(c.held) + len(c.files) }
