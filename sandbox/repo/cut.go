package repo

import (
	"context"
	"fmt"
	"regexp"

	"bench/sandbox"
)

var objectID = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

// CutHistory leaves nothing in the sandbox's repository that its base commit
// does not reach: no commit, reference, reflog, stash, remote or unreachable
// object, no linked work tree, and no file that git has no name for, such as a
// bundle. Repositories of submodules end at the commits that the base names. The
// current branch and HEAD end at the base; tags made by then on its ancestors
// stay. Files stay as they are, so what an image changed after the base commit
// shows as a modification.
//
// The result is verified: every stored object must be reachable. Where there
// is nothing to cut, that is all the work. A failure is a *HistoryError, or
// wraps ErrNoRepository or ErrNoGit.
func CutHistory(ctx context.Context, box sandbox.Sandbox, base string) error {
	if !objectID.MatchString(base) {
		return fmt.Errorf("cut history: %w",
			&HistoryError{fmt.Sprintf("base commit %q is no full object id", base)})
	}
	cut := order{text: cutScript, args: []string{base}, time: cutTime}
	if _, err := run(ctx, box, cut); err != nil {
		return fmt.Errorf("cut history at %.12s: %w", base, err)
	}
	return nil
}
