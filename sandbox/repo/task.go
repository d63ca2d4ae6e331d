package repo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"bench"
	"bench/sandbox"
)

// CutTask leaves nothing in a sandbox's repository that is newer than what its task
// begins at: the base commit or, if a dataset names none, the one that its image has
// checked out.
func CutTask(ctx context.Context, box sandbox.Sandbox, task bench.Task) error {
	if task.Source.Tree != "" {
		return nil // its one commit was made from the tree: there is no history
	}
	base := task.BaseCommit
	if base == "" && task.Verifier() != nil {
		out, err := run(ctx, box, order{text: "locate\nprintf '%s\\n' \"$head\" >&3"})
		if err != nil {
			return fmt.Errorf("find base commit: the answer of a task must be a patch of the "+
				"repository in %s: %w", box.Workdir(), err)
		}
		base = strings.TrimSpace(string(out))
	}
	return CutHistory(ctx, box, base)
}

// Take returns the patch that an agent has made: what the task's own scripts make of
// its sandbox, or else the difference to the baseline.
func Take(
	ctx context.Context, box sandbox.Sandbox, task bench.Task, b Baseline,
) (Patch, error) {
	v := task.Verifier()
	if v == nil || len(v.Collect) == 0 {
		return Diff(ctx, box, b)
	}
	for _, c := range v.Collect {
		err := collect(ctx, box, c)
		if err != nil {
			return Patch{}, err
		}
	}
	text, err := sandbox.ReadFile(ctx, box, v.Patch)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Patch{}, &WreckedError{fmt.Errorf("%s has made no %s", v.Collect[0].Name, v.Patch)}
	case errors.Is(err, sandbox.ErrOutput):
		return Patch{}, &WreckedError{fmt.Errorf("%w: %w", ErrTooLarge, err)}
	case err != nil:
		return Patch{}, fmt.Errorf("take patch: %w", err)
	}
	p := Patch{Text: string(text)}
	for name := range parts(p.Text) {
		p.Files = append(p.Files, name)
	}
	return p, nil
}

// collect runs one script. What it makes counts, not how it ends; one that does not end
// is the doing of whoever worked in the sandbox.
func collect(ctx context.Context, box sandbox.Sandbox, c bench.Collect) error {
	res, err := sandbox.Run(ctx, box, sandbox.Cmd{
		Args: []string{"bash", "-c", "mkdir -p /logs/artifacts\n" + c.Script}, Timeout: c.Timeout,
	}, nil)
	switch {
	case errors.Is(err, sandbox.ErrOutput):
		return &WreckedError{fmt.Errorf("%s: %w", c.Name, err)}
	case err != nil:
		return fmt.Errorf("%s: %w", c.Name, err)
	case res.TimedOut:
		return &WreckedError{fmt.Errorf("%s: %w: it was killed after %v", c.Name, ErrTooSlow, c.Timeout)}
	}
	return nil
}
