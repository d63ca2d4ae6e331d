package verdict

import (
	"math"

	"bench/stats"
)

// Claim is what a verdict rests on.
type Claim string

// The claims: a difference in quality, a margin by which it is not worse, a ratio of
// costs.
const (
	ClaimDifference Claim = "difference"
	ClaimMargin     Claim = "margin"
	ClaimCost       Claim = "cost ratio"
)

// WithinNoise says that a claim is no more than what a configuration may differ by from
// itself: the end of the interval of that difference, from Tasks tasks, is the floor.
type WithinNoise struct {
	Claim         Claim
	Configuration string
	Value, Floor  float64 // shares of 1, for cost ratios above 1
	Tasks         int
}

// Code implements Warning.
func (WithinNoise) Code() string { return "within_noise" }

// Within says which claims of a verdict lie within noise, which is the evidence on a
// configuration against itself. What is not claimed does not.
func (v Verdict) Within(configuration string, noise Evidence) (out []Warning) {
	say := func(claim Claim, value, floor float64) {
		if value <= floor {
			out = append(out, WithinNoise{claim, configuration, value, floor, noise.Tasks})
		}
	}
	if i := noise.DifferenceInterval; i.OK() {
		floor := max(math.Abs(float64(i.Lo)), math.Abs(float64(i.Hi)))
		switch v.Quality {
		case QualityBetter, QualityWorse:
			say(ClaimDifference, math.Abs(float64(v.Evidence.Difference)), floor)
		case QualityNonInferior:
			say(ClaimMargin, v.Assumptions.margin(), floor)
		case QualityOpen:
		}
	}
	if i := noise.CostRatioInterval; i.OK() && v.Cost != CostOpen {
		say(ClaimCost, fromOne(v.Evidence.CostRatio), max(fromOne(i.Lo), fromOne(i.Hi)))
	}
	return out
}

// fromOne is a ratio or its inverse, whichever is above 1.
func fromOne(ratio stats.Number) float64 { return max(float64(ratio), 1/float64(ratio)) }

// Differs reports whether there is more than chance between two sides that are meant
// to be the same, in quality and in cost.
func (e Evidence) Differs(a Assumptions) (inQuality, inCost bool) {
	return e.differs(a), e.cost() != CostOpen
}

// differs reports whether one side is shown to resolve more than the other.
func (e Evidence) differs(a Assumptions) bool {
	i := e.DifferenceInterval
	return i.OK() && float64(e.Adjusted.PValue) < a.Alpha && (i.Lo > 0 || i.Hi < 0)
}
