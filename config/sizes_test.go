package config_test

import (
	"testing"

	"bench"
	"bench/config"
)

// The default bound on output has room for thoughts where the built-in table
// knows that the model allows it; what the file says always counts.
func TestSizes(t *testing.T) {
	t.Parallel()
	const text = `
dataset: {path: ../tasks.jsonl}
models:
  big: {provider: openai, model: big, price: auto}
  small: {provider: openai, model: small, price: auto}
  own: {provider: openai, model: own, price: auto}
  said: {provider: openai, model: big, price: auto, max_output_tokens: 5000, context_window: 90_000}
configurations:
  a: {kind: single, model: big}
  b: {kind: single, model: small}
  c: {kind: single, model: own}
  d: {kind: single, model: said}
`
	c, err := config.Parse("testdata/good/sizes.yaml", []byte(text), config.Options{
		Env:    func(string) (string, bool) { return "x", true },
		Prices: func(string) (bench.Price, bool) { return bench.Price{ID: "x"}, true },
		Sizes: func(model string) (window, output int64) {
			switch model {
			case "big":
				return 1_000_000, 128_000
			case "small":
				return 32_000, 4_000
			}
			return 0, 0
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][3]int64{
		"big": {32_000, 0, 1_000_000}, "small": {4_000, 0, 32_000}, "own": {8192, 0, 0}, "said": {5000, 90_000, 1_000_000},
	} {
		m := c.BenchModel(name)
		if got := [3]int64{m.MaxOutputTokens, m.ContextWindow, m.KnownWindow}; got != want {
			t.Errorf("%s: output, window, known window %v, want %v", name, got, want)
		}
	}
}
