package compare

import (
	"slices"
	"testing"

	"bench"
)

// leads makes a column a fusion of a main model with a sidekick.
func leads(c *Column, main, sidekick string) *Column {
	c.config.Kind, c.config.Main.Model = bench.KindFusion, main
	c.config.Sidekick = &bench.Sidekick{Model: bench.Model{Model: sidekick}}
	return c
}

// Three sidekicks of one main model on eight tasks, worth 10 dollars each, by hand. The
// probabilities of ranks add up, by candidate and by rank; other main models, repeats
// and models alone are not ranked.
func TestLeague(t *testing.T) {
	t.Parallel()
	solo := judged("solo", 100, repeat("y", 8)...)
	solo.config.Main.Model = "big"
	a := leads(judged("a", 50, "y", "y", "y", "y", "y", "y", "y", "n", "n"), "big", "small")
	b := leads(judged("b", 25, "y", "y", "y", "y", "y", "y", "n", "y", "-"), "big", "tiny")
	c := leads(judged("c", 300, "n", "n", "n", "n", "n", "n", "n", "n"), "big", "dear")
	other := leads(judged("other", 1, repeat("y", 8)...), "rival", "small")
	o := quick
	o.Lambda = 10
	all := leagues([]*Column{solo, a, c, other, b}, o)
	if len(all) != 1 || all[0].Main != "big" || all[0].Tasks != 8 || all[0].Alone.Name != "solo" {
		t.Fatalf("got %+v", all)
	}
	var order []string
	sums := make([]float64, 3)
	for _, p := range all[0].Candidates {
		order = append(order, p.Name)
		sum := 0.0
		for rank, share := range p.Ranks {
			sum, sums[rank] = sum+share, sums[rank]+share
		}
		near(t, "ranks of "+p.Name, sum, 1)
	}
	if !slices.Equal(order, []string{"b", "a", "c"}) {
		t.Errorf("order %v", order)
	}
	for _, sum := range sums {
		near(t, "a rank", sum, 1)
	}
	first, last := all[0].Candidates[0], all[0].Candidates[2]
	near(t, "benefit of b", float64(first.NetBenefit), 10*7.0/8-0.25)
	near(t, "gain of b", float64(first.Gain), 10*(7.0/8-1)+0.75)
	if first.Sidekick != "tiny" || !first.Interval.OK() || first.GainInterval.Hi < 0.7 || first.Beats < 0.2 {
		t.Errorf("got %+v", first)
	}
	if last.Ranks[2] != 1 || last.Beats != 0 {
		t.Errorf("got %+v", last)
	}
	if all[0].Alone.Gain.OK() || all[0].Alone.Ranks != nil {
		t.Errorf("the main model alone is ranked: %+v", all[0].Alone)
	}
	if got := leagues([]*Column{solo, a, other}, o); got != nil {
		t.Errorf("one candidate makes a league: %+v", got)
	}
}

// A candidate whose cost nobody knows is named and left out; fewer than six tasks have
// ranks and no probabilities.
func TestLeagueOfLittle(t *testing.T) {
	t.Parallel()
	a := leads(judged("a", 50, "y", "y", "n"), "big", "small")
	b := leads(judged("b", 25, "y", "n", "n"), "big", "tiny")
	c := leads(judged("c", 300, "y", "n", "n"), "big", "dear")
	c.NoUsage = 1
	l := leagues([]*Column{a, b, c}, Options{Lambda: 1, Resamples: 100})[0]
	if !slices.Equal(l.NoCost, []string{"c"}) || len(l.Candidates) != 2 || l.Candidates[0].Name != "a" ||
		l.Alone != nil || l.Candidates[0].Ranks != nil || l.Candidates[0].Interval.OK() || l.Candidates[0].Gain.OK() {
		t.Errorf("got %+v", l)
	}
}
