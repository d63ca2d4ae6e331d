package input

import (
	"time"

	"bench"
	"bench/contamination"
	"bench/trajectory"
)

// contaminationOf examines a trajectory; nil if its task is not known, or none of its
// calls has an answer: then nobody can tell.
func contaminationOf(t trajectory.Trajectory, tasks Tasks) *bench.Contamination {
	if tasks == nil || !answered(t) {
		return nil
	}
	task, ok := tasks(t.Instance)
	if !ok {
		return nil
	}
	x := contamination.NewExamination(contamination.Of(task), time.Now())
	// What sub-agents wrote may be shown to the agent, and nobody knows when.
	for _, sub := range t.Subagents {
		examine(x, sub)
	}
	examine(x, t)
	return &bench.Contamination{Version: contamination.Version, Findings: x.Findings()}
}

// answered reports whether what came of a call is known.
func answered(t trajectory.Trajectory) bool {
	for _, turn := range t.Turns {
		for _, c := range turn.Calls {
			if c.Answer != nil {
				return true
			}
		}
	}
	return false
}

// examine takes what an agent did.
func examine(x *contamination.Examination, t trajectory.Trajectory) {
	for i, turn := range t.Turns {
		x.Wrote(turn.Text)
		x.Wrote(turn.Reasoning)
		for _, c := range turn.Calls {
			step := contamination.Step{Agent: t.ID, Turn: i + 1, Call: c.ID, Tool: c.Name}
			if c.Answer != nil {
				step.Output, step.Failed = c.Answer.Text, c.Answer.Failed
			}
			x.Step(step.Take(c.Arguments))
		}
	}
}
