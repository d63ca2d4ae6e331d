// Package repo is git as trials need it: on the host, to make a repository that
// ends at a task's base commit, and inside sandboxes, to cut a repository back
// to it, to take the difference an agent made, and to apply one.
//
// Inside, every operation is one shell script run by the sandbox's own /bin/sh
// and git: one round trip. Nothing an agent or an image can write into a
// repository's configuration, hooks or attributes decides what a script does.
package repo

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

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
	// ErrTooSlow: a script did not end in time. It was killed.
	ErrTooSlow = errors.New("git did not end in time")
)

// WreckedError reports a work tree of which no difference can be taken any more
// though a baseline of it was taken: whoever worked in the sandbox since has
// removed the work directory, git or the shell, has put something else in their
// place, or has left more than MaxPatch bytes. It is never the machine's fault.
type WreckedError struct{ Err error }

func (e *WreckedError) Error() string { return e.Err.Error() }
func (e *WreckedError) Unwrap() error { return e.Err }

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
	//go:embed scripts/elsewhere.sh
	elsewhereScript string
	//go:embed scripts/cut.sh
	cutScript string
	//go:embed scripts/baseline.sh
	baselineScript string
	//go:embed scripts/diff.sh
	diffScript string
	//go:embed scripts/copy.sh
	copyScript string
	//go:embed scripts/delete.sh
	deleteScript string
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
	exitNoTar    = 95
)

// What scripts may take. No output comes near outputMax unless git is not git
// any more: a script itself prints no more than MaxPatch and the names.
const (
	outputMax = MaxPatch + 32<<20
	cutTime   = 30 * time.Minute // a large repository is packed anew
	otherTime = 5 * time.Minute
)

// order is a script with what goes in.
type order struct {
	text  string
	args  []string
	stdin []byte
	time  time.Duration // 0: otherTime
	most  int64         // bytes of output; 0: outputMax
}

// exitError is a script that failed otherwise than by one of its own exit codes.
type exitError struct {
	code int
	said string
}

func (e *exitError) Error() string { return fmt.Sprintf("exit %d: %s", e.code, e.said) }

// run runs a script in the work directory and returns what it printed.
func run(ctx context.Context, box sandbox.Sandbox, o order) ([]byte, error) {
	cmd := sandbox.Cmd{
		Args:    append([]string{"/bin/sh", "-c", prelude + o.text, "git"}, o.args...),
		Timeout: cmp.Or(o.time, otherTime),
	}
	res, err := sandbox.RunMax(ctx, box, cmd, o.stdin, cmp.Or(o.most, outputMax))
	switch {
	case err != nil:
		return nil, err
	case res.TimedOut:
		return nil, fmt.Errorf("%w: it was killed after %v", ErrTooSlow, cmd.Timeout)
	case res.Code == 0:
		return res.Output, nil
	}
	return nil, failure(res.Code, res.Output)
}

// failure is what the exit code of a script means.
func failure(code int, output []byte) error {
	const most = 4000
	said := string(output[max(0, len(output)-most):])
	said = strings.ToValidUTF8(strings.TrimSpace(said), "\uFFFD")
	switch code {
	case exitNoGit:
		return ErrNoGit
	case exitNoRepo:
		return fmt.Errorf("%w: %s", ErrNoRepository, said)
	case exitRefused:
		return &PatchError{said}
	case exitTooLarge:
		return fmt.Errorf("%w: %s", ErrTooLarge, said)
	case exitLeft:
		return &HistoryError{said}
	case exitNoTar:
		return errNoTar
	}
	return &exitError{code, said}
}

// wrecked marks an error of a script as the doing of whoever worked in the
// sandbox since the same script last ended well there. A machine that is lost,
// has no space or kills for lack of memory is another matter, and so is the end
// of ctx.
func wrecked(ctx context.Context, err error) error {
	var exit *exitError
	switch {
	case ctx.Err() != nil, errors.Is(err, sandbox.ErrLost):
		return err
	case errors.As(err, &exit):
		if exit.code == 128+int(syscall.SIGKILL) || strings.Contains(exit.said, "No space left on "+
			"device") {
			return err
		}
		return &WreckedError{err}
	case errors.Is(err, ErrNoGit), errors.Is(err, ErrNoRepository), errors.Is(err, ErrTooLarge),
		errors.Is(err, ErrTooSlow), errors.Is(err, sandbox.ErrOutput), errors.Is(err, errOutput):
		return &WreckedError{err}
	}
	return err
}
