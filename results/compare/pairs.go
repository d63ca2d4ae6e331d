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
	Ceiling Ceiling
}

// The level of tests, and the power asked of them.
const (
	Alpha = 0.05
	Power = 0.80
)

// judged are the trials with a verdict, by task in the order of attempts, and the tasks
// that have some, in the order in which they were planned: a task whose first attempt
// has no verdict keeps its place.
func (c *Column) judged() (tasks []string, byTask map[string][]*trial) {
	byTask, planned := map[string][]*trial{}, map[string]bool{}
	for _, t := range c.trials {
		id := t.Key.InstanceID
		if !planned[id] {
			planned[id], tasks = true, append(tasks, id)
		}
		if t.Resolved != nil && t.Counts() {
			byTask[id] = append(byTask[id], t)
		}
	}
	tasks = slices.DeleteFunc(tasks, func(id string) bool { return byTask[id] == nil })
	for _, ts := range byTask {
		slices.SortFunc(ts, func(a, b *trial) int { return a.Key.Attempt - b.Key.Attempt })
	}
	return tasks, byTask
}

// matched are the trials of two configurations task by task: the first attempts
// with a verdict on both sides, the second, and so on.
func matched(base, other *Column) (pairs [][2]*trial) {
	tasks, bases := base.judged()
	_, others := other.judged()
	for _, id := range tasks {
		for i := range min(len(bases[id]), len(others[id])) {
			pairs = append(pairs, [2]*trial{bases[id][i], others[id][i]})
		}
	}
	return pairs
}

// match is what came of the pairs of two configurations.
func match(base, other *Column) (pairs []verdict.Pair) {
	known := base.priced() && other.priced()
	sameMain := known && other.leadsAlone(base)
	for _, p := range matched(base, other) {
		pairs = append(pairs, verdict.Pair{
			Task: p[0].Key.InstanceID, Repository: p[0].Repo,
			Baseline: observed(p[0], known, sameMain), Candidate: observed(p[1], known, sameMain),
		})
	}
	return pairs
}

// Matched are the pairs of a run's configuration, as the baseline, with each of its
// other ones, by their names; nothing if the run does not have the baseline.
func Matched(f results.Facts, baseline string) map[string][]verdict.Pair {
	cols := columns([]digest{digestOf(f)}, Options{})
	i := slices.IndexFunc(cols, func(c *Column) bool { return c.name == baseline })
	if i < 0 {
		return nil
	}
	out := map[string][]verdict.Pair{}
	for _, c := range cols {
		if c != cols[i] {
			out[c.name] = match(cols[i], c)
		}
	}
	return out
}

// observed is what came of a trial with a verdict. Tokens of main say something
// beside those of the same model.
func observed(t *trial, costKnown, sameMain bool) verdict.Observation {
	o := verdict.Observation{
		Resolved: *t.Resolved, Cost: stats.None(), MainTokens: stats.None(), Tokens: stats.None(),
		Seconds: stats.None(),
	}
	if t.imported != nil {
		t.observeImported(&o, costKnown)
		return o
	}
	if costKnown {
		o.Cost = dollars(t.Cost)
		o.Tokens = stats.Number(t.sums.Spending.All.Tokens.Tokens())
	}
	if t.Worked() && !t.secondhand() {
		o.Seconds = stats.Number(t.sums.Teamwork.Times.Wall) / 1000
	}
	if sameMain && t.sums.Spending.Ownerless == 0 {
		o.MainTokens = stats.Number(t.sums.Spending.Main.Tokens.Tokens())
	}
	return o
}

// compared judges columns by a baseline. What configurations differ by from themselves
// is the floor under it all.
func compared(base *Column, others []*Column, floor []Noise, o Options) []Pair {
	out := make([]Pair, len(others))
	candidates := make([]verdict.Candidate, len(others))
	for i, other := range others {
		candidates[i] = verdict.Candidate{Pairs: match(base, other), Idle: other.idle()}
	}
	for i, v := range verdict.JudgeAll(candidates, assumptions(base, others, o)) {
		if changed := marginChanged(base, o); changed != nil {
			v.Warnings = append(v.Warnings, changed)
		}
		for _, c := range []*Column{base, others[i]} {
			v.Warnings = append(v.Warnings, c.costShort()...)
			v.Warnings = append(v.Warnings, c.leftOut(v.Evidence.N())...)
			v.Warnings = append(v.Warnings, c.doubts()...)
			v.Warnings = append(v.Warnings, c.contaminated()...)
		}
		v.Warnings = append(v.Warnings, unequal(base, others[i])...)
		v.Warnings = append(v.Warnings, differences(base.run, others[i].run)...)
		for _, n := range floor {
			v.Warnings = append(v.Warnings, v.Within(n.Configuration, n.Evidence)...)
		}
		out[i] = Pair{Baseline: base.name, Candidate: others[i].name, Verdict: v,
			Ceiling: ceilingOf(candidates[i].Pairs)}
	}
	return out
}

// marginChanged says that the margin is not that of the run, if so.
func marginChanged(base *Column, o Options) verdict.Warning {
	if o.MarginPP > 0 && o.MarginPP != base.run.MarginPP {
		return verdict.MarginChanged{Declared: base.run.MarginPP, MarginPP: o.MarginPP}
	}
	return nil
}

// assumptions are those of the baseline's run, and whether any of the runs may end early.
func assumptions(base *Column, others []*Column, o Options) verdict.Assumptions {
	a := assumed(base.run, o)
	for _, c := range others {
		a.Sequential = a.Sequential || c.run.Stop == bench.StopDecided
	}
	return a
}

// assumed are the assumptions of the options, or those declared with a run.
func assumed(run results.Run, o Options) verdict.Assumptions {
	a := verdict.Assumptions{
		Resampling: o.resampling(), MarginPP: DefaultMarginPP, Assumed: true,
		MinSaving: run.MinSaving, Alpha: Alpha, Power: Power,
		Sequential: run.Stop == bench.StopDecided,
	}
	switch {
	case o.MarginPP > 0:
		a.MarginPP, a.Assumed = o.MarginPP, false
	case run.MarginPP > 0:
		a.MarginPP, a.Assumed = run.MarginPP, false
	}
	return a
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
