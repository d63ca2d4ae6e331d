// Package scoring is the port to judges: a patch goes in, a grade comes out.
package scoring

import (
	"context"

	"bench"
)

// Grader judges patches in fresh sandboxes. It is safe for concurrent use.
//
// An error means that there is no verdict and that the patch is not to blame:
// the sandbox was lost, the script could not be derived. A patch that does not
// apply, a timeout or an unreadable log are part of the Grade.
type Grader interface {
	Grade(ctx context.Context, job Job) (bench.Grade, []bench.Body, error)
}

// Job is one patch to judge. The bodies a Grader returns are those its grade
// names by hash.
type Job struct {
	RunID string
	Trial bench.TrialKey
	Task  bench.Task
	Patch string
	// EvenEmpty runs the tests without a patch too. Otherwise an empty patch is
	// unresolved without being run, as in the official harness.
	EvenEmpty bool
	// Oracle has the patch made by the task's own solution, in a sandbox of its own.
	Oracle bool
}
