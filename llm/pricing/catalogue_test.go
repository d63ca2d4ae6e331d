package pricing_test

import (
	"testing"
	"time"

	"bench"
	"bench/llm/pricing"
)

func perMillion(in, cached, write, out float64) bench.Rates {
	return bench.Rates{
		Input: bench.PerMillion(in), CachedInput: bench.PerMillion(cached),
		CacheWrite: bench.PerMillion(write), Output: bench.PerMillion(out),
	}
}

// What both catalogues look like, cut down: https://models.dev/api.json has
// providers with models and USD per million tokens,
// https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json
// names with USD per token.
func TestParseCatalogue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text, model string
		want              bench.Rates
	}{
		{"models.dev", `{"anthropic":{"id":"anthropic","name":"Anthropic","models":{"claude-opus-5":{
			"id":"claude-opus-5","cost":{"input":5,"output":25,"cache_read":0.5,"cache_write":6.25},
			"limit":{"context":1000000}}}}}`, "claude-opus-5", perMillion(5, 0.5, 6.25, 25)},
		{"models.dev, without caches", `{"zai":{"models":{"glm-5.2":{"cost":{"input":1.4,"output":4.4}}}}}`,
			"glm-5.2", perMillion(1.4, 1.4, 1.4, 4.4)},
		{"models.dev, a dated name", `{"anthropic":{"models":{
			"claude-haiku-4-5-20251001":{"cost":{"input":1,"output":5}}}}}`,
			"claude-haiku-4-5", perMillion(1, 1, 1, 5)},
		{"models.dev, in capitals", `{"zai":{"models":{"GLM-5.2":{"cost":{"input":1,"output":2}}}}}`,
			"glm-5.2", perMillion(1, 1, 1, 2)},
		{"LiteLLM", `{"sample_spec":{"litellm_provider":"one of https://docs.litellm.ai/docs/providers"},
			"claude-opus-5":{"litellm_provider":"anthropic","mode":"chat","input_cost_per_token":5e-06,
			"output_cost_per_token":2.5e-05,"cache_read_input_token_cost":5e-07,
			"cache_creation_input_token_cost":6.25e-06}}`, "claude-opus-5", perMillion(5, 0.5, 6.25, 25)},
		{"LiteLLM, with a path", `{"zai/glm-5.2":{"litellm_provider":"zai","input_cost_per_token":1.4e-06,
			"output_cost_per_token":4.4e-06}}`, "glm-5.2", perMillion(1.4, 1.4, 1.4, 4.4)},
		{"one odd entry among good ones", `{"anthropic":{"models":{"claude-opus-5":{"cost":{"input":5,"output":25}},
			"free":{"cost":null},"half":{"cost":{"input":1}}}},"odd":[1,2],"text":"x","none":null,
			"worse":{"models":[]}}`, "claude-opus-5", perMillion(5, 5, 5, 25)},
	} {
		all, err := pricing.ParseCatalogue([]byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		e, known := pricing.Find(c.model, time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC))
		got, ok := all.Of(e)
		if !known || !ok || got != c.want {
			t.Errorf("%s: %+v, found %v, want %+v", c.name, got, ok, c.want)
		}
	}
}

// A price of somebody else is no price of the maker's, and what has no price is
// not free.
func TestCatalogueKnowsMakers(t *testing.T) {
	t.Parallel()
	all, err := pricing.ParseCatalogue([]byte(`{
		"deepinfra":{"models":{"glm-5.2":{"cost":{"input":1,"output":2}}}},
		"zai":{"models":{"glm-5.2":{"cost":{}}}},
		"anthropic":{"models":{"other":{"cost":{"input":1,"output":2}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range pricing.All(time.Now()) {
		if got, ok := all.Of(e); ok {
			t.Errorf("%s: %+v, though its maker names no price", e.Model, got)
		}
	}
}

func TestParseCatalogueRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "null", "{}", "[]", "3", `"x"`, "{", "input,output\n1,2\n", "\xff\xfe", `{"a":{"models":{}}}`,
		`{"anthropic":{"models":{"claude-opus-5":{"cost":{"input":"5","output":"25"}}}}}`,
		`{"anthropic":{"models":{"claude-opus-5":{"cost":{"input":5}}}}}`,
		`{"claude-opus-5":{"input_cost_per_token":5e-06,"output_cost_per_token":2.5e-05}}`,
		`{"claude-opus-5":{"litellm_provider":"anthropic","input_cost_per_token":5e-06}}`,
	} {
		if _, err := pricing.ParseCatalogue([]byte(text)); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func FuzzParseCatalogue(f *testing.F) {
	f.Add([]byte(`{"zai":{"models":{"glm-5.2":{"cost":{"input":1.4,"output":4.4,"cache_read":0.26}}}}}`))
	f.Add([]byte(`{"zai/glm-5.2":{"litellm_provider":"zai","input_cost_per_token":1e-6,
		"output_cost_per_token":2e-6}}`))
	f.Add([]byte(`{"a":[],"b":null,"c":{"models":{"":{"cost":{"input":-1,"output":1e300}}}}}`))
	entries := pricing.All(time.Now())
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := pricing.ParseCatalogue(data)
		for _, e := range entries {
			if _, ok := all.Of(e); ok && err != nil {
				t.Errorf("%v, and a price", err)
			}
		}
	})
}
