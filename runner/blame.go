package runner

import (
	"context"
	"errors"

	"bench"
	"bench/sandbox"
)

var (
	errPanic = errors.New("panic")
	errLLM   = errors.New("model unreachable")
)

// sandboxError marks what went wrong while preparing, using or reading the
// agent's sandbox.
type sandboxError struct{ err error }

func (e *sandboxError) Error() string { return "sandbox: " + e.err.Error() }
func (e *sandboxError) Unwrap() error { return e.err }

// gradingError marks what went wrong while grading, apart from the patch.
type gradingError struct{ err error }

func (e *gradingError) Error() string { return "grading: " + e.err.Error() }
func (e *gradingError) Unwrap() error { return e.err }

// outcomeOf maps an error to the outcome of its trial: the one place where
// guilt is decided. What is unknown is the harness's own fault, never the
// agent's.
func outcomeOf(ctx context.Context, err error) bench.Outcome {
	var (
		inGrading *gradingError
		inSandbox *sandboxError
	)
	switch {
	case ctx.Err() != nil, errors.Is(err, context.Canceled), errors.Is(err, errRunBudget):
		return bench.OutcomeCancelled
	case errors.Is(err, errPanic):
		return bench.OutcomeInternal
	case errors.As(err, &inGrading):
		return bench.OutcomeInfraGrading
	case errors.As(err, &inSandbox), errors.Is(err, sandbox.ErrLost):
		return bench.OutcomeInfraSandbox
	case errors.Is(err, errLLM):
		return bench.OutcomeInfraLLM
	}
	return bench.OutcomeInternal
}
