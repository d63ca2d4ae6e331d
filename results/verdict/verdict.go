package verdict

import "bench/stats"

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
// one side of one; cheaper also that no single task decides it, and that a fusion's
// main agent demonstrably had less to do than alone.
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

// Judge judges a candidate, the only one, by its pairs with the baseline.
func Judge(pairs []Pair, a Assumptions) Verdict {
	return JudgeAll([]Candidate{{Pairs: pairs}}, a)[0]
}

// JudgeAll judges candidates that meet one baseline. The more there are the likelier
// one of them is called something by chance: their p values are Holm's, so that the
// chance of any false claim about quality stays what it is for one.
func JudgeAll(candidates []Candidate, a Assumptions) []Verdict {
	verdicts := make([]Verdict, len(candidates))
	for i, c := range candidates {
		verdicts[i] = Verdict{Evidence: Weigh(c.Pairs, a), Assumptions: a}
	}
	correct(verdicts, a)
	plan(verdicts, a)
	for i, c := range candidates {
		verdicts[i].conclude(c, a)
	}
	return verdicts
}

// Qualities are those that JudgeAll would find for candidates by their pairs, without
// all else.
func Qualities(candidates [][]Pair, a Assumptions) []Quality {
	verdicts := make([]Verdict, len(candidates))
	for i, pairs := range candidates {
		verdicts[i].Evidence = weighQuality(pairs, a)
	}
	correct(verdicts, a)
	out := make([]Quality, len(candidates))
	for i, v := range verdicts {
		out[i] = v.Evidence.quality(a)
	}
	return out
}

// correct has the p values of all verdicts adjusted. Those without pairs make no
// claim and count for nothing.
func correct(verdicts []Verdict, a Assumptions) {
	var with []*Evidence
	var ps, margins []float64
	for i := range verdicts {
		if e := &verdicts[i].Evidence; e.N() > 0 {
			with = append(with, e)
			ps, margins = append(ps, float64(e.PValue)), append(margins, float64(e.NonInferiority))
		}
	}
	ps, margins = stats.Holm(ps), stats.Holm(margins)
	for i, e := range with {
		e.Candidates = len(with)
		e.adjust(stats.Number(ps[i]), stats.Number(margins[i]), a)
	}
}

// conclude reads the verdict off the evidence.
func (v *Verdict) conclude(c Candidate, a Assumptions) {
	e := &v.Evidence
	e.Influence = e.influence(c.Pairs, a)
	v.Quality, v.Cost = e.quality(a), e.cost()
	v.Warnings = e.warnings(a)
	if v.Cost == CostCheaper {
		if refused := e.refused(c); refused != nil {
			v.Cost = CostOpen
			v.Warnings = append(v.Warnings, refused...)
		}
	}
	v.Word = word(v.Quality, v.Cost)
	if len(c.Pairs) == 0 {
		v.Word = Invalid
	}
}

// refused says why there is no claim of a saving although the interval is below 1:
// one task decides it, or it cannot come from delegating.
func (e Evidence) refused(c Candidate) (why []Warning) {
	if e.Influence.CostTask != "" {
		why = append(why, OneTaskSaves{e.Influence.CostTask, e.Influence.LargestTask,
			e.Influence.LargestShare})
	}
	switch moved := e.DisplacementInterval; {
	case c.Idle:
		why = append(why, NothingDisplaced{stats.None(), stats.NoInterval()})
	case e.Displacement.OK() && (!moved.OK() || moved.Lo <= 0):
		why = append(why, NothingDisplaced{e.Displacement, moved})
	}
	return why
}

func (e Evidence) quality(a Assumptions) Quality {
	differs := e.differs(a)
	switch {
	case e.N() == 0:
		return QualityOpen
	case differs && e.DifferenceInterval.Lo > 0:
		return QualityBetter
	case e.NonInferior:
		return QualityNonInferior
	case differs:
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
