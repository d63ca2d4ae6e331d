package compare

import (
	"slices"

	"bench"
	"bench/results"
	"bench/results/verdict"
)

// Question is whether each candidate of a run is as good as its baseline, asked again
// after every task while the run goes on. It judges quality as a comparison of the run
// does, with the tasks in their planned order: a task that ends late is waited for, as
// how long it takes may depend on how it ends. It is not safe for concurrent use.
type Question struct {
	baseline   string
	candidates []string
	planned    []bench.TrialKey
	tasks      []string       // in the planned order
	open       map[string]int // trials of a task that have not ended
	ended      map[bench.TrialKey]*trial
	asked      int // tasks of the last look
	answered   bool
	verdict.Assumptions
}

// NewQuestion is the question of a run before any trial has ended, or nil for one that
// does not end early.
func NewQuestion(h bench.RunStarted, trials []bench.TrialKey) *Question {
	if h.Stop != bench.StopDecided {
		return nil
	}
	q := &Question{
		baseline: h.Baseline, planned: trials, open: map[string]int{},
		ended:       map[bench.TrialKey]*trial{},
		Assumptions: assumed(results.Run{MarginPP: h.MarginPP, Stop: h.Stop}, Options{}),
	}
	for _, c := range h.Configurations {
		if c.Name != q.baseline && c.Repeats == "" {
			q.candidates = append(q.candidates, c.Name)
		}
	}
	for _, k := range trials {
		if q.open[k.InstanceID] == 0 {
			q.tasks = append(q.tasks, k.InstanceID)
		}
		q.open[k.InstanceID]++
	}
	return q
}

// Ended notes how a trial ended.
func (q *Question) Ended(k bench.TrialKey, outcome bench.Outcome, resolved *bool) {
	if q.ended[k] == nil {
		q.open[k.InstanceID]--
	}
	q.ended[k] = &trial{Trial: results.Trial{
		Key: k, Outcome: outcome, Blame: outcome.Blame(), Resolved: resolved,
	}}
}

// Answered reports whether quality is decided for each candidate. Once it is it stays
// so: what was shown at one look is shown.
func (q *Question) Answered() bool {
	n := slices.IndexFunc(q.tasks, func(id string) bool { return q.open[id] > 0 })
	if n < 0 {
		n = len(q.tasks)
	}
	if q.answered || n <= q.asked {
		return q.answered
	}
	q.asked = n
	columns := q.columns(q.tasks[:n])
	candidates := make([][]verdict.Pair, len(q.candidates))
	for i, c := range q.candidates {
		for _, p := range matched(columns[q.baseline], columns[c]) {
			candidates[i] = append(candidates[i], verdict.Pair{
				Task:      p[0].Key.InstanceID,
				Baseline:  verdict.Observation{Resolved: *p[0].Resolved},
				Candidate: verdict.Observation{Resolved: *p[1].Resolved},
			})
		}
	}
	qualities := verdict.Qualities(candidates, q.Assumptions)
	q.answered = len(qualities) > 0 && !slices.Contains(qualities, verdict.QualityOpen)
	return q.answered
}

// columns are the configurations with their trials of some tasks, in the planned order.
func (q *Question) columns(tasks []string) map[string]*Column {
	out := map[string]*Column{q.baseline: {}}
	for _, c := range q.candidates {
		out[c] = &Column{}
	}
	chosen := map[string]bool{}
	for _, id := range tasks {
		chosen[id] = true
	}
	for _, k := range q.planned {
		t, c := q.ended[k], out[k.Configuration]
		if t != nil && c != nil && chosen[k.InstanceID] {
			c.trials = append(c.trials, t)
		}
	}
	return out
}
