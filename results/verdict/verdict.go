package verdict

// Quality says how a candidate's resolved rate stands to the baseline's.
type Quality string

// The qualities. Better and worse mean that the interval of the difference is on
// one side of zero and the test agrees (with few pairs the two can differ),
// non-inferior that the candidate is shown to be less than the margin below.
const (
	QualityBetter      Quality = "better"
	QualityNonInferior Quality = "non_inferior"
	QualityWorse       Quality = "worse"
	QualityOpen        Quality = "inconclusive"
)

// Cost says how a candidate's cost stands to the baseline's.
type Cost string

// The costs. Cheaper and dearer mean that the interval of the cost ratio is on
// one side of one.
const (
	CostCheaper Cost = "cheaper"
	CostDearer  Cost = "dearer"
	CostOpen    Cost = "inconclusive"
)

// Word is quality and cost in one word for programs.
type Word string

// The words.
const (
	Better                Word = "better"
	NonInferiorAndCheaper Word = "non_inferior_and_cheaper"
	NonInferiorNotCheaper Word = "non_inferior_not_cheaper" // or not shown to be
	Worse                 Word = "worse"
	WorseButCheaper       Word = "worse_but_cheaper"
	Inconclusive          Word = "inconclusive"
	Invalid               Word = "invalid" // there are no pairs
)

// Verdict is what can be said about a candidate.
type Verdict struct {
	Quality     Quality
	Cost        Cost
	Word        Word
	Evidence    Evidence
	Assumptions Assumptions
	Warnings    []Warning
}

// Judge judges a candidate by its pairs with the baseline.
func Judge(pairs []Pair, a Assumptions) Verdict {
	e := Weigh(pairs, a)
	v := Verdict{Quality: e.quality(a), Cost: e.cost(), Evidence: e, Assumptions: a}
	v.Word = word(v.Quality, v.Cost)
	if len(pairs) == 0 {
		v.Word = Invalid
	}
	v.Warnings = e.warnings(a)
	return v
}

func (e Evidence) quality(a Assumptions) Quality {
	differs := e.DifferenceInterval.OK() && float64(e.PValue) < a.Alpha
	switch {
	case e.N() == 0:
		return QualityOpen
	case differs && e.DifferenceInterval.Lo > 0:
		return QualityBetter
	case e.NonInferior:
		return QualityNonInferior
	case differs && e.DifferenceInterval.Hi < 0:
		return QualityWorse
	}
	return QualityOpen
}

func (e Evidence) cost() Cost {
	switch i := e.CostRatioInterval; {
	case i.OK() && i.Hi < 1:
		return CostCheaper
	case i.OK() && i.Lo > 1:
		return CostDearer
	}
	return CostOpen
}

func word(q Quality, c Cost) Word {
	switch {
	case q == QualityBetter:
		return Better
	case q == QualityNonInferior && c == CostCheaper:
		return NonInferiorAndCheaper
	case q == QualityNonInferior:
		return NonInferiorNotCheaper
	case q == QualityWorse && c == CostCheaper:
		return WorseButCheaper
	case q == QualityWorse:
		return Worse
	}
	return Inconclusive
}
