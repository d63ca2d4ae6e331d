package chart_test

import (
	"bytes"
	"strings"
	"testing"

	"bench/results"
	"bench/results/chart"
	"bench/results/nights"
	"bench/stats"
)

// two are two occasions, with the second one resolving a share, and no cost or time.
func two(rate stats.Number) nights.Trend {
	none := nights.Estimate{Number: stats.None(), Interval: stats.NoInterval()}
	of := func(n stats.Number) nights.Point {
		return nights.Point{
			Tasks: 10, Trials: 10, Verdicts: 10, Resolved: int(10 * n),
			Rate: nights.Estimate{Number: n, Interval: stats.NoInterval(), Trials: 10}, Cost: none, Seconds: none,
		}
	}
	return nights.Trend{
		By: nights.ByVersion, Looks: 3,
		Occasions: []nights.Occasion{
			{Name: "v1", Nights: []results.Run{{ID: "a", Simulated: true}}},
			{Name: "v2", Nights: []results.Run{{ID: "b"}}, Setup: []string{"bench", "config"}},
		},
		Series: []nights.Series{{
			Name: "solo", Points: []nights.Point{of(rate), of(rate)},
			Changes: []nights.Change{{Measure: nights.Quality, At: 1, Before: .8, After: .5, Change: -.3}},
		}},
	}
}

// A trend says what is not known, what was made in another way, and what is simulated.
func TestTrend(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := chart.Trend(two(.5)).SVG(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"<title>Trend over 2 occasions, by version. solo: from v2 on quality is 50.0% where it was 80.0%",
		">not known: cost per task, time per task<", ">dotted: made in another way than before: bench, config<",
		">−30.0 points<", "<title>bench, config</title>", ">simulated<", ">resolved<", ">version<",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s", want)
		}
	}
	for _, not := range []string{">cost per task<", ">imported<", "NaN"} {
		if strings.Contains(b.String(), not) {
			t.Errorf("has %s", not)
		}
	}
}

func TestTrendOfNothing(t *testing.T) {
	t.Parallel()
	if p := chart.Trend(two(stats.None())); p != nil {
		t.Error("a trend without a number is drawn")
	}
}
