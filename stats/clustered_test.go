package stats

import "testing"

// With one pair per unit nothing changes.
func TestClusteredOfOnePairEach(t *testing.T) {
	t.Parallel()
	p := Paired{Both: 59, OnlyCandidate: 6, OnlyBaseline: 16, Neither: 80}
	var c Clustered
	for unit, mean := range map[int]float64{59 + 80: 0, 6: 1, 16: -1} {
		for range unit {
			c.Add(mean)
		}
	}
	if c.Interval(0.95) != p.Interval(0.95) || c.Difference() != p.Difference() ||
		c.Discordance() != p.Discordance() {
		t.Errorf("got %+v, want %+v", c, p)
	}
	if (Clustered{}).NonInferior(0.05, 0.05) || (Clustered{}).Interval(0.95).OK() {
		t.Error("nothing shows nothing")
	}
}
