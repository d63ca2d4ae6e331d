package compare

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"bench"
	"bench/results"
	"bench/stats"
)

// Standings rank the sidekicks that one main model was given, for each main model.
type Standings struct {
	Runs      []string
	Simulated bool
	Imported  bool
	Lambda    float64 // dollars that one more resolved task is worth
	Leagues   []League
	Repricing *Repricing         // null: costs are as they were recorded
	Excluded  *results.Exclusion // tasks that were left out; nil: nobody asked
}

// League ranks fusions with the same main model by their net benefit, on the tasks on
// which all of them, and the main model alone if it took part, have verdicts.
type League struct {
	Main  string  // name at the provider
	Alone *Placed // the main model without sidekicks, which has no rank
	Tasks int
	// Candidates are by rank.
	Candidates []Placed
	// NoCost are left out, as it is not known what they cost.
	NoCost []string
}

// Placed is what came of one configuration of a league.
type Placed struct {
	Name       string
	Sidekick   string  // name at the provider; empty of the main model alone
	Rate       float64 // resolved, mean over tasks
	Cost       float64 // dollars per task
	NetBenefit stats.Number
	Interval   stats.Interval // of the net benefit
	// Gain is the net benefit less that of the main model alone, and Beats the
	// probability that it is above 0; absent if that did not take part.
	Gain         stats.Number
	GainInterval stats.Interval
	Beats        stats.Number
	// Ranks are the probabilities of each rank, from drawing tasks; nil for fewer than
	// six.
	Ranks []float64
}

// ErrNoLeague is returned where no two fusions have the same main model.
var ErrNoLeague = errors.New("no two fusions have the same main model")

// RankSidekicks ranks the fusions of runs with the same main model by their net
// benefit at Options.Lambda.
func RankSidekicks(
	ctx context.Context, source Source, runs []string, o Options,
) (Standings, error) {
	digests, at, err := digestsOf(ctx, source, runs, o)
	if err != nil {
		return Standings{}, err
	}
	out := Standings{Runs: runs, Lambda: o.Lambda, Repricing: at.said(o.PricesFile),
		Excluded: o.Excluded}
	cols := originals(columns(digests, o))
	if out.Leagues = leagues(cols, o); len(out.Leagues) == 0 {
		return out, ErrNoLeague
	}
	for _, c := range cols {
		out.Simulated = out.Simulated || c.config.Simulated()
		out.Imported = out.Imported || c.imported()
	}
	return out, nil
}

// leagues are those of all main models, in order of appearance.
func leagues(cols []*Column, o Options) (all []League) {
	findAlone(cols)
	byMain := map[string][]*Column{}
	for _, c := range cols {
		if c.config.Kind == bench.KindFusion {
			main := c.config.Main.Model
			byMain[main] = append(byMain[main], c)
		}
	}
	for _, c := range cols {
		main := c.config.Main.Model
		if len(byMain[main]) < 2 {
			continue
		}
		all = append(all, newLeague(main, byMain[main], o))
		delete(byMain, main)
	}
	return all
}

// newLeague ranks candidates.
func newLeague(main string, candidates []*Column, o Options) League {
	l := League{Main: main}
	priced := slices.DeleteFunc(slices.Clone(candidates), func(c *Column) bool {
		if !c.priced() {
			l.NoCost = append(l.NoCost, c.name)
		}
		return !c.priced()
	})
	all := priced
	if alone := candidates[0].alone; alone != nil && alone.priced() {
		all = append(slices.Clip(priced), alone)
	}
	units := outcomes(all)
	if l.Tasks = len(units); l.Tasks == 0 {
		return l
	}
	for i, c := range all {
		p := placed(c, units, i, o)
		if i == len(priced) {
			l.Alone = &p
			continue
		}
		l.Candidates = append(l.Candidates, p)
	}
	l.compare(units, o)
	slices.SortStableFunc(l.Candidates, func(a, b Placed) int {
		return cmp.Compare(b.NetBenefit, a.NetBenefit)
	})
	return l
}

// priced reports whether enough of what a column cost is known.
func (c *Column) priced() bool { return c.NoUsage == 0 && len(c.costShort()) == 0 }

// placed is what came of the configuration at a place of units.
func placed(c *Column, units [][]stats.Outcome, i int, o Options) Placed {
	means := stats.MeanOutcomes(units, everyOne(units))[i]
	p := Placed{
		Name: c.name, Rate: means.Resolved, Cost: means.Cost,
		NetBenefit: stats.Number(means.NetBenefit(o.Lambda)),
		Gain:       stats.None(), GainInterval: stats.NoInterval(), Beats: stats.None(),
	}
	if c.config.Sidekick != nil {
		p.Sidekick = c.config.Sidekick.Model.Model
	}
	_, p.Interval = o.resampling().Mean(worths(units, func(unit []stats.Outcome) float64 {
		return unit[i].NetBenefit(o.Lambda)
	}))
	return p
}

// compare finds the probabilities of ranks, and what candidates gain over the main
// model alone, which is the last of each unit if it took part.
func (l *League) compare(units [][]stats.Outcome, o Options) {
	r := o.resampling()
	draws, alone := r.Outcomes(units), len(l.Candidates)
	for i, ranks := range draws.Of(everyOne(units[0])[:alone]...).Ranks(o.Lambda) {
		l.Candidates[i].Ranks = ranks
	}
	if l.Alone == nil {
		return
	}
	for i := range l.Candidates {
		c := &l.Candidates[i]
		gain, interval := r.Mean(worths(units, func(unit []stats.Outcome) float64 {
			return unit[i].NetBenefit(o.Lambda) - unit[alone].NetBenefit(o.Lambda)
		}))
		c.Gain, c.GainInterval = stats.Number(gain), interval
		if best := draws.Of(i, alone).Best(o.Lambda); best != nil {
			c.Beats = stats.Number(best[0])
		}
	}
}

// worths are what units are worth in dollars.
func worths(units [][]stats.Outcome, of func([]stats.Outcome) float64) []stats.Total {
	out := make([]stats.Total, len(units))
	for i, unit := range units {
		out[i] = stats.Total{Sum: of(unit), N: 1}
	}
	return out
}

// everyOne are all places of a list.
func everyOne[T any](list []T) []int {
	all := make([]int, len(list))
	for i := range all {
		all[i] = i
	}
	return all
}
