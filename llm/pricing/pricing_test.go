package pricing

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"bench"
)

func TestTableIsSound(t *testing.T) {
	t.Parallel()
	version, err := time.Parse("prices-2006-01-02", ID())
	if err != nil {
		t.Fatal(err)
	}
	for model, e := range table().Models {
		price := e.price(ID(), model)
		if u, err := url.Parse(e.Source); err != nil || u.Scheme != "https" {
			t.Errorf("%s: source %q", model, e.Source)
		}
		layout := time.DateOnly[:min(len(time.DateOnly), len(e.Date))] // some sources name a month
		if d, err := time.Parse(layout, e.Date); err != nil || d.After(version) || len(e.Date) < 7 {
			t.Errorf("%s: date %q", model, e.Date)
		}
		if price.ID != ID()+"/"+model || model != strings.ToLower(model) {
			t.Errorf("%s: id %s", model, price.ID)
		}
		above := int64(0)
		for _, tier := range append([]bench.Tier{{Above: 0, Rates: price.Rates}}, price.Tiers...) {
			if tier.Above < above {
				t.Errorf("%s: tiers out of order", model)
			}
			above = tier.Above + 1
			checkRates(t, model, tier.Rates)
		}
		if got, ok := Lookup(model); !ok || got.ID != price.ID {
			t.Errorf("%s is not found under its own name", model)
		}
	}
}

func checkRates(t *testing.T, model string, r bench.Rates) {
	t.Helper()
	if r.Input <= 0 || r.CachedInput <= 0 || r.CachedInput > r.Input || r.CacheWrite < r.Input ||
		r.CacheWrite > 2*r.Input || r.Output <= r.Input {
		t.Errorf("%s: odd rates %+v", model, r)
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	for model, want := range map[string]string{
		"claude-opus-5-5":                      "claude-opus-5-5",
		"anthropic/claude-opus-5.5":            "claude-opus-5-5",
		"openrouter/anthropic/claude-opus-5.5": "claude-opus-5-5",
		"Anthropic/Claude-Opus-5":              "claude-opus-5",
		"claude-haiku-4-5-20251001":            "claude-haiku-4-5",
		"gpt-6.1-sol-2026-09-29":               "gpt-6.1-sol",
		"openai/gpt-6-luna":                    "gpt-6-luna",
		"z-ai/glm-5.2":                         "glm-5.2",
		"zai/glm-5.2":                          "glm-5.2",
		"deepinfra/glm-5.2":                    "",
		"z-ai/glm-5.2:free":                    "",
		"anthropic/glm-5.2":                    "",
		"gpt-6":                                "",
		"gpt-6-sol-mini":                       "",
		"claude-opus-5-5-latest":               "",
		"":                                     "",
		"/":                                    "",
	} {
		p, ok := Lookup(model)
		if ok != (want != "") || ok && p.ID != ID()+"/"+want {
			t.Errorf("%s: %q, %v; want %q", model, p.ID, ok, want)
		}
	}
}

// What known calls cost, worked out by hand.
func TestGoldenCosts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		model string
		usage bench.Usage
		want  string
	}{
		// 10,000·4 + 80,000·0.2 + 10,000·5 + 1,000·20 = 126,000 micro-dollars
		{"claude-opus-5-5", bench.Usage{Input: 100_000, CachedInput: 80_000, CacheWrite: 10_000,
			Output: 1000}, "126000000"},
		// at the threshold: 100,000·0.1 + 10·0.5
		{"claude-haiku-5-5", bench.Usage{Input: 100_000, Output: 10}, "10005000"},
		// one above, the whole call is dearer: 100,001·0.5 + 10·2.5
		{"claude-haiku-5-5", bench.Usage{Input: 100_001, Output: 10}, "50025500"},
		// no price for writing: as input. 1,000·1.4 + 500·0.26 + 500·1.4 … = 630 + 4.4
		{"glm-5.2", bench.Usage{Input: 1000, CachedInput: 500, CacheWrite: 300, Output: 1}, "834400"},
	} {
		p, ok := Lookup(c.model)
		if got := fmt.Sprint(int64(c.usage.Cost(p))); !ok || got != c.want {
			t.Errorf("%s %+v: %s nano-dollars, want %s", c.model, c.usage, got, c.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"", `{"models":{"m":{"input":1}}}`, `{"models":{"m":{"output":1}}}`,
		`{"models":{"m":{"input":1,"output":1,"outptu":2}}}`,
		`{"models":{"m":{"input":1,"output":1,"tiers":[{"above":1}]}}}`,
		`{"models":{"m":{"input":1,"output":1,"tiers":[{"input":1,"output":1}]}}}`,
	} {
		if _, err := parse([]byte(bad)); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}
