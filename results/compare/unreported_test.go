package compare

import (
	"strings"
	"testing"
	"time"

	"bench"
	"bench/results"
	"bench/results/verdict"
)

// spendingFacts are a run of two configurations on eight tasks. Every call of
// the candidate leaves so much unreported, and reports so much or nothing.
func spendingFacts(reported, unreported bench.USD) results.Facts {
	f := results.Facts{Run: results.Run{ID: "r"}, Prices: map[string]bench.Price{}}
	for _, name := range []string{"base", "other"} {
		f.Configurations = append(f.Configurations, bench.Configuration{Name: name, Kind: bench.KindSingle})
		for i := range 8 {
			id, yes := int64(len(f.Trials)+1), true
			call := results.Call{Trial: id, Agent: "m", Cost: bench.Dollars(2), Start: time.Unix(id, 0),
				Usage: bench.Usage{Input: 100}}
			t := results.Trial{ID: id, Outcome: bench.OutcomeResolved, Resolved: &yes,
				Key: bench.TrialKey{Configuration: name, InstanceID: string(rune('a' + i)), Attempt: 1}}
			if name == "other" {
				call.Cost, call.EstimatedUnknown = reported, unreported
				if unreported > 0 {
					call.UnknownUsage = 1
					call.Unreported = []bench.Attempt{{Start: call.Start, Usage: bench.Usage{Input: 1}}}
				}
				if reported == 0 {
					call.Usage = bench.Usage{}
				}
			}
			t.Cost, t.Unreported = call.Cost, call.EstimatedUnknown
			f.Trials, f.Calls = append(f.Trials, t), append(f.Calls, call)
			f.Agents = append(f.Agents, results.Agent{Trial: id, ID: "m", Role: bench.RoleSingle})
		}
	}
	return f
}

// A cost of which a part was not reported is a lower bound, one of which nothing
// was is not known; and beyond a hundredth, nothing is concluded from it.
func TestUnreportedCosts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		reported, unreported float64
		known                Knowledge
		judged               bool // there is a verdict on cost
	}{
		"all reported":    {1, 0, AllKnown, true},
		"a hair is not":   {1, 0.005, PartKnown, true},
		"a part is not":   {1, 0.05, PartKnown, false},
		"nothing was":     {0, 0.05, NothingKnown, false},
		"free, as priced": {0, 0, AllKnown, true},
	} {
		out, err := Of([]results.Facts{spendingFacts(bench.Dollars(c.reported), bench.Dollars(c.unreported))},
			Options{Resamples: 100})
		if err != nil {
			t.Fatal(err)
		}
		other, p := out.Configurations[1], out.Pairs[0]
		total := other.Value(Named("cost_usd.total"))
		if other.Cost != c.known || total.Unknown != (c.known == NothingKnown) ||
			(total.Kind == LowerBound) != (c.known == PartKnown) || total.OK() != (c.known != NothingKnown) {
			t.Errorf("%s: %s, total %+v", name, other.Cost, total)
		}
		if estimate := other.Value(Named("cost_usd.unknown_estimate")); !estimate.OK() || estimate.Unknown {
			t.Errorf("%s: estimate %+v", name, estimate)
		}
		if base := out.Configurations[0].Value(Named("cost_usd.total")); base.Kind != Exact || !base.OK() {
			t.Errorf("%s: base %+v", name, base)
		}
		if (p.Cost != verdict.CostOpen) != c.judged || p.Evidence.CostRatio.OK() != c.judged {
			t.Errorf("%s: verdict %s, ratio %v", name, p.Cost, p.Evidence.CostRatio)
		}
		said := 0
		for _, w := range p.Warnings {
			if short, ok := w.(verdict.CostShort); ok && short.Configuration == "other" && short.Attempts == 8 {
				said++
			}
		}
		if said == 0 != c.judged || said > 1 {
			t.Errorf("%s: warnings %+v", name, p.Warnings)
		}
		onFrontier := strings.Contains(strings.Join(out.Frontier, " "), "other")
		if onFrontier != c.judged {
			t.Errorf("%s: frontier %v", name, out.Frontier)
		}
		noted := strings.Contains(strings.Join(out.Warnings, "\n"), "8 answers did not say what they used")
		if noted != (c.unreported > 0) || strings.Contains(strings.Join(out.Warnings, "\n"), "failed attempts") {
			t.Errorf("%s: %q", name, out.Warnings)
		}
	}
}

// Attempts that failed are told from answers that say nothing.
func TestSilentAnswers(t *testing.T) {
	t.Parallel()
	at := time.Unix(1, 0)
	nothing := []bench.Attempt{{Start: at}}
	x := team()
	x.Calls = []results.Call{
		{Start: at, Unreported: nothing, EstimatedUnknown: 5},
		{Start: at.Add(time.Second), Unreported: nothing, EstimatedUnknown: 7}, // a failed attempt before the answer
		{Start: at, Unreported: nothing, EstimatedUnknown: 9, Error: "cut off"},
		{Start: at},
	}
	if s := columnOf(x).Spending; s.Silent != 1 || s.SilentEstimate != 5 {
		t.Errorf("%d answers, %v", s.Silent, s.SilentEstimate)
	}
}
