package page

import (
	"fmt"
	"slices"

	"bench"
	"bench/results"
)

// step is something that a trial's main agent did.
type step struct {
	Tool string
	hash bench.BodyHash // of its arguments
}

// steps are the tool calls of the agent that answers for a trial, in order.
func steps(d results.Detail) (out []step) {
	main := ""
	for _, a := range d.Agents {
		if a.Parent == "" && a.Role != bench.RoleAdvisor {
			main = a.ID
			break
		}
	}
	calls := slices.Clone(d.ToolCalls)
	slices.SortStableFunc(calls, func(a, b results.ToolCall) int {
		if c := a.Start.Compare(b.Start); a.BatchID != b.BatchID {
			return c
		}
		return a.Index - b.Index
	})
	for _, c := range calls {
		if c.Agent == main {
			out = append(out, step{c.Name, c.Arguments})
		}
	}
	return out
}

// flips are the tasks that one of two configurations alone has resolved.
type flips struct {
	Baseline, Candidate         string
	OnlyBaseline, OnlyCandidate []flip
}

// flip is an attempt at a task that one side alone has resolved.
type flip struct {
	Task                string
	Attempt             int
	Baseline, Candidate string // ids of the trials
	Divergence          string // where the two began to differ
	Failed              []string
	More                int // failed tests that are not listed
}

func (b *builder) findFlips() (out []flips) {
	type place struct {
		column  int
		task    string
		attempt int
	}
	at := map[place]*trial{}
	for _, t := range b.trials {
		at[place{t.Column, t.Key.InstanceID, t.Key.Attempt}] = t
	}
	base := b.baseline()
	for _, p := range b.comparison.Pairs {
		f := flips{Baseline: p.Baseline, Candidate: p.Candidate}
		for _, t := range b.trials {
			if b.comparison.Configurations[t.Column].Name != p.Candidate || t.Resolved == nil {
				continue
			}
			other := at[place{base, t.Key.InstanceID, t.Key.Attempt}]
			if other == nil || other.Resolved == nil || *other.Resolved == *t.Resolved {
				continue
			}
			if *t.Resolved {
				f.OnlyCandidate = append(f.OnlyCandidate, flipOf(other, t, other))
			} else {
				f.OnlyBaseline = append(f.OnlyBaseline, flipOf(other, t, t))
			}
		}
		out = append(out, f)
	}
	return out
}

// mostFailed is how many failed tests stand beside a flip.
const mostFailed = 3

func flipOf(base, candidate, lost *trial) flip {
	failed := lost.failed[:min(mostFailed, len(lost.failed))]
	return flip{
		Task: base.Key.InstanceID, Attempt: base.Key.Attempt, Baseline: base.ID, Candidate: candidate.ID,
		Divergence: divergence(base.first, candidate.first), Failed: failed,
		More: len(lost.failed) - len(failed),
	}
}

// divergence says where two trials began to do different things.
func divergence(a, b []step) string {
	name := func(steps []step, i int) string {
		if i >= len(steps) {
			return "the end"
		}
		return steps[i].Tool
	}
	for i := range max(len(a), len(b)) {
		if i < len(a) && i < len(b) && a[i] == b[i] {
			continue
		}
		x, y := name(a, i), name(b, i)
		if x == y {
			return fmt.Sprintf("step %d: %s, with other arguments", i+1, x)
		}
		return fmt.Sprintf("step %d: %s against %s", i+1, x, y)
	}
	return "nowhere: all steps are the same"
}
