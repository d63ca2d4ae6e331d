package verdict

import (
	"slices"
	"testing"

	"bench/stats"
)

var assumed = Assumptions{
	Resampling: stats.Resampling{Resamples: 500, Seed: 1, Confidence: 0.95},
	MarginPP:   5, Alpha: 0.05, Power: 0.80,
}

// pairsOf are one attempt at each task; y stands for resolved. The baseline costs
// a dollar each.
func pairsOf(base, other string, dollars float64) (pairs []Pair) {
	for i := range base {
		pairs = append(pairs, Pair{
			Task:      string(rune('a' + i)),
			Baseline:  Observation{base[i] == 'y', 1},
			Candidate: Observation{other[i] == 'y', stats.Number(dollars)},
		})
	}
	return pairs
}

func repeat(verdict byte, n int) string { return string(slices.Repeat([]byte{verdict}, n)) }

func TestJudge(t *testing.T) {
	t.Parallel()
	same := repeat('y', 300) + repeat('n', 100)
	for _, test := range []struct {
		name        string
		base, other string
		dollars     float64
		quality     Quality
		cost        Cost
		word        Word
	}{
		{"as good", same, same, 0.5, QualityNonInferior, CostCheaper, NonInferiorAndCheaper},
		{"as good, same price", same, same, 1, QualityNonInferior, CostOpen, NonInferiorNotCheaper},
		{"as good, dearer", same, same, 2, QualityNonInferior, CostDearer, NonInferiorNotCheaper},
		{"better", same, repeat('y', 400), 0.5, QualityBetter, CostCheaper, Better},
		{"better, dearer", same, repeat('y', 400), 2, QualityBetter, CostDearer, Better},
		{"worse", same, repeat('n', 400), 0.5, QualityWorse, CostCheaper, WorseButCheaper},
		{"worse, dearer", same, repeat('n', 400), 2, QualityWorse, CostDearer, Worse},
		{"four of eight lost", repeat('y', 8), repeat('y', 4) + repeat('n', 4), 0.5, QualityOpen, CostCheaper,
			Inconclusive}, // p is 0.0625
		{"few", repeat('y', 8), repeat('y', 8), 0.5, QualityOpen, CostCheaper, Inconclusive},
		{"very few", repeat('y', 3), repeat('y', 3), 0.5, QualityOpen, CostOpen, Inconclusive},
		{"none", "", "", 0.5, QualityOpen, CostOpen, Invalid},
		{"nothing resolved", repeat('n', 400), repeat('n', 400), 0.5, QualityOpen, CostCheaper, Inconclusive},
	} {
		v := Judge(pairsOf(test.base, test.other, test.dollars), assumed)
		if v.Quality != test.quality || v.Cost != test.cost || v.Word != test.word {
			t.Errorf("%s: got %s, %s, %s", test.name, v.Quality, v.Cost, v.Word)
		}
		if v.Evidence.N() != len(test.base) {
			t.Errorf("%s: n = %d", test.name, v.Evidence.N())
		}
	}
}

func TestWarningsOfPairs(t *testing.T) {
	t.Parallel()
	lower := pairsOf(repeat('y', 400)+repeat('n', 100), repeat('y', 392)+repeat('n', 108), 0.9)
	saving, strict := assumed, assumed
	saving.MinSaving, saving.Assumed = 0.25, true
	strict.MarginPP = 1
	for _, test := range []struct {
		name  string
		pairs []Pair
		a     Assumptions
		want  []Warning
	}{
		{"lower, and dear", lower, saving, []Warning{
			MarginAssumed{5}, LowerWithinMargin{}, SavesLess{1 - 0.9, 0.25}}},
		{"a strict margin", lower, strict, []Warning{TooFewPairs{500, 990, 1, 8.0 / 500}}},
		{"very few", pairsOf("yyy", "yyn", 1), assumed, []Warning{TooFewPairs{3, 371, 5, 0.15}, NoCostInterval{}}},
		{"nothing resolved", pairsOf("nnn", "nyn", 1), assumed, []Warning{
			TooFewPairs{3, 371, 5, 0.15}, NoCostInterval{}, BaselineResolvedNothing{}}},
		{"none", nil, assumed, []Warning{TooFewPairs{0, 371, 5, 0.15}}},
	} {
		got := Judge(test.pairs, test.a).Warnings
		if len(got) != len(test.want) {
			t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
			continue
		}
		for i, w := range test.want {
			if saves, ok := got[i].(SavesLess); ok && saves.Saved > 0.0999 && saves.Saved < 0.1001 {
				continue
			}
			if got[i] != w {
				t.Errorf("%s: got %+v, want %+v", test.name, got[i], w)
			}
		}
	}
}

// A cost that is not known has no ratio, whatever the others are.
func TestUnknownCost(t *testing.T) {
	t.Parallel()
	pairs := pairsOf(repeat('y', 8), repeat('y', 8), 0.5)
	pairs[3].Candidate.Cost = stats.None()
	if v := Judge(pairs, assumed); v.Evidence.CostRatio.OK() || v.Cost != CostOpen {
		t.Errorf("got %v, %s", v.Evidence.CostRatio, v.Cost)
	}
}

// Codes are distinct: programs tell warnings apart by them.
func TestCodes(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, w := range []Warning{TooFewPairs{}, NoCostInterval{}, BaselineResolvedNothing{}, MarginAssumed{},
		LowerWithinMargin{}, SavesLess{}, LeftOut{}, NeverDelegated{}, DifferentTasks{}, DifferentRules{},
		DifferentWorkers{}} {
		if seen[w.Code()] || w.Code() == "" {
			t.Errorf("%T: %q", w, w.Code())
		}
		seen[w.Code()] = true
	}
}
