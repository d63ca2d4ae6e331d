// Package agent is the port to what solves tasks, and the one loop that all
// of our own agents share.
package agent

import (
	"context"

	"bench"
	"bench/sandbox"
)

// Agent solves a task in a sandbox. Implementations are safe for concurrent
// use, one Run per trial.
//
// Run returns an error only when the work could not be recorded or ctx was
// cancelled. Limits, stuck loops, bad model output and faults of the provider
// or the sandbox are states of the Submission.
type Agent interface {
	Run(ctx context.Context, job Job) (Submission, error)
}

// Job is one trial's work, and everything an agent may touch.
type Job struct {
	Trial bench.Trial
	// Box holds the repository at the base commit.
	Box sandbox.Sandbox
	// Fork makes another sandbox like Box as it was at the start. The caller
	// closes it.
	Fork func(ctx context.Context) (sandbox.Sandbox, error)
	// Budget is the trial's; agents draw from children of it.
	Budget *bench.Budget
	// Record appends events of this trial.
	Record bench.Recorder
	// History is what agents of this trial did before its process ended; nil for
	// a trial that starts. Box and Fork are new in both cases: an agent takes its
	// conversation from the log, replays its tool calls in the sandbox, and
	// resumes its work. No model call that is in the log is made again.
	History *History
}

// Alias is how models know the paths of Box.
func (j Job) Alias() sandbox.Alias { return sandbox.AliasOf(j.Box) }

// History is the log of a trial that was cut off.
type History struct {
	Events []bench.Event // of the trial, in the order of the log
	// Body returns a body that an event names.
	Body func(bench.BodyHash) (bench.Body, error)
}

// Submission is an agent's answer. The patch is not part of it: it is taken
// from the sandbox.
type Submission struct {
	State   bench.AgentState // of the main agent, terminal
	Limit   bench.Resource   // what ran out, if a limit ended it
	Scope   bench.Scope      // whose limit that was
	Message string           // final text
	Error   string           // what went wrong, in the error states
}
