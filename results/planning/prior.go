package planning

import (
	"slices"
	"time"

	"bench"
	"bench/results"
	"bench/results/compare"
	"bench/results/timeline"
	"bench/results/verdict"
	"bench/stats"
)

// Prior is what prior runs tell of planned configurations, which are known by
// their names.
type Prior struct {
	Runs      []string
	Simulated bool
	tasks     []string // in order of appearance
	trials    map[string]map[string][]trial
	pairs     map[string]map[string][]float64 // differences, by candidate and task
	costless  map[string]bool                 // configurations whose cost is not known
	changed   map[string]bool                 // those that had other models then
	paces     []Pace
	draw      stats.Resampling
}

// trial is one that says something about its configuration.
type trial struct {
	resolved *bool
	dollars  float64
	agents   time.Duration // on a worker of the agents' pool
	grading  time.Duration // on one of the graders'
}

// Resamples is how many times intervals are drawn.
const Resamples = 2000

// Learn reads what runs tell about the configurations of a question.
func Learn(facts []results.Facts, q Question) Prior {
	p := Prior{
		trials: map[string]map[string][]trial{}, pairs: map[string]map[string][]float64{},
		costless: map[string]bool{}, changed: map[string]bool{},
		draw: stats.Resampling{
			Resamples: Resamples, Seed: uint64(q.Seed), Confidence: compare.Confidence,
		},
	}
	for _, f := range facts {
		p.Runs = append(p.Runs, f.Run.ID)
		p.Simulated = p.Simulated || f.Run.Simulated
		all := timeline.All(f)
		p.addTrials(all, f, q)
		p.addPairs(compare.Matched(f, q.Baseline))
		p.paces = append(p.paces, paceOf(all, f))
		p.compareModels(f, q)
	}
	for _, c := range q.Configurations {
		if p.trials[c.Name] == nil && p.trials[c.Repeats] != nil {
			p.trials[c.Name], p.costless[c.Name] = p.trials[c.Repeats], p.costless[c.Repeats]
		}
	}
	return p
}

// addTrials adds the trials of planned configurations.
func (p *Prior) addTrials(all []*timeline.Trial, f results.Facts, q Question) {
	silent := map[int64]bool{}
	for _, n := range f.Notices {
		silent[n.Trial] = silent[n.Trial] || n.Code == bench.NoticeNoUsage
	}
	for _, t := range all {
		name, task := t.Key.Configuration, t.Key.InstanceID
		if !t.Counts() || !q.Has(name) {
			continue
		}
		if p.trials[name] == nil {
			p.trials[name] = map[string][]trial{}
		}
		if !slices.Contains(p.tasks, task) {
			p.tasks = append(p.tasks, task)
		}
		p.costless[name] = p.costless[name] || silent[t.ID] || t.Unreported > 0
		p.trials[name][task] = append(p.trials[name][task], trialOf(t))
	}
}

// trialOf is what a trial has to say.
func trialOf(t *timeline.Trial) trial {
	out := trial{resolved: t.Resolved, dollars: t.Cost.Float()}
	end := t.ExtractAt
	if end.IsZero() {
		end = t.EndedAt
	}
	dead := time.Duration(t.Times().Paused) * time.Millisecond
	out.agents = max(0, end.Sub(t.StartedAt)-dead)
	if !t.GradeAt.IsZero() {
		out.grading = t.EndedAt.Sub(t.GradeAt)
	}
	return out
}

// addPairs adds the differences of pairs, candidate minus baseline.
func (p *Prior) addPairs(byCandidate map[string][]verdict.Pair) {
	for candidate, pairs := range byCandidate {
		if p.pairs[candidate] == nil {
			p.pairs[candidate] = map[string][]float64{}
		}
		for _, pair := range pairs {
			d := 0.0
			switch {
			case pair.Candidate.Resolved && !pair.Baseline.Resolved:
				d = 1
			case pair.Baseline.Resolved && !pair.Candidate.Resolved:
				d = -1
			}
			p.pairs[candidate][pair.Task] = append(p.pairs[candidate][pair.Task], d)
		}
	}
}

// compareModels notes which configurations had other models in a run.
func (p *Prior) compareModels(f results.Facts, q Question) {
	names := func(c bench.Configuration) (out []string) {
		for _, m := range c.Models() {
			out = append(out, m.Model)
		}
		return out
	}
	for _, planned := range q.Configurations {
		for _, c := range f.Configurations {
			if c.Name == planned.Name && !slices.Equal(names(c), names(planned)) {
				p.changed[c.Name] = true
			}
		}
	}
}

// measure is the mean over trials of what of returns, if it does, with an interval
// from drawing tasks.
func (p Prior) measure(configuration string, of func(trial) (float64, bool)) Input {
	var units []stats.Total
	n := 0
	for _, task := range p.tasks {
		var u stats.Total
		for _, t := range p.trials[configuration][task] {
			if v, ok := of(t); ok {
				u.Sum, u.N = u.Sum+v, u.N+1
			}
		}
		if u.N > 0 {
			units, n = append(units, u), n+u.N
		}
	}
	if n == 0 {
		return unknown()
	}
	mean, ci := p.draw.Mean(units)
	return Input{stats.Number(mean), ci, Measured, len(units), n}
}

// rate is the share of trials with a verdict that were resolved.
func (p Prior) rate(configuration string) Input {
	return p.measure(configuration, func(t trial) (float64, bool) {
		if t.resolved == nil || !*t.resolved {
			return 0, t.resolved != nil
		}
		return 1, true
	})
}

// cost is the dollars of a trial, unknown if some were not reported.
func (p Prior) cost(configuration string) Input {
	return p.measure(configuration, func(t trial) (float64, bool) {
		return t.dollars, !p.costless[configuration]
	})
}

// minutes is how long a trial takes a worker of the agents' pool.
func (p Prior) minutes(configuration string) Input {
	return p.measure(configuration, func(t trial) (float64, bool) { return t.agents.Minutes(), true })
}

// differences are those of a candidate's pairs, by task.
func (p Prior) differences(candidate string) (byTask [][]float64, n int) {
	for _, task := range p.tasks {
		if d := p.pairs[candidate][task]; len(d) > 0 {
			byTask, n = append(byTask, d), n+len(d)
		}
	}
	return byTask, n
}

// discordance is the share of pairs of attempts that differ.
func (p Prior) discordance(candidate string) Input {
	byTask, n := p.differences(candidate)
	if n == 0 {
		return unknown()
	}
	units := make([]stats.Total, len(byTask))
	for i, ds := range byTask {
		for _, d := range ds {
			units[i].Sum, units[i].N = units[i].Sum+d*d, units[i].N+1
		}
	}
	mean, ci := p.draw.Mean(units)
	return Input{stats.Number(mean), ci, Measured, len(units), n}
}

// icc is how alike the pairs of a task are.
func (p Prior) icc(candidate string) Input {
	byTask, n := p.differences(candidate)
	out := Input{
		Value: stats.ICC(byTask), Interval: stats.NoInterval(), Origin: Measured,
		Tasks: len(byTask), N: n,
	}
	if !out.Value.OK() {
		return unknown()
	}
	out.Interval = p.draw.Interval(len(byTask), func(units []int) float64 {
		drawn := make([][]float64, len(units))
		for i, u := range units {
			drawn[i] = byTask[u]
		}
		return float64(stats.ICC(drawn))
	})
	return out
}
