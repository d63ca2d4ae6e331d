package fusion

import (
	"context"
	"slices"

	"bench"
)

// conflicts records what the activation did to files that it shared: changes
// where it was to make none, and changes of files that another one changed at
// the same time.
//
// In files that all share nobody can say who changed what, only that it changed
// while somebody was at work. It is certain where both have written a file
// through their editors, and where nobody else was there.
func (x *activation) conflicts(ctx context.Context) {
	files := x.out.files
	if len(files) == 0 {
		return
	}
	others := x.companions()
	if x.team.sidekick.ReadOnly {
		x.faulty(ctx, bench.WorkspaceFault{
			Kind: bench.FaultReadOnly, Paths: files,
			Certain: len(others) == 0 || subset(files, x.result.Written),
		})
	}
	for _, o := range others {
		var certain, possible []string
		for _, f := range files {
			switch {
			case !slices.Contains(o.out.files, f):
			case slices.Contains(x.result.Written, f) && slices.Contains(o.result.Written, f):
				certain = append(certain, f)
			default:
				possible = append(possible, f)
			}
		}
		x.faulty(ctx, bench.WorkspaceFault{
			Kind: bench.FaultConflict, With: o.agent, Paths: certain, Certain: true,
		})
		x.faulty(ctx, bench.WorkspaceFault{Kind: bench.FaultConflict, With: o.agent, Paths: possible})
	}
}

// companions are the activations that were at work in the same files at the
// same time and have ended before this one.
func (x *activation) companions() []*activation {
	if x.team.sidekick.Workspace != bench.WorkspaceSharedFree {
		return nil
	}
	x.team.mu.Lock()
	defer x.team.mu.Unlock()
	var all []*activation
	for _, d := range x.team.delegations {
		for _, o := range d.activations {
			if o != x && o.stage == ended && overlap(o, x) {
				all = append(all, o)
			}
		}
	}
	return all
}

func overlap(a, b *activation) bool {
	return !a.begun.IsZero() && !b.begun.IsZero() && a.begun.Before(b.ended) && b.begun.Before(a.ended)
}

func subset(some, all []string) bool {
	return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
}

func (x *activation) faulty(ctx context.Context, f bench.WorkspaceFault) {
	if len(f.Paths) == 0 {
		return
	}
	f.DelegationID, f.Activation = x.id, x.n
	x.save(ctx, x.team.record, f)
}
