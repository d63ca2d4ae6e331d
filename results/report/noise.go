package report

import (
	"fmt"
	"math"

	"bench/results/compare"
	"bench/results/verdict"
	"bench/stats"
)

// noiseDocument is what a configuration differs by from itself: the one it repeats is
// the baseline, so to speak, the repeat the candidate.
type noiseDocument struct {
	Configuration string         `json:"configuration"`
	Repeat        string         `json:"repeat"`
	N             int            `json:"n_pairs"`
	Tasks         int            `json:"n_tasks"`
	Flips         int            `json:"flips"` // pairs that only one of both resolved
	Only          int            `json:"only_configuration"`
	OnlyRepeat    int            `json:"only_repeat"`
	DeltaPP       stats.Number   `json:"delta_pp"`
	DeltaCI       stats.Interval `json:"delta_ci"`
	CostRatio     stats.Number   `json:"cost_ratio"`
	CostRatioCI   stats.Interval `json:"cost_ratio_ci"`
	Tokens        stats.Number   `json:"tokens_ratio"`
	TokensCI      stats.Interval `json:"tokens_ratio_ci"`
	Time          stats.Number   `json:"time_ratio"`
	TimeCI        stats.Interval `json:"time_ratio_ci"`
	// They differ by more than chance.
	QualityDiffers bool `json:"quality_differs"`
	CostDiffers    bool `json:"cost_differs"`
}

func noiseOf(n compare.Noise) noiseDocument {
	return noiseDocument{
		Configuration: n.Configuration, Repeat: n.Repeat, N: n.N(), Tasks: n.Tasks, Flips: n.Flips(),
		Only: n.OnlyBaseline, OnlyRepeat: n.OnlyCandidate,
		DeltaPP: 100 * n.Difference, DeltaCI: n.DifferenceInterval.Scaled(100),
		CostRatio: n.CostRatio, CostRatioCI: n.CostRatioInterval,
		Tokens: n.TokensRatio.Value, TokensCI: n.TokensRatio.Interval,
		Time: n.TimeRatio.Value, TimeCI: n.TimeRatio.Interval,
		QualityDiffers: n.Quality, CostDiffers: n.Cost,
	}
}

// noise has a row for each configuration that was run a second time.
func noise(c compare.Comparison) grid {
	g := grid{
		title: heading("Noise: a configuration against itself", c),
		header: []string{"configuration", "repeat", "pairs", "flips", "difference, points", "cost ratio",
			"tokens ratio"},
		align: "llr",
	}
	for _, n := range c.Noise {
		flips := fmt.Sprintf("%d (%s)", n.Flips(), number(stats.Over(n.Flips(), n.N()), compare.Percent))
		if n.N() == 0 {
			flips = none
		}
		g.add(n.Configuration, n.Repeat, fmt.Sprint(n.N()), flips, apart(n.Evidence),
			ratio(n.CostRatio, n.CostRatioInterval, stats.None()),
			ratio(n.TokensRatio.Value, n.TokensRatio.Interval, stats.None()))
	}
	return g
}

// withinNoise says that a claim is no more than what a configuration differs by from
// itself.
func withinNoise(w verdict.WithinNoise) string {
	rest := fmt.Sprintf("which leaves up to %.1f open (n=%d)", 100*w.Floor, w.Tasks)
	switch w.Claim {
	case verdict.ClaimDifference:
		return fmt.Sprintf("the difference of %.1f points lies within the noise of %s against itself, %s",
			100*math.Abs(w.Value), w.Configuration, rest)
	case verdict.ClaimMargin:
		return fmt.Sprintf("the margin of %g points lies within the noise of %s against itself, %s",
			100*w.Value, w.Configuration, rest)
	case verdict.ClaimCost:
	}
	return fmt.Sprintf("the cost ratio lies within the noise of %s against itself, which leaves "+
		"factors up to %.2f open (n=%d)", w.Configuration, w.Floor, w.Tasks)
}
