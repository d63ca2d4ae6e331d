package planning

import (
	"slices"

	"bench"
	"bench/stats"
)

// Question is what is planned: the configurations on a number of tasks.
type Question struct {
	Name           string
	Baseline       string
	Configurations []bench.Configuration
	Tasks          int // of the present selection
	Attempts       int
	Workers        bench.Workers
	MarginPP       float64 // percentage points
	Alpha          float64 // chance of a false claim about any candidate
	Seed           int64
}

// Names are those of the configurations.
func (q Question) Names() (names []string) {
	for _, c := range q.Configurations {
		names = append(names, c.Name)
	}
	return names
}

// Has reports whether the question is about a configuration.
func (q Question) Has(name string) bool { return slices.Contains(q.Names(), name) }

// candidates are the configurations but the baseline and repeats of others.
func (q Question) candidates() (names []string) {
	for _, c := range q.Configurations {
		if c.Name != q.Baseline && c.Repeats == "" {
			names = append(names, c.Name)
		}
	}
	return names
}

// Level is that of the test for one candidate: what Holm's correction leaves to
// each of several at the least.
func (q Question) Level() float64 { return q.Alpha / float64(max(1, len(q.candidates()))) }

// design is the comparison of a candidate with some tasks and attempts.
func (q Question) design(c CandidateInputs, tasks, attempts int) stats.Design {
	return stats.Design{
		Tasks: tasks, Attempts: attempts, Discordance: float64(c.Discordance.Value),
		ICC: float64(c.ICC.Value), Margin: q.MarginPP / 100, Alpha: q.Level(),
	}
}
