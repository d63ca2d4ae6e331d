package report

import "bench/results/compare"

// Sheet is one table of a comparison with its cells as text, for pages that draw
// tables themselves. A row whose cells beyond the first are empty names those
// below it.
type Sheet struct {
	Title  string
	Header []string
	Rows   [][]string
}

// Sheets are the tables of a comparison: configurations, roles, and turns by model,
// pairs and what was repeated if there are any.
func Sheets(c compare.Comparison) []Sheet {
	grids := []grid{configurations(c), roles(c)}
	if g := routed(c); len(g.rows) > 0 {
		grids = append(grids, g)
	}
	if len(c.Pairs) > 0 {
		grids = append(grids, pairs(c))
	}
	if len(c.Noise) > 0 {
		grids = append(grids, noise(c))
	}
	out := make([]Sheet, len(grids))
	for i, g := range grids {
		out[i] = g.sheet()
	}
	return out
}

func (g grid) sheet() Sheet { return Sheet{Title: g.title, Header: g.header, Rows: g.rows} }

// Saying is a verdict in words, with the numbers it rests on.
type Saying struct {
	Verdict    string // with its n
	Sentence   string // the same for anybody
	Difference string // in percentage points, with its interval
	CostRatio  string // with its interval
	PValue     string
	Warnings   []string // without full stops
}

// Say puts the verdict on a candidate into words.
func Say(p compare.Pair) Saying {
	return Saying{
		Verdict: inWords(p.Verdict), Sentence: sentence(p), Difference: difference(p),
		CostRatio: ratio(p.Evidence.CostRatio, p.Evidence.CostRatioInterval,
			p.Evidence.CostRatioMedian),
		PValue: pValue(p), Warnings: warnings(p),
	}
}

// Worth says in sentences what configurations are worth.
func Worth(c compare.Comparison) []string { return worth(c.NetBenefit) }
