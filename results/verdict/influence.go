package verdict

import (
	"cmp"
	"slices"

	"bench/stats"
)

// Influence is what single tasks do to a verdict: what it would be without one of
// them. Where none changes it the task is empty, and the word the verdict's own.
type Influence struct {
	Quality     Quality
	QualityTask string
	Cost        Cost // by the intervals, before a claim is refused
	CostTask    string
	// LargestShare is the largest part of the whole saving that one task has, and
	// LargestTask that task; absent if nothing is saved. Above 1 the others cost
	// more.
	LargestShare stats.Number
	LargestTask  string
}

// influence leaves out one task at a time. Tasks with the same mean difference do
// the same to quality; of cost those are tried that move the ratio most towards 1.
func (e Evidence) influence(pairs []Pair, a Assumptions) Influence {
	tasks := byTask(pairs)
	out := Influence{Quality: e.quality(a), Cost: e.cost(), LargestShare: stats.None()}
	tried := map[float64]bool{}
	for _, t := range tasks {
		if tried[t.mean()] {
			continue
		}
		tried[t.mean()] = true
		if q := e.without(pairs, t.task, a).quality(a); q != out.Quality {
			out.Quality, out.QualityTask = q, t.task
			break
		}
	}
	if !e.CostRatio.OK() {
		return out
	}
	out.LargestTask, out.LargestShare = largest(tasks)
	for _, t := range e.towardsOne(tasks) {
		left := slices.DeleteFunc(slices.Clone(tasks), func(o taskPairs) bool { return o.task == t.task })
		var without Evidence
		_, without.CostRatioInterval = ratio(a.Resampling, left, func(t taskPairs) stats.Pair {
			return t.cost
		})
		if c := without.cost(); c != out.Cost {
			out.Cost, out.CostTask = c, t.task
			break
		}
	}
	return out
}

// without is the evidence on quality that the other tasks give, its p values
// corrected as much as those of all tasks.
func (e Evidence) without(pairs []Pair, task string, a Assumptions) Evidence {
	left := slices.DeleteFunc(slices.Clone(pairs), func(p Pair) bool { return p.Task == task })
	out := weighQuality(left, a)
	corrected := func(p, own, adjusted stats.Number) stats.Number {
		if own > 0 {
			p *= adjusted / own
		}
		return min(1, p)
	}
	out.adjust(corrected(out.PValue, e.PValue, e.Adjusted.PValue),
		corrected(out.NonInferiority, e.NonInferiority, e.Adjusted.NonInferiority), a)
	return out
}

// tasksTried is how many of the most influential tasks are left out to see what
// becomes of cost.
const tasksTried = 3

// towardsOne are the tasks without which the cost ratio is nearest to 1, or furthest
// on its other side.
func (e Evidence) towardsOne(tasks []taskPairs) []taskPairs {
	var all stats.Pair
	for _, t := range tasks {
		all = plus(all, stats.Number(t.cost.Baseline), stats.Number(t.cost.Candidate))
	}
	without := func(t taskPairs) float64 {
		return float64(stats.Over(all.Candidate-t.cost.Candidate, all.Baseline-t.cost.Baseline))
	}
	sorted := slices.Clone(tasks)
	slices.SortStableFunc(sorted, func(x, y taskPairs) int {
		if e.CostRatio > 1 {
			return cmp.Compare(without(x), without(y))
		}
		return cmp.Compare(without(y), without(x))
	})
	return sorted[:min(tasksTried, len(sorted))]
}

// largest is the task that saves most, and its share of the whole saving.
func largest(tasks []taskPairs) (task string, share stats.Number) {
	var saved, most float64
	for _, t := range tasks {
		s := t.cost.Baseline - t.cost.Candidate
		saved += s
		if s > most {
			most, task = s, t.task
		}
	}
	if saved <= 0 {
		return "", stats.None()
	}
	return task, stats.Over(most, saved)
}

// Sensitivity is the same question answered otherwise. No verdict rests on it; an
// answer that differs says that the question is close.
type Sensitivity struct {
	Skewed       stats.Interval // Laud's, with both tails equal
	Newcombe     stats.Interval // with one attempt at each task
	McNemarExact stats.Number   // with one attempt at each task
	// Repositories are those of the tasks, and ByRepository the interval with them,
	// not tasks, as what is independent. RepositoryP are p values of no difference.
	Repositories int
	ByRepository stats.Interval
	RepositoryP  struct{ Obuchowski, Yang, Durkalski stats.Number }
}

func (e Evidence) sensitivity(tasks []taskPairs, a Assumptions) Sensitivity {
	out := Sensitivity{Newcombe: stats.NoInterval(), McNemarExact: stats.None()}
	var units stats.Clustered
	index := map[string]int{}
	var clusters stats.Clusters
	for _, t := range tasks {
		units.Add(t.mean())
		i, ok := index[t.repository]
		if !ok {
			i = len(clusters)
			index[t.repository] = i
			clusters = append(clusters, stats.Cluster{})
		}
		c := &clusters[i]
		c.N, c.Gained, c.Lost = c.N+1, c.Gained+max(0, t.mean()), c.Lost+max(0, -t.mean())
	}
	out.Skewed = units.Skewed(a.Confidence)
	if e.N() > 0 && !e.repeated() {
		out.Newcombe, out.McNemarExact = e.Newcombe(a.Confidence), stats.Number(e.Paired.McNemarExact())
	}
	out.Repositories = len(clusters)
	out.ByRepository = clusters.Interval(a.Confidence)
	out.RepositoryP.Obuchowski, out.RepositoryP.Yang = stats.None(), stats.None()
	out.RepositoryP.Durkalski = stats.None()
	if len(clusters) > 1 {
		out.RepositoryP.Obuchowski = stats.ChiSquareP(clusters.Obuchowski())
		out.RepositoryP.Yang = stats.ChiSquareP(clusters.Yang())
		out.RepositoryP.Durkalski = stats.ChiSquareP(clusters.Durkalski())
	}
	return out
}
