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
	for model, raw := range table().Models {
		e := raw.at(ID(), model, version)
		price := e.Price
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
		for _, h := range price.Hours {
			checkRates(t, model, h.Rates)
		}
		if got, ok := Find(model, version); !ok || got.Price.ID != price.ID {
			t.Errorf("%s is not found under its own name", model)
		}
		for _, date := range append([]string{e.ValidFrom, e.Until}, starts(raw)...) {
			if _, err := time.Parse(time.DateOnly, date); date != "" && err != nil {
				t.Errorf("%s: %v", model, err)
			}
		}
		if e.ContextWindow > 0 && e.MaxOutput > e.ContextWindow {
			t.Errorf("%s: window %d, output %d", model, e.ContextWindow, e.MaxOutput)
		}
	}
}

func starts(e entry) (dates []string) {
	for _, c := range e.Then {
		dates = append(dates, c.From, c.Until)
	}
	return dates
}

// Gemini's Flash models cost half until the end of 2026
// (https://github.com/BerriAI/litellm/discussions/39357).
func TestPricesThatChange(t *testing.T) {
	t.Parallel()
	for day, want := range map[string]float64{"2026-12-31": 0.75, "2027-01-01": 1.5, "2028-05-01": 1.5} {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		e, ok := Find("google/gemini-3.8-flash", at)
		if got := e.Price.Input; !ok || got != bench.PerMillion(want) || e.Expired(at) {
			t.Errorf("%s: %v, expired %v, want %g", day, got.USDPerMillion(), e.Expired(at), want)
		}
		later := strings.HasSuffix(e.Price.ID, "/gemini-3.8-flash@2027-01-01")
		if later != (want == 1.5) { // another price has another id
			t.Errorf("%s: id %s", day, e.Price.ID)
		}
	}
	ended := Entry{Until: "2026-11-21"}
	for day, want := range map[string]bool{"2026-11-21": false, "2026-11-22": true} {
		at, _ := time.Parse(time.DateOnly, day)
		if ended.Expired(at) != want || (Entry{}).Expired(at) {
			t.Errorf("%s: expired %v", day, !want)
		}
	}
}

// DeepSeek costs twice as much in hours of its own
// (https://api-docs.deepseek.com/quick_start/pricing).
func TestPricesByTheHour(t *testing.T) {
	t.Parallel()
	p, ok := Lookup("deepseek/deepseek-v4-pro")
	for hour, want := range map[int]float64{0: 0.66, 1: 1.32, 4: 0.66, 6: 1.32, 9: 1.32, 10: 0.66} {
		at := time.Date(2026, 11, 27, hour, 30, 0, 0, time.UTC)
		if got := p.At(at).Input; !ok || got != bench.PerMillion(want) {
			t.Errorf("%d:30: %v, want %g", hour, got.USDPerMillion(), want)
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
		`{"models":{"m":{"input":1,"output":1,"hours":[{"from":"1:00","to":"2:00","input":1}]}}}`,
		`{"models":{"m":{"input":1,"output":1,"hours":[{"from":"25:00","to":"2:00","input":1,"output":1}]}}}`,
		`{"models":{"m":{"input":1,"output":1,"until":"2027-01-01","then":[{"from":"2026-01-01","input":1,"output":1}]}}}`,
		`{"models":{"m":{"input":1,"output":1,"then":[{"from":"2026-01-01","input":1}]}}}`,
	} {
		if _, err := parse([]byte(bad)); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}
