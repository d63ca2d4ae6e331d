// Package repo is git as trials need it: on the host, to make a repository that
// ends at a task's base commit, and inside sandboxes, to cut a repository back
// to it, to take the difference an agent made, and to apply one.
//
// Inside, every operation is one shell script run by the sandbox's own /bin/sh
// and git: one round trip. Nothing an agent or an image can write into a
// repository's configuration, hooks or attributes decides what a script does.
package repo

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"

	"bench/sandbox"
)

// Errors callers branch on.
var (
	// ErrNoRepository: the work directory holds no usable git repository, or
	// no longer holds the one the baseline was taken in.
	ErrNoRepository = errors.New("no usable git repository")
	// ErrNoGit: the sandbox has no git.
	ErrNoGit = errors.New("no git in the sandbox")
	// ErrTooLarge: the difference is larger than MaxPatch.
	ErrTooLarge = errors.New("patch too large")
)

// PatchError reports a patch that does not apply. Nothing of it was applied.
type PatchError struct{ Message string } // what git said

func (e *PatchError) Error() string { return e.Message }

// HistoryError reports a repository that could not be cut back, because it
// lacks the base commit or would not let go of what is newer.
type HistoryError struct{ Message string }

func (e *HistoryError) Error() string { return e.Message }

var (
	//go:embed scripts/prelude.sh
	prelude string
	//go:embed scripts/cut.sh
	cutScript string
	//go:embed scripts/baseline.sh
	baselineScript string
	//go:embed scripts/diff.sh
	diffScript string
	//go:embed scripts/apply.sh
	applyScript string
)

// The exit codes of the scripts.
const (
	exitNoGit    = 90
	exitNoRepo   = 91
	exitRefused  = 92
	exitTooLarge = 93
	exitLeft     = 94
)

// script runs a script in the work directory and returns what it printed.
func script(ctx context.Context, box sandbox.Sandbox, text string, stdin []byte, args ...string,
) ([]byte, error) {
	cmd := sandbox.Cmd{Args: append([]string{"/bin/sh", "-c", prelude + text, "git"}, args...)}
	res, err := sandbox.Run(ctx, box, cmd, stdin)
	if err != nil {
		return nil, err
	}
	if res.Code == 0 {
		return res.Output, nil
	}
	said := strings.ToValidUTF8(strings.TrimSpace(string(res.Output)), "\uFFFD")
	switch res.Code {
	case exitNoGit:
		return nil, ErrNoGit
	case exitNoRepo:
		return nil, fmt.Errorf("%w: %s", ErrNoRepository, said)
	case exitRefused:
		return nil, &PatchError{said}
	case exitTooLarge:
		return nil, fmt.Errorf("%w: %s", ErrTooLarge, said)
	case exitLeft:
		return nil, &HistoryError{said}
	}
	return nil, fmt.Errorf("exit %d: %s", res.Code, said)
}
