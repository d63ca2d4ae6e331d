package bench

import "fmt"

// TrialKey names a trial within a run: one configuration on one task, once.
type TrialKey struct {
	Configuration string `json:"configuration"`
	InstanceID    string `json:"instance_id"`
	Attempt       int    `json:"attempt"` // from 1
}

// String is "configuration/instance_id#attempt".
func (k TrialKey) String() string {
	return fmt.Sprintf("%s/%s#%d", k.Configuration, k.InstanceID, k.Attempt)
}

// IsZero reports whether the key names no trial, as in run-level events.
func (k TrialKey) IsZero() bool { return k == TrialKey{} }

// Trial is the work order for one TrialKey.
type Trial struct {
	Key           TrialKey
	Task          Task
	Configuration Configuration
}

// Phase is where a trial stands.
type Phase string

// The phases, in order. Done is terminal.
const (
	PhaseQueued  Phase = "queued"
	PhasePrepare Phase = "prepare" // sandbox made, history cut back
	PhaseSolve   Phase = "solve"   // agents at work
	PhaseExtract Phase = "extract" // the diff is taken
	PhaseGrade   Phase = "grade"   // the diff is judged in a fresh sandbox
	PhaseDone    Phase = "done"
)

// Next reports whether a trial may go from p to q. Every phase may end in
// done, because a fault can end a trial anywhere; and one that is resumed
// may have its patch already.
func (p Phase) Next(q Phase) bool {
	switch p {
	case PhaseQueued:
		return q == PhasePrepare || q == PhaseGrade || q == PhaseDone
	case PhasePrepare:
		return q == PhaseSolve || q == PhaseDone
	case PhaseSolve:
		return q == PhaseExtract || q == PhaseDone
	case PhaseExtract:
		return q == PhaseGrade || q == PhaseDone
	case PhaseGrade:
		return q == PhaseDone
	case PhaseDone:
		return false
	}
	return false
}
