package compare

import (
	"testing"

	"bench"
	"bench/results"
)

// Where nobody knows whose a call is, nothing is known of main's share and the
// sidekicks': null, not zero. The whole is known.
func TestUnknownRoles(t *testing.T) {
	t.Parallel()
	c := newColumn(results.Run{}, bench.Configuration{Name: "tool", Kind: bench.KindCommand}, Options{})
	c.Spending.All.Cost, c.Spending.Main.Cost = bench.Dollars(3), bench.Dollars(1)
	c.Spending.Unattributed.Cost, c.Spending.Calls = bench.Dollars(2), 2
	for ownerless, known := range map[int]bool{0: true, 1: false} {
		c.Spending.Ownerless = ownerless
		roles := 0
		for _, m := range Metrics {
			v := c.of(m)
			switch {
			case m.Name == "cost_usd.total" && !v.Number.OK():
				t.Error("the whole is not known")
			case m.Name == "cost_usd.main" && v.Number.OK() != known:
				t.Errorf("%d calls are nobody's, and main's cost is %v", ownerless, v.Number)
			case m.OfRole:
				roles++
				if ownerless > 0 && v.Number.OK() {
					t.Errorf("%s is %v", m.Name, v.Number)
				}
			}
		}
		if roles < 7 {
			t.Errorf("only %d metrics rest on roles", roles)
		}
	}
}
