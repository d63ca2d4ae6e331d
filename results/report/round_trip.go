package report

import (
	"fmt"
	"slices"
	"time"

	"bench/internal/plural"
	"bench/results"
)

// RoundTrip is how far away the sandbox was from the terminal commands of a trial.
type RoundTrip struct {
	Commands int     `json:"commands"` // that were measured
	Median   float64 `json:"median_ms"`
	Max      float64 `json:"max_ms"`
}

// roundTripOf is that of all agents of a trial; nil if nothing was measured.
func roundTripOf(d results.Detail) *RoundTrip {
	var all []time.Duration
	for _, c := range d.ToolCalls {
		if c.RoundTrip > 0 {
			all = append(all, c.RoundTrip)
		}
	}
	if len(all) == 0 {
		return nil
	}
	slices.Sort(all)
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	middle := (all[(len(all)-1)/2] + all[len(all)/2]) / 2
	return &RoundTrip{len(all), ms(middle), ms(all[len(all)-1])}
}

// String describes it to people.
func (r RoundTrip) String() string {
	return fmt.Sprintf("%.2f ms (median of %s; at most %.2f ms)", r.Median,
		plural.Count(r.Commands, "command"), r.Max)
}
