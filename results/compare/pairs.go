package compare

import (
	"fmt"
	"slices"
	"strings"

	"bench"
	"bench/stats"
)

// The tests a pair can name.
const (
	TestMcNemar  = "mcnemar_mid_p"
	TestSignFlip = "sign_flip_by_task"
)

// The level of tests, and the power asked of them. That of non-inferiority is
// one-sided, as the question is.
const (
	alpha = 0.05
	power = 0.80
)

// usualDiscordance is the share of pairs that differ where too few are known
// to tell.
const usualDiscordance = 0.15

// matched is the pairs of one task: the first attempts with a verdict on both
// sides, the second, and so on.
type matched struct {
	task       stats.Pair // dollars
	difference float64    // verdicts of candidate minus baseline
	n          int
}

// match pairs the trials of two configurations task by task.
func match(base, other *column) (tasks []matched, counts stats.Paired) {
	judged := func(c *column) (names []string, byTask map[string][]*trial) {
		byTask = map[string][]*trial{}
		for _, t := range c.trials {
			if t.Resolved == nil || !t.Counts() {
				continue
			}
			id := t.Key.InstanceID
			if byTask[id] == nil {
				names = append(names, id)
			}
			byTask[id] = append(byTask[id], t)
		}
		for _, ts := range byTask {
			slices.SortFunc(ts, func(a, b *trial) int { return a.Key.Attempt - b.Key.Attempt })
		}
		return names, byTask
	}
	names, bases := judged(base)
	_, others := judged(other)
	for _, id := range names {
		var m matched
		for i := range min(len(bases[id]), len(others[id])) {
			b, o := bases[id][i], others[id][i]
			counts.Add(*b.Resolved, *o.Resolved)
			m.n++
			m.task.Baseline += b.Cost.Float()
			m.task.Candidate += o.Cost.Float()
			switch {
			case *o.Resolved && !*b.Resolved:
				m.difference++
			case *b.Resolved && !*o.Resolved:
				m.difference--
			}
		}
		if m.n > 0 {
			tasks = append(tasks, m)
		}
	}
	return tasks, counts
}

// pair compares two columns.
func pair(base, other *column, o Options, r stats.Resampling) Pair {
	tasks, counts := match(base, other)
	margin, assumed := marginOf(base, o)
	out := Pair{
		Baseline: base.name, Candidate: other.name, N: counts.N(), Both: counts.Both,
		OnlyBaseline: counts.OnlyBaseline, OnlyCandidate: counts.OnlyCandidate,
		Neither: counts.Neither, MarginPP: stats.Number(margin), Test: TestMcNemar,
		DeltaPP: stats.Number(100 * counts.Difference()), Warnings: []string{},
	}
	var lower float64 // of the one-sided interval of the difference
	if repeated := counts.N() > len(tasks); repeated {
		out.Test = TestSignFlip
		out.PValue, out.DeltaCI, lower = clustered(tasks, r)
	} else {
		out.PValue = stats.Number(counts.McNemar())
		out.DeltaCI = counts.Interval(Confidence).Scaled(100)
		lower = float64(counts.Interval(1 - 2*alpha).Lo)
	}
	someone := counts.Both+counts.OnlyBaseline > 0
	out.NonInferior = someone && lower > -margin/100
	costs := make([]stats.Pair, len(tasks))
	for i, t := range tasks {
		costs[i] = t.task
	}
	ratio, ci := r.Ratio(costs)
	out.CostRatio, out.CostRatioCI = stats.Number(ratio), ci
	if base.unreported()+other.unreported() > 0 {
		out.CostRatio, out.CostRatioCI = stats.None(), stats.NoInterval()
	}
	if counts.N() == 0 {
		out.PValue = stats.None()
	}
	out.Verdict = out.verdict()
	out.warn(base, other, counts, assumed)
	return out
}

// clustered judges the difference where tasks have several attempts, which are
// not independent of one another: whole tasks are drawn or flipped.
func clustered(tasks []matched, r stats.Resampling) (p stats.Number, ci stats.Interval, lower float64) {
	totals, differences := make([]stats.Total, len(tasks)), make([]float64, len(tasks))
	for i, t := range tasks {
		totals[i] = stats.Total{Sum: t.difference, N: t.n}
		differences[i] = t.difference
	}
	_, two := r.Mean(totals)
	oneSided := r
	oneSided.Confidence = 1 - 2*alpha
	_, one := oneSided.Mean(totals)
	return stats.Number(r.SignFlip(differences)), two.Scaled(100), float64(one.Lo)
}

// marginOf is the margin asked for, or the one declared with the run.
func marginOf(base *column, o Options) (margin float64, assumed bool) {
	switch {
	case o.MarginPP > 0:
		return o.MarginPP, false
	case base.run.MarginPP > 0:
		return base.run.MarginPP, false
	}
	return DefaultMarginPP, true
}

// warn says what stands between the numbers and a conclusion.
func (p *Pair) warn(base, other *column, counts stats.Paired, assumed bool) {
	say := func(format string, args ...any) {
		p.Warnings = append(p.Warnings, fmt.Sprintf(format, args...))
	}
	discordance := usualDiscordance
	if p.N >= 30 && counts.Discordance() > 0 {
		discordance = counts.Discordance()
	}
	need := stats.PairsNeeded(float64(p.MarginPP)/100, discordance, alpha, power)
	if p.N < need && !p.NonInferior {
		say("%d pairs are too few: showing a margin of %g points takes about %d if %.0f %% differ",
			p.N, float64(p.MarginPP), need, 100*discordance)
	}
	if p.N > 0 && p.CostRatio.OK() && !p.CostRatioCI.OK() {
		say("fewer than six tasks have no interval of the cost ratio")
	}
	if p.N > 0 && counts.Both+counts.OnlyBaseline == 0 {
		say("the baseline resolved nothing, so that being as good says nothing")
	}
	if assumed {
		say("no margin was declared before the run; %g points are assumed", float64(p.MarginPP))
	}
	if p.NonInferior && p.DeltaCI.Hi < 0 {
		say("quality is lower, though by less than the margin")
	}
	if s := base.run.MinSaving; s > 0 && p.CostRatio.OK() && p.CostRatio > stats.Number(1-s) {
		say("saves %.0f %%, less than the %.0f %% asked for", 100*(1-float64(p.CostRatio)), 100*s)
	}
	for _, c := range []*column{base, other} {
		c.warnLeftOut(p.N, say)
	}
	warnRuns(base, other, say)
}

// warnLeftOut says which of a column's trials are in no pair, and why.
func (c *column) warnLeftOut(pairs int, say func(string, ...any)) {
	var infra, cancelled, judged, unjudged, open, delegations int
	for _, t := range c.trials {
		delegations += len(t.Delegations)
		switch {
		case t.Outcome == "":
			open++
		case t.Blame == bench.BlameInfra:
			infra++
		case t.Blame == bench.BlameUser:
			cancelled++
		case t.Resolved == nil:
			unjudged++
		default:
			judged++
		}
	}
	var why []string
	for _, r := range []struct {
		n    int
		what string
	}{
		{infra, "ended by infrastructure"}, {cancelled, "cancelled"}, {unjudged, "without a verdict"},
		{open, "not ended"}, {judged - pairs, "without a partner"},
	} {
		if r.n > 0 {
			why = append(why, fmt.Sprintf("%d %s", r.n, r.what))
		}
	}
	if len(why) > 0 {
		say("%d of %d trials of %s are in no pair: %s", len(c.trials)-pairs, len(c.trials), c.name,
			strings.Join(why, ", "))
	}
	if c.config.Kind == bench.KindFusion && judged > 0 && delegations == 0 {
		say("%s never delegated, so its numbers are those of its main agent", c.name)
	}
}

// warnRuns says in what the runs of two columns differ that they should share.
func warnRuns(base, other *column, say func(string, ...any)) {
	a, b := base.run, other.run
	if a.ID == b.ID {
		return
	}
	if a.DatasetFingerprint != b.DatasetFingerprint {
		say("runs %s and %s have different tasks; those in both are compared", a.ID, b.ID)
	}
	if a.Rules != b.Rules {
		say("runs %s and %s are scored by different rules, %s and %s", a.ID, b.ID, a.Rules, b.Rules)
	}
	if a.Workers.Agents != b.Workers.Agents {
		say("runs %s and %s had %d and %d workers, which changes how often caches expire",
			a.ID, b.ID, a.Workers.Agents, b.Workers.Agents)
	}
}
