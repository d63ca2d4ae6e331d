package fusion

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"bench"
	"bench/agent"
	"bench/sandbox"
	"bench/sandbox/repo"
)

// cleanupTime bounds what is done for an activation after it was cancelled.
const cleanupTime = time.Minute

// workspace is the files one sidekick works on.
type workspace struct {
	box    sandbox.Sandbox
	copied bool          // a copy, which nobody else has
	start  repo.Baseline // before the sidekick's first call
}

// inspect takes what an activation has to know of main's workspace while it holds
// the lock: of a copy, what main has changed so far.
func (x *activation) inspect(ctx context.Context, locks *agent.Hold) (c repo.Changes, err error) {
	if !x.team.snapshot() {
		return c, nil
	}
	defer locks.Release()
	if c, err = repo.TakeChanges(ctx, x.team.job.Box, x.team.start); err != nil {
		return c, fmt.Errorf("copy the workspace: %w", err)
	}
	if c.Lacking != nil {
		x.note(ctx, bench.Notice{
			Code: "copy_incomplete",
			Text: "without ignored files and those outside the work directory: " + c.Lacking.Error(),
		})
	}
	return c, nil
}

// open makes the workspace ready.
func (x *activation) open(ctx context.Context, changes repo.Changes) (*workspace, error) {
	w := &workspace{box: x.team.job.Box}
	if x.team.snapshot() {
		box, err := x.team.job.Fork(ctx)
		if err != nil {
			return nil, fmt.Errorf("make a sandbox for the sidekick: %w", err)
		}
		w.box, w.copied = box, true
		err = changes.Make(ctx, box)
		if err == nil {
			err = x.applyEarlier(ctx, box)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("copy the workspace: %w", err), w.close(ctx))
		}
	}
	var err error
	if w.start, err = changes.Baseline(ctx, w.box); err != nil {
		return nil, errors.Join(err, w.close(ctx))
	}
	return w, nil
}

// own puts what the sidekick had changed in earlier activations into its new
// copy, unless main has done so or has gone another way; then it is told.
func (x *activation) applyEarlier(ctx context.Context, box sandbox.Sandbox) error {
	x.team.mu.Lock()
	earlier := x.activations[:x.n-1]
	x.team.mu.Unlock()
	for _, e := range earlier {
		if e.patch == "" || e.out.discarded {
			continue
		}
		err := repo.Apply(ctx, box, e.patch)
		var refused *repo.PatchError
		if errors.As(err, &refused) {
			in, failed := repo.Contains(ctx, box, e.patch)
			if err = failed; err == nil && !in {
				x.missing = append(x.missing, strings.Join(e.out.files, ", "))
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// close removes a copy. What cannot be removed now is reaped by the next run.
func (w *workspace) close(ctx context.Context) error {
	if !w.copied {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
	defer cancel()
	return w.box.Close(ctx)
}

// collect takes what the sidekick changed, records it, and brings the patch of
// a copy to main's sandbox. A sidekick that has destroyed its repository, or
// whose copy is lost, has changed nothing that could be used. Where the work was
// cut off, nothing is taken.
func (x *activation) collect(ctx context.Context, w *workspace) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	patch, err := repo.Diff(ctx, w.box, w.start)
	if err != nil {
		return fmt.Errorf("take the sidekick's changes: %w", err)
	}
	if left, ok := patch.LeftOut(); ok {
		x.note(ctx, left)
	}
	if patch.Text == "" {
		return nil
	}
	x.patch, x.out.files, x.out.inPlace = patch.Text, patch.Files, !w.copied
	x.out.discarded = w.copied && x.team.sidekick.ReadOnly
	delta := bench.WorkspaceDelta{DelegationID: x.id, Activation: x.n, Paths: patch.Files}
	if err := x.team.record.For(x.agent).Record(ctx, delta); err != nil {
		return &agent.Fault{Err: err}
	}
	if !w.copied || x.out.discarded {
		return nil
	}
	return x.deliver(ctx)
}

// deliver brings the changes to main's sandbox: those of a copy as a patch file.
// Others are there, unless the sandbox is a new one, in which a trial is taken
// up again.
func (x *activation) deliver(ctx context.Context) error {
	box := x.team.job.Box
	if !x.team.snapshot() {
		return repo.Apply(ctx, box, x.patch)
	}
	dir, err := x.team.tempDir(ctx)
	if err != nil {
		return err
	}
	name := dir + "/bench-" + x.agent + ".patch"
	if err := sandbox.WriteFile(ctx, box, name, []byte(x.patch), 0o644); err != nil {
		return fmt.Errorf("hand over the patch: %w", err)
	}
	x.out.patch = name
	return nil
}

// tempDir is the directory for patch files in main's sandbox.
func (t *team) tempDir(ctx context.Context) (_ string, err error) {
	select {
	case t.looking <- struct{}{}:
		defer func() { <-t.looking }()
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	if t.temp == "" {
		t.temp, err = sandbox.TempDir(ctx, t.job.Box)
	}
	return t.temp, err
}

// translate replaces one work directory by another in a text. Where a copy
// lies at another path than the original, as copies of local sandboxes do,
// main's brief and the sidekick's report must each name the reader's files.
func translate(text, from, to string) string {
	if from == to {
		return text
	}
	return strings.ReplaceAll(text, from, to)
}
