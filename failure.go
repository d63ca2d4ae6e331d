package bench

import (
	"context"
	"errors"
	"fmt"
)

// ExitStatus is what a program of this project ends with. An error that
// decides it is a Failure, made where the error is.
type ExitStatus int

// The exit statuses, as documented in the help text of bench.
const (
	ExitDone        ExitStatus = 0
	ExitError       ExitStatus = 1   // something failed
	ExitUsage       ExitStatus = 2   // what the user wrote or gave is wrong
	ExitIncomplete  ExitStatus = 3   // something has no verdict
	ExitBudget      ExitStatus = 4   // a budget stopped the work
	ExitRegression  ExitStatus = 100 // a gate found a regression
	ExitOpen        ExitStatus = 101 // a gate could not tell
	ExitDiffers     ExitStatus = 102 // two set-ups are not the same
	ExitInterrupted ExitStatus = 130 // the user stopped the work: 128 + SIGINT
)

// ErrInterrupted is the cause of a context that the user has cancelled.
var ErrInterrupted = errors.New("interrupted by the user")

// CutOff reports whether work was cut off from outside: by the user, or because
// the run or whoever had asked for it ended. What was under way then is open. A
// limit is no such cause: where one ends the work, what was done is the answer.
func CutOff(ctx context.Context) bool {
	var limit *LimitError
	return ctx.Err() != nil && !errors.As(context.Cause(ctx), &limit)
}

// ErrorClassCutOff is the class of tool calls that were cut off.
const ErrorClassCutOff = "cancelled"

// Remains reports whether an event of an agent is what is left of something that was cut
// off. It is made again when the trial is resumed, so the time until then was
// no work.
func Remains(p Payload) bool {
	switch p := p.(type) {
	case LLMCall:
		return p.CutOff
	case ToolCall:
		return p.ErrorClass == ErrorClassCutOff
	case AgentEnded:
		return p.State == AgentCancelled
	case DelegationEnded:
		return p.State == AgentCancelled && p.Reason != ReasonCancelledByMain && !p.Abandoned
	}
	return false
}

// Failure is an error that knows its exit status and what to do about it.
type Failure struct {
	Status ExitStatus
	Err    error
	Hint   string // what to do about it; "" if there is nothing to say
}

// Error is the text of the error, and the hint behind it.
func (f *Failure) Error() string {
	if f.Hint == "" {
		return f.Err.Error()
	}
	return f.Err.Error() + ": " + f.Hint
}

// Unwrap gives errors.Is and errors.As access to the error.
func (f *Failure) Unwrap() error { return f.Err }

// UsageError returns err as a mistake in what the user wrote or gave. Nil, an
// interruption and an error that has an exit status stay as they are.
func UsageError(err error) error {
	if err == nil || ExitStatusOf(err) != ExitError {
		return err
	}
	return &Failure{Status: ExitUsage, Err: err}
}

// Usagef returns a mistake in what the user wrote or gave.
func Usagef(format string, args ...any) error {
	return &Failure{Status: ExitUsage, Err: fmt.Errorf(format, args...)}
}

// ExitStatusOf returns the exit status of an error, which may be nil: that of
// a Failure or of another error with a method ExitStatus, ExitInterrupted where
// a context was cancelled, which only the user does, else ExitError.
func ExitStatusOf(err error) ExitStatus {
	var (
		failure *Failure
		other   interface{ ExitStatus() int }
	)
	switch {
	case err == nil:
		return ExitDone
	case errors.As(err, &failure):
		return failure.Status
	case errors.As(err, &other):
		return ExitStatus(other.ExitStatus())
	case errors.Is(err, ErrInterrupted), errors.Is(err, context.Canceled):
		return ExitInterrupted
	}
	return ExitError
}
