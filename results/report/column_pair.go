package report

import (
	"slices"
	"strconv"

	"bench/results/compare"
	"bench/stats"
)

// pairColumns are what is known of a candidate beside the baseline. The baseline's own
// cells are empty.
var pairColumns = slices.Concat(evidenceColumns, claimColumns)

// evidenceColumns are measured of both.
var evidenceColumns = []Column{
	words("baseline", func(d pairDocument) string { return d.Baseline }),
	counted("n_pairs", func(d pairDocument) int { return d.N }),
	counted("both", func(d pairDocument) int { return d.Both }),
	counted("only_baseline", func(d pairDocument) int { return d.OnlyBaseline }),
	counted("only_candidate", func(d pairDocument) int { return d.OnlyCandidate }),
	counted("neither", func(d pairDocument) int { return d.Neither }),
	shownAs(difference, bounded("delta_pp", "delta_ci", compare.Higher,
		func(d pairDocument) (stats.Number, stats.Interval) { return d.DeltaPP, d.DeltaCI })),
	shownAs(pValue, chances("p_value", func(d pairDocument) stats.Number { return d.PValue })),
	words("test", func(d pairDocument) string { return string(d.Test) }),
	judged(measured("margin_pp", compare.Neither, compare.Count,
		func(d pairDocument) stats.Number { return d.MarginPP })),
	judged(words("non_inferior",
		func(d pairDocument) string { return strconv.FormatBool(d.NonInferior) })),
	shownAs(costRatio, bounded("cost_ratio", "cost_ratio_ci", compare.Lower,
		func(d pairDocument) (stats.Number, stats.Interval) { return d.CostRatio, d.CostRatioCI })),
	atPath("cost_ratio_median", measured("cost_ratio.median", compare.Lower, compare.Times,
		func(d pairDocument) stats.Number { return d.CostRatioMedian })),
	shownAs(tokensRatio, bounded("tokens_ratio", "tokens_ratio_ci", compare.Lower,
		func(d pairDocument) (stats.Number, stats.Interval) { return d.Tokens, d.TokensCI })),
	atPath("tokens_ratio_median", measured("tokens_ratio.median", compare.Lower, compare.Times,
		func(d pairDocument) stats.Number { return d.TokensMedian })),
	shownAs(timeRatio, bounded("time_ratio", "time_ratio_ci", compare.Lower,
		func(d pairDocument) (stats.Number, stats.Interval) { return d.Time, d.TimeCI })),
	atPath("time_ratio_median", measured("time_ratio.median", compare.Lower, compare.Times,
		func(d pairDocument) stats.Number { return d.TimeMedian })),
}

// claimColumns are made of that for a claim.
var claimColumns = allJudged(
	chances("non_inferiority_p", func(d pairDocument) stats.Number { return d.NonInferiorityP }),
	chances("holm.p_value", func(d pairDocument) stats.Number { return d.Holm.PValue }),
	chances("holm.non_inferiority_p",
		func(d pairDocument) stats.Number { return d.Holm.NonInferiorityP }),
	counted("pairs_needed", func(d pairDocument) int { return d.Needed }),
	shownAs(displacement, atPath("displacement", bounded("pair_displacement", "displacement_ci",
		compare.Higher,
		func(d pairDocument) (stats.Number, stats.Interval) {
			return d.Displacement, d.DisplacementCI
		}))),
	counted("ceiling.resolved", func(d pairDocument) int { return d.Ceiling.Resolved }),
	measured("ceiling.cost_usd", compare.Neither, compare.Dollars,
		func(d pairDocument) stats.Number { return d.Ceiling.Cost }),
	measured("ceiling.head_room_pp", compare.Neither, compare.Count,
		func(d pairDocument) stats.Number { return d.Ceiling.HeadRoom }),
	measured("ceiling.head_room_used", compare.Higher, compare.Percent,
		func(d pairDocument) stats.Number { return d.Ceiling.Used }),
	words("verdict", func(d pairDocument) string { return d.Verdict }),
	words("word", func(d pairDocument) string { return string(d.Word) }),
	words("quality", func(d pairDocument) string { return string(d.Quality) }),
	words("cost", func(d pairDocument) string { return string(d.Cost) }),
)

// judged is a column that is made for a claim.
func judged(c Column) Column {
	c.judged = true
	return c
}

func allJudged(columns ...Column) []Column {
	for i := range columns {
		columns[i] = judged(columns[i])
	}
	return columns
}

// words is a column of words about pairs.
func words(name string, of func(d pairDocument) string) Column {
	c := worded(name, name, func(e entry) string { return of(e.pair) })
	c.ofPair = true
	return c
}

// counted is a column of whole numbers.
func counted(name string, of func(d pairDocument) int) Column {
	c := words(name, func(d pairDocument) string { return strconv.Itoa(of(d)) })
	c.number = func(e entry) stats.Number { return stats.Number(of(e.pair)) }
	return c
}

// measured is a column of numbers.
func measured(
	name string, better compare.Direction, u compare.Unit, of func(d pairDocument) stats.Number,
) Column {
	return Column{
		name: name, better: better, heads: []string{name}, paths: []string{name}, ofPair: true,
		plain:  func(e entry) []string { return []string{plain(of(e.pair))} },
		shown:  func(e entry) string { return number(of(e.pair), u) },
		number: func(e entry) stats.Number { return of(e.pair) },
	}
}

// chances is a column of p values.
func chances(name string, of func(d pairDocument) stats.Number) Column {
	c := measured(name, compare.Lower, compare.Count, of)
	c.shown = func(e entry) string { return chance(of(e.pair)) }
	return c
}

// bounded is a column of numbers with intervals, which the document has at a path.
func bounded(
	name, interval string, better compare.Direction,
	of func(d pairDocument) (stats.Number, stats.Interval),
) Column {
	c := measured(name, better, compare.Count, func(d pairDocument) stats.Number {
		n, _ := of(d)
		return n
	})
	c.heads = []string{name, name + ".lo", name + ".hi"}
	c.paths = append(c.paths, interval)
	c.plain = func(e entry) []string {
		n, i := of(e.pair)
		return append([]string{plain(n)}, limits(i)...)
	}
	return c
}

// shownAs is a column with other cells in tables.
func shownAs(say func(p compare.Pair) string, c Column) Column {
	c.shown = func(e entry) string { return say(*e.of) }
	return c
}

// atPath is a column whose number is at another path in the document.
func atPath(path string, c Column) Column {
	c.paths[0] = path
	return c
}
