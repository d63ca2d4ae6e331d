package config_test

import (
	"fmt"

	"bench"
	"bench/config"
)

func ExampleParse() {
	text := []byte(`
dataset: {path: testdata/tasks.jsonl}
models:
  main: {provider: openai, model: acme/big, api_key_env: KEY, price: auto}
configurations:
  solo: {kind: single, model: main}
`)
	c, err := config.Parse("bench.yaml", text, config.Options{
		Env: func(string) (string, bool) { return "sk-…", true },
		Set: []string{"configurations.solo.limits.iterations=40"},
		Prices: func(string) (bench.Price, bool) {
			return bench.Price{ID: "table:1", Rates: bench.Rates{Output: bench.PerMillion(75)}}, true
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	solo := c.BenchConfigurations()[0]
	fmt.Println(solo.Name, solo.Kind, solo.Main.Model, solo.Limits.Iterations, solo.Limits.Cost)
	// Output: solo single acme/big 40 $3.00
}
