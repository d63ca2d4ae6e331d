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

// cleanupTime bounds what is done for a delegation after it was cancelled.
const cleanupTime = time.Minute

// workspace is the files one sidekick works on.
type workspace struct {
	box   sandbox.Sandbox
	own   bool          // a copy, which nobody else has
	start repo.Baseline // before the sidekick's first call
}

// lockMode is how a delegation needs main's workspace: to itself for all of
// its work, or unchanged for as long as it takes to copy it.
func (d *delegation) lockMode() agent.Mode {
	if d.team.snapshot() {
		return agent.Reading
	}
	return agent.Exclusive
}

// look takes what a delegation has to know of main's workspace while it holds
// the lock: of a copy, what main has changed so far.
func (d *delegation) look(ctx context.Context, hold *agent.Hold) (changes string, err error) {
	if !d.team.snapshot() {
		return "", nil
	}
	defer hold.Release()
	patch, err := repo.Diff(ctx, d.team.job.Box, d.team.start)
	if err != nil {
		return "", fmt.Errorf("copy the workspace: %w", err)
	}
	return patch.Text, nil
}

// open makes the workspace ready.
func (d *delegation) open(ctx context.Context, changes string) (*workspace, error) {
	w := &workspace{box: d.team.job.Box}
	if d.team.snapshot() {
		box, err := d.team.job.Fork(ctx)
		if err != nil {
			return nil, fmt.Errorf("make a sandbox for the sidekick: %w", err)
		}
		w.box, w.own = box, true
		if err := repo.Apply(ctx, box, changes); err != nil {
			return nil, errors.Join(fmt.Errorf("copy the workspace: %w", err), w.close(ctx))
		}
	}
	var err error
	if w.start, err = repo.TakeBaseline(ctx, w.box); err != nil {
		return nil, errors.Join(err, w.close(ctx))
	}
	return w, nil
}

// close removes a copy. What cannot be removed now is reaped by the next run.
func (w *workspace) close(ctx context.Context) error {
	if !w.own {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
	defer cancel()
	return w.box.Close(ctx)
}

// collect takes what the sidekick changed, records it, and brings the patch of
// a copy to main's sandbox. A sidekick that has destroyed its repository, or
// whose copy is lost, has changed nothing that could be used.
func (d *delegation) collect(ctx context.Context, w *workspace) error {
	patch, err := repo.Diff(ctx, w.box, w.start)
	if err != nil {
		return fmt.Errorf("take the sidekick's changes: %w", err)
	}
	if patch.Text == "" {
		return nil
	}
	d.patch, d.out.files, d.out.inPlace = patch.Text, patch.Files, !w.own
	delta := bench.WorkspaceDelta{DelegationID: d.id, Activation: 1, Paths: patch.Files}
	if err := d.team.record.For(d.id).Record(ctx, delta); err != nil {
		return &agent.Fault{Err: err}
	}
	if !w.own {
		return nil
	}
	dir, err := d.team.temp()
	if err != nil {
		return err
	}
	name := dir + "/bench-" + d.id + ".patch"
	data := []byte(patch.Text)
	if err := sandbox.WriteFile(ctx, d.team.job.Box, name, data, 0o644); err != nil {
		return fmt.Errorf("hand over the patch: %w", err)
	}
	d.out.patch = name
	return nil
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
