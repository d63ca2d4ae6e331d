package verdict

import (
	"testing"

	"bench/stats"
)

// Claims lie within noise if they are no larger than what it leaves open, either way;
// what is not claimed does not.
func TestWithin(t *testing.T) {
	t.Parallel()
	noise := Evidence{
		Tasks: 100, DifferenceInterval: stats.Interval{Lo: -0.06, Hi: 0.02},
		CostRatioInterval: stats.Interval{Lo: 0.8, Hi: 1.1},
	}
	for _, c := range []struct {
		quality    Quality
		difference stats.Number
		margin     float64
		cost       Cost
		ratio      stats.Number
		want       []Claim
	}{
		{QualityBetter, 0.05, 5, CostOpen, 0.9, []Claim{ClaimDifference}},
		{QualityBetter, 0.07, 5, CostOpen, 0.9, nil},
		{QualityWorse, -0.05, 5, CostOpen, 0.9, []Claim{ClaimDifference}},
		{QualityNonInferior, 0.07, 5, CostCheaper, 0.7, []Claim{ClaimMargin}},
		{QualityNonInferior, 0.01, 10, CostCheaper, 0.9, []Claim{ClaimCost}},
		{QualityOpen, 0.01, 5, CostDearer, 1.2, []Claim{ClaimCost}},
		{QualityOpen, 0.01, 5, CostDearer, 1.3, nil},
	} {
		v := Verdict{Quality: c.quality, Cost: c.cost, Assumptions: Assumptions{MarginPP: c.margin}}
		v.Evidence.Difference, v.Evidence.CostRatio = c.difference, c.ratio
		got := v.Within("solo", noise)
		for i, w := range got {
			if len(got) != len(c.want) || w.(WithinNoise).Claim != c.want[i] {
				t.Errorf("%+v: got %+v", c, got)
			}
		}
		if len(got) != len(c.want) {
			t.Errorf("%+v: got %+v", c, got)
		}
	}
	if got := (Verdict{Quality: QualityBetter}).Within("solo", Weigh(nil, assumed)); got != nil {
		t.Errorf("no noise is known, and %+v lies within", got)
	}
}
