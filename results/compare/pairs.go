package compare

import (
	"slices"

	"bench"
	"bench/results"
	"bench/results/verdict"
	"bench/stats"
)

// Pair is the verdict on a candidate, by the tasks that both it and the baseline
// have verdicts for.
type Pair struct {
	Baseline  string
	Candidate string
	verdict.Verdict
}

// The level of tests, and the power asked of them.
const (
	alpha = 0.05
	power = 0.80
)

// judged are the trials with a verdict, by task in the order of attempts, and
// the tasks in order of appearance.
func (c *Column) judged() (tasks []string, byTask map[string][]*trial) {
	byTask = map[string][]*trial{}
	for _, t := range c.trials {
		if t.Resolved == nil || !t.Counts() {
			continue
		}
		id := t.Key.InstanceID
		if byTask[id] == nil {
			tasks = append(tasks, id)
		}
		byTask[id] = append(byTask[id], t)
	}
	for _, ts := range byTask {
		slices.SortFunc(ts, func(a, b *trial) int { return a.Key.Attempt - b.Key.Attempt })
	}
	return tasks, byTask
}

// match pairs the trials of two configurations task by task: the first attempts
// with a verdict on both sides, the second, and so on.
func match(base, other *Column) (pairs []verdict.Pair) {
	tasks, bases := base.judged()
	_, others := other.judged()
	known := base.unreported()+other.unreported() == 0 &&
		len(base.costShort())+len(other.costShort()) == 0
	for _, id := range tasks {
		for i := range min(len(bases[id]), len(others[id])) {
			pairs = append(pairs, verdict.Pair{
				Task: id, Baseline: observed(bases[id][i], known), Candidate: observed(others[id][i], known),
			})
		}
	}
	return pairs
}

// observed is what came of a trial with a verdict.
func observed(t *trial, costKnown bool) verdict.Observation {
	o := verdict.Observation{Resolved: *t.Resolved, Cost: stats.None()}
	if costKnown {
		o.Cost = dollars(t.Cost)
	}
	return o
}

// pair compares two columns.
func pair(base, other *Column, o Options) Pair {
	pairs := match(base, other)
	v := verdict.Judge(pairs, assumptions(base, o))
	for _, c := range []*Column{base, other} {
		v.Warnings = append(v.Warnings, c.costShort()...)
		v.Warnings = append(v.Warnings, c.leftOut(len(pairs))...)
	}
	v.Warnings = append(v.Warnings, differences(base.run, other.run)...)
	return Pair{Baseline: base.name, Candidate: other.name, Verdict: v}
}

// assumptions are those of the options, or those declared with the run.
func assumptions(base *Column, o Options) verdict.Assumptions {
	a := verdict.Assumptions{
		Resampling: o.resampling(), MarginPP: DefaultMarginPP, Assumed: true,
		MinSaving: base.run.MinSaving,
		Alpha:     alpha, Power: power,
	}
	switch {
	case o.MarginPP > 0:
		a.MarginPP, a.Assumed = o.MarginPP, false
	case base.run.MarginPP > 0:
		a.MarginPP, a.Assumed = base.run.MarginPP, false
	}
	return a
}

// leftOut says which of a column's trials are in no pair, and whether it is a
// fusion that never delegated.
func (c *Column) leftOut(pairs int) (out []verdict.Warning) {
	w := verdict.LeftOut{Configuration: c.name, Trials: len(c.trials), Pairs: pairs}
	judged, delegations := 0, 0
	for _, t := range c.trials {
		delegations += len(t.Delegations)
		switch {
		case t.Outcome == "":
			w.Open++
		case t.Blame == bench.BlameInfra:
			w.Infra++
		case t.Blame == bench.BlameUser:
			w.Cancelled++
		case t.Resolved == nil:
			w.Unjudged++
		default:
			judged++
		}
	}
	w.NoPartner = judged - pairs
	if w.Open+w.Infra+w.Cancelled+w.Unjudged+w.NoPartner > 0 {
		out = append(out, w)
	}
	if c.config.Kind == bench.KindFusion && judged > 0 && delegations == 0 && !c.imported() {
		out = append(out, verdict.NeverDelegated{Configuration: c.name})
	}
	return out
}

// differences says in what the runs of two columns differ that they should
// share.
func differences(a, b results.Run) (out []verdict.Warning) {
	if a.ID == b.ID {
		return nil
	}
	if a.Imported != "" || b.Imported != "" {
		return nil // nobody knows how the imported one was made
	}
	runs := verdict.Runs{Baseline: a.ID, Candidate: b.ID}
	if a.DatasetFingerprint != b.DatasetFingerprint {
		out = append(out, verdict.DifferentTasks{Runs: runs})
	}
	if a.Rules != b.Rules {
		out = append(out, verdict.DifferentRules{Runs: runs, BaselineRules: a.Rules,
			CandidateRules: b.Rules})
	}
	if a.Workers.Agents != b.Workers.Agents {
		out = append(out, verdict.DifferentWorkers{
			Runs: runs, BaselineWorkers: a.Workers.Agents, CandidateWorkers: b.Workers.Agents,
		})
	}
	return out
}
