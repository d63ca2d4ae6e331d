package compare

import (
	"slices"
	"testing"

	"bench"
	"bench/results"
)

// servedFacts has a solo whose model is as asked, under other names, and a fusion
// whose gateway replaces both of its models now and then, and does not say how it
// counts cached tokens.
func servedFacts() results.Facts {
	price := bench.Price{ID: "p", Rates: bench.Rates{
		Input: bench.PerMillion(10), CachedInput: bench.PerMillion(1), Output: bench.PerMillion(20),
	}}
	f := results.Facts{
		Run: results.Run{ID: "r"}, Prices: map[string]bench.Price{"p": price},
		Configurations: []bench.Configuration{
			{Name: "solo", Kind: bench.KindSingle}, {Name: "fusion", Kind: bench.KindFusion},
		},
		Trials: []results.Trial{
			{ID: 1, Key: bench.TrialKey{Configuration: "solo", InstanceID: "a", Attempt: 1}, Outcome: bench.OutcomeResolved},
			{ID: 2, Key: bench.TrialKey{Configuration: "fusion", InstanceID: "a", Attempt: 1}, Outcome: bench.OutcomeResolved},
		},
		Agents: []results.Agent{
			{Trial: 1, ID: "solo", Role: bench.RoleSingle}, {Trial: 2, ID: "main", Role: bench.RoleMain},
			{Trial: 2, ID: "s", Role: bench.RoleSidekick},
		},
	}
	usage := bench.Usage{Input: 1000, CachedInput: 400, Output: 10} // 6,000 + 400 + 200 micro-dollars
	for _, c := range []results.Call{
		{Trial: 1, Agent: "solo", WireModel: "gpt-5.3-codex", ServedModel: "openai/gpt-5.3-codex-2026-02-05"},
		{Trial: 1, Agent: "solo", WireModel: "gpt-5.3-codex"}, // says nothing
		{Trial: 2, Agent: "main", WireModel: "gpt-5.3-codex", ServedModel: "gpt-5.3-codex"},
		{Trial: 2, Agent: "main", WireModel: "gpt-5.3-codex", ServedModel: "gpt-5.2-2025-12-11"},
		{Trial: 2, Agent: "main", WireModel: "gpt-5.3-codex", ServedModel: "gpt-5.2-2025-12-11", CacheUnclear: true},
		{Trial: 2, Agent: "s", WireModel: "glm-5", ServedModel: "glm-5-air", CacheUnclear: true},
		{Trial: 2, Agent: "s", WireModel: "glm-5", ServedModel: "z-ai/GLM-5"},
	} {
		c.Model, c.Usage, c.Cost, c.PriceID = c.WireModel, usage, usage.Cost(price), "p"
		f.Calls = append(f.Calls, c)
	}
	return f
}

// A gateway that answers with another model, as in
// https://github.com/openai/codex/issues/10953, is named per configuration, and
// another name of the same model is not.
func TestServedModels(t *testing.T) {
	t.Parallel()
	out, err := Of([]results.Facts{servedFacts()}, Options{Resamples: 100})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []map[string]float64{
		{"calls.other_model": 0, "calls.cache_unclear": 0},
		{"calls.other_model": 3, "calls.cache_unclear": 2},
	} {
		for name, n := range want {
			if got := out.Configurations[i].Value(Named(name)); float64(got.Number) != n {
				t.Errorf("%s of %s is %v, want %v", name, out.Configurations[i].Name, got.Number, n)
			}
		}
	}
	// 400 tokens more of input each: 400·10 micro-dollars.
	const unclear = "leave open whether cached tokens are a part of the input. They were counted as one; if they " +
		"are not, the calls cost up to $0.0040 more. Say which in the config: `usage: inclusive` or `usage: exclusive`"
	if want := []string{
		"fusion: glm-5-air answered 1 of 2 calls that asked for glm-5",
		"fusion: gpt-5.2-2025-12-11 answered 2 of 3 calls that asked for gpt-5.3-codex",
		"fusion: the answers to 1 of 2 calls of the model glm-5 " + unclear,
		"fusion: the answers to 1 of 3 calls of the model gpt-5.3-codex " + unclear,
	}; !slices.Equal(out.Warnings, want) {
		t.Errorf("warnings %q, want %q", out.Warnings, want)
	}
}
