package config

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"bench"
)

func loadPrices(t *testing.T, text string) (map[string]bench.Price, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "p.yaml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return LoadPrices(path, []string{"big", "maker/small", "config:0a"})
}

// Prices are read as those of a config's models: what is not given follows.
func TestLoadPrices(t *testing.T) {
	t.Parallel()
	got, err := loadPrices(t, `
big: {input: 10, output: 50, tiers: [{above: 1000, input: 20, output: 90}]}
maker/small: {id: mine, input: 1, cached_input: 0.1, cache_write: 1.25, output: 5}
`)
	if err != nil {
		t.Fatal(err)
	}
	rates := func(in, cached, write, out float64) bench.Rates {
		return bench.Rates{Input: bench.PerMillion(in), CachedInput: bench.PerMillion(cached),
			CacheWrite: bench.PerMillion(write), Output: bench.PerMillion(out)}
	}
	want := map[string]bench.Price{
		"big": {ID: got["big"].ID, Rates: rates(10, 10, 10, 50),
			Tiers: []bench.Tier{{Above: 1000, Rates: rates(20, 20, 20, 90)}}},
		"maker/small": {ID: "mine", Rates: rates(1, 0.1, 1.25, 5)},
	}
	if !reflect.DeepEqual(got, want) || got["big"].ID == "" {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestLoadPricesRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                    "the file is empty",
		"{}":                                  "expected models and their prices",
		"[big]":                               "p.yaml:1:1: expected models and their prices",
		"bgi: {input: 1, output: 1}":          `p.yaml:1:1: no model or price is called "bgi"`,
		"big: {input: 1}":                     `missing key "output" in big`,
		"big: {input: -1, output: 1}":         "big.input: expected a number",
		"big: {input: 1, output: 1, in: 2}":   `unknown key "in" in big`,
		"big: auto":                           "p.yaml:1:6: big: expected {input: …",
		"big: 3":                              "big: expected",
		"big: {input: 1, output: 1}\nbig: {}": "big",
		"big: {input: 1, output: 1, tiers: [{above: 5, input: 1, output: 1}, {above: 5, input: 1, output: 1}]}": "two tiers begin above 5",
	} {
		if got, err := loadPrices(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, %v, want %q", text, got, err, want)
		}
	}
	if _, err := LoadPrices(filepath.Join(t.TempDir(), "x"), nil); err == nil {
		t.Error("a missing file was read")
	}
}

func TestNamesOf(t *testing.T) {
	t.Parallel()
	model := func(name string) bench.Model {
		return bench.Model{Name: name, Model: "maker/" + name, Price: bench.Price{ID: "id"}}
	}
	got := NamesOf([]bench.Configuration{
		{Main: model("a"), Sidekick: &bench.Sidekick{Model: model("b")}},
		{Main: model("a"), Advisor: &bench.Advisor{Model: model("c")},
			Command: &bench.Command{Models: []bench.Model{model("d")}}},
	})
	want := strings.Fields("a b c d id maker/a maker/b maker/c maker/d")
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
