package compare

import (
	"testing"

	"bench"
	"bench/results"
)

// Main calls three times; the gaps after its calls are 300 s, which no cache
// minds, and 301 s. Of the 1500 tokens it had sent before, 200 are cached still:
// 1300 × (10 − 1) µ$ are lost. A sidekick, idle for as long, has all of its
// prompt cached.
func TestCaches(t *testing.T) {
	t.Parallel()
	x := team()
	x.Calls = []results.Call{
		priced("main", dear, 611, 620, bench.Usage{Input: 2000, CachedInput: 200, CacheWrite: 100}), // not in order
		priced("main", dear, 0, 5, bench.Usage{Input: 1000, CacheWrite: 1000, Output: 10}),
		priced("main", dear, 305, 310, bench.Usage{Input: 1500, CachedInput: 0}),
		{Agent: "main", Start: at(400), End: at(401), Error: "overloaded"}, // reads nothing
		priced("A", low, 0, 1, bench.Usage{Input: 500}),
		priced("A", low, 900, 901, bench.Usage{Input: 600, CachedInput: 600}),
	}
	out := fusionColumn(x)
	near(t, "premium", of(out, "cost_usd.write_premium"), 1100*2e-6)
	near(t, "expiry", of(out, "cost_usd.expiry_penalty"), 1300*9e-6)
	if n := taken(out, "cost_usd.expiry_penalty"); n != 2 {
		t.Errorf("n = %d", n)
	}
	// Cold: 4500·10 + 10·50 + 1100·1 µ$. Paid: 1000·12 + 500; 15000; 1700·10 + 200 + 1200; 500; 60.
	near(t, "cold", of(out, "cost_usd.without_cache"), 46600e-6)
	near(t, "total", of(out, "cost_usd.total"), 46460e-6)
	near(t, "saved", of(out, "cost_usd.saved_by_cache"), 140.0/46600)
	// Sidekicks at main's price: 500·10 + 600·1 instead of 500·1 + 600·0.1.
	near(t, "at main's", of(out, "cost_usd.sidekicks_at_main_price"), 46460e-6-560e-6+5600e-6)
	absent(t, out, "cost_usd.sidekicks_at_other_price", "cost_usd.reported")
}

// Rates of a tier are those of the whole call, whatever part of it is looked at.
func TestCachesByTier(t *testing.T) {
	t.Parallel()
	x := team()
	x.Calls = []results.Call{priced("main", dear, 0, 5, bench.Usage{Input: 1000, CacheWrite: 10})}
	tiered := dear
	tiered.Tiers = []bench.Tier{{Above: 500, Rates: bench.Rates{
		Input: bench.PerMillion(20), CachedInput: bench.PerMillion(2), CacheWrite: bench.PerMillion(30),
		Output: bench.PerMillion(50)}}}
	near(t, "premium", of(columnAt(map[string]bench.Price{"dear": tiered}, x).configuration(), "cost_usd.write_premium"), 10*10e-6)
	absent(t, columnAt(nil, x).configuration(), "cost_usd.write_premium", "cost_usd.expiry_penalty", "reread.cost_usd",
		"cost_usd.without_cache", "cost_usd.saved_by_cache")
}

// What the provider says stands beside, as does what it may have billed unseen.
func TestReportedAndUnknown(t *testing.T) {
	t.Parallel()
	x := team()
	said := bench.Dollars(0.02)
	x.Calls = []results.Call{
		{Agent: "main", ReportedCost: &said, Cost: bench.Dollars(0.01)}, {Agent: "main", Cost: bench.Dollars(0.01)},
		{Agent: "main", UnknownUsage: 2, EstimatedUnknown: bench.Dollars(0.005)},
	}
	out := fusionColumn(x)
	near(t, "reported", of(out, "cost_usd.reported"), 0.02)
	near(t, "unknown", of(out, "cost_usd.unknown_estimate"), 0.005)
	near(t, "total", of(out, "cost_usd.total"), 0.02)
	near(t, "calls", of(out, "calls.total"), 3)
	near(t, "calls with a report", of(out, "calls.reported"), 1)
	near(t, "attempts without usage", of(out, "calls.unknown_usage"), 2)
	if n := taken(out, "cost_usd.unknown_estimate"); n != 2 {
		t.Errorf("n = %d", n)
	}
}

func TestReprice(t *testing.T) {
	t.Parallel()
	said := bench.Dollars(9)
	main := bench.Model{Name: "big", Model: "maker/big", Price: dear}
	side := bench.Model{Name: "small", Model: "maker/small", Price: low}
	yes := true
	facts := results.Facts{
		Run:    results.Run{ID: "r"},
		Prices: map[string]bench.Price{"dear": dear, "low": low},
		Configurations: []bench.Configuration{
			{Name: "solo", Kind: bench.KindSingle, Main: main},
			{Name: "fusion", Kind: bench.KindFusion, Main: main, Sidekick: &bench.Sidekick{Model: side}},
		},
		Trials: []results.Trial{
			{ID: 1, Key: bench.TrialKey{Configuration: "solo", InstanceID: "a"}, Cost: bench.Dollars(0.01),
				Outcome: bench.OutcomeResolved, Resolved: &yes},
			{ID: 2, Key: bench.TrialKey{Configuration: "fusion", InstanceID: "a"}, Cost: bench.Dollars(0.006),
				Outcome: bench.OutcomeResolved, Resolved: &yes},
		},
		Agents: []results.Agent{{Trial: 1, ID: "m"}, {Trial: 2, ID: "m"}, {Trial: 2, ID: "s", Role: bench.RoleSidekick}},
		Calls: []results.Call{ // 10 m$, 5 m$, 1 m$
			{Trial: 1, Agent: "m", Model: "big", WireModel: "maker/big", PriceID: "dear", ReportedCost: &said,
				Usage: bench.Usage{Input: 1000}, Cost: bench.Dollars(0.01), EstimatedUnknown: bench.Dollars(0.00002)},
			{Trial: 2, Agent: "m", Model: "big", WireModel: "maker/big", PriceID: "dear",
				Usage: bench.Usage{Input: 500}, Cost: bench.Dollars(0.005)},
			{Trial: 2, Agent: "s", Model: "small", WireModel: "maker/small", PriceID: "low",
				Usage: bench.Usage{Input: 1000}, Cost: bench.Dollars(0.001)},
		},
	}
	half := bench.Price{ID: "low", Rates: bench.Rates{Input: bench.PerMillion(5)}} // an id the run uses otherwise
	for name, want := range map[string]struct {
		prices          map[string]bench.Price
		solo, fusion    float64
		models, kept    string
		atMain, unknown float64
	}{
		"as recorded":         {nil, 0.010, 0.006, "", "", 0.015, 0.00002},
		"by config name":      {map[string]bench.Price{"big": half}, 0.005, 0.0035, "big", "small", 0.0075, 0.00001},
		"by name on the wire": {map[string]bench.Price{"maker/small": half}, 0.010, 0.010, "small", "big", 0.015, 0.00002},
		"by price id":         {map[string]bench.Price{"dear": half, "low": low}, 0.005, 0.0035, "big small", "", 0.0075, 0.00001},
		"the config name wins": {map[string]bench.Price{"big": half, "dear": low, "maker/big": low},
			0.005, 0.0035, "big", "small", 0.0075, 0.00001},
	} {
		c, err := Of([]results.Facts{facts}, Options{Resamples: 10, Prices: want.prices, PricesFile: "p.yaml",
			SidekickPrice: bench.Price{ID: "x", Rates: bench.Rates{Input: bench.PerMillion(3)}}, SidekickPriceName: "x"})
		if err != nil {
			t.Fatal(err)
		}
		solo, fusion := c.Configurations[0], c.Configurations[1]
		near(t, name+": solo", of(solo, "cost_usd.total"), want.solo)
		near(t, name+": fusion", of(fusion, "cost_usd.total"), want.fusion)
		near(t, name+": per task", of(fusion, "cost_usd.per_task"), want.fusion)
		near(t, name+": ratio", float64(c.Pairs[0].Evidence.CostRatio), want.fusion/want.solo)
		near(t, name+": cold", of(solo, "cost_usd.without_cache"), want.solo)
		near(t, name+": at main's", of(fusion, "cost_usd.sidekicks_at_main_price"), want.atMain)
		near(t, name+": at 3", of(fusion, "cost_usd.sidekicks_at_other_price"), of(fusion, "cost_usd.main")+0.003)
		near(t, name+": unknown", of(solo, "cost_usd.unknown_estimate"), want.unknown)
		near(t, name+": reported", of(solo, "cost_usd.reported"), 9)
		switch r := c.Repricing; {
		case want.prices == nil:
			if r != nil {
				t.Errorf("%s: %+v", name, r)
			}
		case r.File != "p.yaml" || join(r.Models) != want.models || join(r.Kept) != want.kept:
			t.Errorf("%s: %+v", name, r)
		}
	}
	if facts.Calls[0].Cost != bench.Dollars(0.01) || facts.Configurations[0].Main.Price.ID != "dear" {
		t.Error("the facts themselves were changed")
	}
}
