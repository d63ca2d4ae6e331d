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
			Baseline:  Observation{Resolved: base[i] == 'y', Cost: 1},
			Candidate: Observation{Resolved: other[i] == 'y', Cost: stats.Number(dollars)},
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
		{"a strict margin", lower, strict, []Warning{TooFewTasks{500, 1108, 1, 8.0 / 500, false, false}}},
		{"very few", pairsOf("yyy", "yyn", 1), assumed, []Warning{
			TooFewTasks{3, 382, 5, 0.15, false, false}, NoCostInterval{}, BaselineResolvedEverything{}}},
		{"nothing resolved", pairsOf("nnn", "nyn", 1), assumed, []Warning{
			TooFewTasks{3, 382, 5, 0.15, false, false}, NoCostInterval{}, BaselineResolvedNothing{}}},
		{"none", nil, assumed, []Warning{TooFewTasks{0, 382, 5, 0.15, false, false}}},
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
	for _, w := range []Warning{TooFewTasks{}, NoCostInterval{}, BaselineResolvedNothing{}, MarginAssumed{},
		LowerWithinMargin{}, SavesLess{}, LeftOut{}, NeverDelegated{}, DifferentTasks{}, DifferentRules{},
		DifferentWorkers{}, UnequalInfra{}, UnequalMachines{}} {
		if seen[w.Code()] || w.Code() == "" {
			t.Errorf("%T: %q", w, w.Code())
		}
		seen[w.Code()] = true
	}
}

// attempts are pairs at tasks with several attempts each: the baseline's verdicts
// and the candidate's, letter by letter.
func attempts(tasks ...[2]string) (pairs []Pair) {
	for i, t := range tasks {
		for k := range t[0] {
			pairs = append(pairs, Pair{
				Task:      string(rune('a' + i)),
				Baseline:  Observation{Resolved: t[0][k] == 'y', Cost: 1},
				Candidate: Observation{Resolved: t[1][k] == 'y', Cost: 1},
			})
		}
	}
	return pairs
}

// A published round of nine tasks with two attempts each: 9 of 18 against 11 of
// 18, the task means of the difference seven times 0 and twice 0.5. No loss was
// seen, and yet nothing is shown. Five tasks without a loss show no more.
func TestFewTasksShowNothing(t *testing.T) {
	t.Parallel()
	same := func(n int) [][2]string {
		return slices.Repeat([][2]string{{"yn", "yn"}}, n)
	}
	round := append(same(7), [2]string{"yn", "yy"}, [2]string{"yn", "yy"})
	v := Judge(attempts(round...), assumed)
	if v.Quality != QualityOpen || v.Evidence.NonInferior || v.Evidence.N() != 18 || v.Evidence.Tasks != 9 {
		t.Errorf("got %+v", v)
	}
	if i := v.Evidence.DifferenceInterval; i.Lo > -0.2 || i.Hi < 0.3 {
		t.Errorf("the interval of nine tasks is %v", i)
	}
	if !slices.Contains(v.Warnings, Warning(TooFewTasks{9, 382, 5, 0.15, true, false})) {
		t.Errorf("got %+v", v.Warnings)
	}
	if v := Judge(attempts(same(5)...), assumed); v.Quality != QualityOpen {
		t.Errorf("five tasks without a loss are %s", v.Quality)
	}
}

// Of unequal numbers of attempts, tasks weigh the same: 0, and 1 of two.
func TestTasksWeighTheSame(t *testing.T) {
	t.Parallel()
	e := Weigh(attempts([2]string{"yyyyyy", "yyyyyy"}, [2]string{"nn", "yn"}), assumed)
	if e.Difference != 0.25 || e.Discordance != 0.25 {
		t.Errorf("got %+v", e)
	}
}
