package planning

import (
	"iter"
	"slices"
	"time"

	"bench/results"
	"bench/results/compare"
	"bench/results/timeline"
	"bench/stats"
)

// Pace is how fast calls followed one another in a run with a number of workers,
// which decides how many prompt caches expire.
type Pace struct {
	Run     string `json:"run"`
	Workers int    `json:"workers"`
	// Gaps are the times between the end of an agent's call and its next one, in
	// seconds.
	Gaps   int          `json:"gaps"`
	Median stats.Number `json:"median_s"`
	P95    stats.Number `json:"p95_s"`
	// Late are the gaps after which a prompt cache may have expired.
	Late int `json:"late"`
	// Waited is the share of the agents' time in which calls waited for rate limits
	// and after failed attempts.
	Waited stats.Number `json:"waited"`
}

// paceOf measures the pace of a run.
func paceOf(trials []*timeline.Trial, f results.Facts) Pace {
	out := Pace{Run: f.Run.ID, Workers: f.Run.Workers.Agents}
	var gaps []float64
	var worked, waited time.Duration
	for _, t := range trials {
		if !t.Worked() {
			continue
		}
		worked += trialOf(t).agents
		for _, c := range t.Calls {
			waited += c.Waited
		}
		for gap := range successive(t.Calls) {
			gaps = append(gaps, gap.Seconds())
			if gap > compare.CacheTTL {
				out.Late++
			}
		}
	}
	out.Gaps = len(gaps)
	out.Median = stats.Number(stats.Percentile(gaps, 0.5))
	out.P95 = stats.Number(stats.Percentile(gaps, 0.95))
	out.Waited = stats.Over(waited, worked)
	return out
}

// successive yields the times between the calls of each agent that were answered.
func successive(calls []results.Call) iter.Seq[time.Duration] {
	return func(yield func(time.Duration) bool) {
		last := map[string]results.Call{} // by agent
		for _, c := range slices.SortedStableFunc(slices.Values(calls), bySending) {
			if c.Error != "" {
				continue
			}
			before, ok := last[c.Agent]
			last[c.Agent] = c
			if ok && !yield(timeline.SentAt(c).Sub(before.End)) {
				return
			}
		}
	}
}

func bySending(a, b results.Call) int { return timeline.SentAt(a).Compare(timeline.SentAt(b)) }
