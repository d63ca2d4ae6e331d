package stats

import (
	"cmp"
	"iter"
	"math"
	"slices"
)

// Outcome is what came of a unit or of several, on the mean: the share that is
// resolved, and what it cost in dollars.
type Outcome struct{ Resolved, Cost float64 }

// NetBenefit is what an outcome is worth in dollars if one more resolved unit is
// worth lambda dollars.
//
// M. Tambour, N. Zethraeus, M. Johannesson, International Journal of Technology
// Assessment in Health Care 14 (1998) 467.
func (o Outcome) NetBenefit(lambda float64) float64 { return lambda*o.Resolved - o.Cost }

// Outcomes are the mean outcomes of several configurations on the same units, for
// each resample of these: Resamples of them, each with one per configuration. Units
// have an outcome per configuration.
type Outcomes [][]Outcome

// Outcomes draws units, each with its outcomes in all configurations, so that what
// is hard for one and for another stays together. Too few units have none, as for
// Interval.
func (r Resampling) Outcomes(units [][]Outcome) (all Outcomes) {
	if math.Ldexp(2, -len(units)) > 1-r.Confidence {
		return nil
	}
	r.draw(len(units), func(drawn []int) { all = append(all, MeanOutcomes(units, drawn)) })
	return all
}

// Of are those of some configurations, by their places.
func (os Outcomes) Of(places ...int) Outcomes {
	out := make(Outcomes, len(os))
	for i, means := range os {
		for _, place := range places {
			out[i] = append(out[i], means[place])
		}
	}
	return out
}

// MeanOutcomes are those of the units drawn, one per configuration.
func MeanOutcomes(units [][]Outcome, drawn []int) []Outcome {
	means := make([]Outcome, len(units[0]))
	share := 1 / float64(len(drawn))
	for _, u := range drawn {
		for i, o := range units[u] {
			means[i].Resolved += o.Resolved * share
			means[i].Cost += o.Cost * share
		}
	}
	return means
}

// Best is, for each configuration, the share of resamples in which none has more
// net benefit at lambda; those that are level share it. Over lambda it is the
// acceptability curve of B. A. van Hout et al., Health Economics 3 (1994) 309, for
// several alternatives: E. Fenwick, K. Claxton, M. Sculpher, Health Economics 10
// (2001) 779.
func (os Outcomes) Best(lambda float64) []float64 {
	return os.shares(func(means []Outcome) (best []int) {
		most := math.Inf(-1)
		for i, o := range means {
			switch b := o.NetBenefit(lambda); {
			case b > most+1e-12:
				most, best = b, []int{i}
			case b > most-1e-12:
				best = append(best, i)
			}
		}
		return best
	}, true)
}

// Ranks is, for each configuration, the share of resamples in which it has each rank by
// net benefit at lambda, the most first; those that are level share their ranks.
func (os Outcomes) Ranks(lambda float64) [][]float64 {
	if len(os) == 0 {
		return nil
	}
	n := len(os[0])
	shares := make([][]float64, n)
	for i := range shares {
		shares[i] = make([]float64, n)
	}
	for _, means := range os {
		for first, level := range levels(means, lambda) {
			part := 1 / float64(len(level))
			for _, i := range level {
				for rank := first; rank < first+len(level); rank++ {
					shares[i][rank] += part
				}
			}
		}
	}
	for _, ranks := range shares {
		for rank := range ranks {
			ranks[rank] /= float64(len(os))
		}
	}
	return shares
}

// levels yields configurations from the one with the most net benefit on, those that
// are level together, each time with the best rank that they have, from 0.
func levels(means []Outcome, lambda float64) iter.Seq2[int, []int] {
	worth := func(i int) float64 { return means[i].NetBenefit(lambda) }
	order := upTo(len(means))
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(worth(b), worth(a)) })
	return func(yield func(int, []int) bool) {
		for from := 0; from < len(order); {
			to := from + 1
			for to < len(order) && worth(order[from])-worth(order[to]) < 1e-12 {
				to++
			}
			if !yield(from, order[from:to]) {
				return
			}
			from = to
		}
	}
}

// OnFrontier is, for each configuration, the share of resamples in which no other
// is at least as good and at least as cheap, and better in one of the two.
func (os Outcomes) OnFrontier() []float64 {
	return os.shares(Frontier, false)
}

// Frontier are the places of the outcomes that no other beats.
func Frontier(outcomes []Outcome) (places []int) {
	for i, o := range outcomes {
		beaten := slices.ContainsFunc(outcomes, func(other Outcome) bool {
			return other.Resolved >= o.Resolved && other.Cost <= o.Cost && other != o
		})
		if !beaten {
			places = append(places, i)
		}
	}
	return places
}

// shares is how often each configuration is chosen, as a part of one where those
// chosen together share.
func (os Outcomes) shares(choose func([]Outcome) []int, share bool) []float64 {
	if len(os) == 0 {
		return nil
	}
	counts := make([]float64, len(os[0]))
	for _, means := range os {
		chosen := choose(means)
		part := 1.0
		if share {
			part /= float64(len(chosen))
		}
		for _, i := range chosen {
			counts[i] += part
		}
	}
	for i := range counts {
		counts[i] /= float64(len(os))
	}
	return counts
}

// Turn is where the choice changes: from Lambda dollars per resolved unit on, To
// has more net benefit than From, which had the most below.
type Turn struct {
	From, To int
	Lambda   float64
}

// Cheapest is the place of the cheapest outcome, and of equally cheap ones that of
// the best: the choice where lambda is next to nothing.
func Cheapest(outcomes []Outcome) int {
	return slices.MinFunc(upTo(len(outcomes)), func(a, b int) int {
		return cmp.Or(cmp.Compare(outcomes[a].Cost, outcomes[b].Cost),
			cmp.Compare(outcomes[b].Resolved, outcomes[a].Resolved))
	})
}

// Turns are the places at which the outcome with the most net benefit changes as
// lambda rises from 0, where it is the cheapest.
func Turns(outcomes []Outcome) (turns []Turn) {
	if len(outcomes) == 0 {
		return nil
	}
	at := Cheapest(outcomes)
	for {
		next := Turn{From: at, To: -1, Lambda: math.Inf(1)}
		for i, o := range outcomes {
			more := o.Resolved - outcomes[at].Resolved
			if more <= 1e-12 {
				continue
			}
			lambda := (o.Cost - outcomes[at].Cost) / more
			further := next.To >= 0 && lambda == next.Lambda && o.Resolved > outcomes[next.To].Resolved
			if lambda < next.Lambda || further {
				next.To, next.Lambda = i, lambda
			}
		}
		if next.To < 0 {
			return turns
		}
		turns, at = append(turns, next), next.To
	}
}
