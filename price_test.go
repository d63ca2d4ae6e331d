package bench_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"bench"
)

// offPeak is what DeepSeek's pro model costs
// (https://api-docs.deepseek.com/quick_start/pricing, 2026-10-27): twice as much
// on weekdays from 01:00 to 04:00 and from 06:00 to 10:00 UTC.
func offPeak() bench.Price {
	peak := bench.Rates{
		Input: bench.PerMillion(1.32), CachedInput: bench.PerMillion(0.044),
		CacheWrite: bench.PerMillion(1.32), Output: bench.PerMillion(3.96),
	}
	return bench.Price{
		ID: "off-peak",
		Rates: bench.Rates{
			Input: bench.PerMillion(0.66), CachedInput: bench.PerMillion(0.022),
			CacheWrite: bench.PerMillion(0.66), Output: bench.PerMillion(1.98),
		},
		Hours: []bench.Hours{
			{From: 60, To: 4 * 60, Weekdays: true, Rates: peak},
			{From: 6 * 60, To: 10 * 60, Weekdays: true, Rates: peak},
		},
	}
}

func TestPriceAt(t *testing.T) {
	t.Parallel()
	p := offPeak()
	u := bench.Usage{Input: 1_000_000, Output: 1_000_000}
	for at, want := range map[string]float64{
		"2026-11-27T00:59:59Z":      2.64,
		"2026-11-27T01:00:00Z":      5.28, // a Friday
		"2026-11-27T03:59:59Z":      5.28,
		"2026-11-27T04:00:00Z":      2.64,
		"2026-11-27T06:00:00Z":      5.28,
		"2026-11-27T10:00:00Z":      2.64,
		"2026-11-28T02:00:00Z":      2.64, // a Saturday
		"2026-11-27T09:30:00+08:00": 5.28, // half past one in UTC
	} {
		when, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		got := bench.CostOf([]bench.Attempt{{Usage: u, Start: when}}, p)
		if got != bench.Dollars(want) {
			t.Errorf("%s: %s, want $%g", at, got, want)
		}
	}
	if got := u.Cost(p.At(time.Time{})); got != bench.Dollars(2.64) {
		t.Errorf("at no time: %s", got)
	}
	if got := u.Cost(p.Dearest()); got != bench.Dollars(5.28) {
		t.Errorf("at the dearest: %s", got)
	}
}

func TestHoursOverMidnight(t *testing.T) {
	t.Parallel()
	p := bench.Price{Hours: []bench.Hours{{From: 22 * 60, To: 60, Rates: bench.Rates{Input: 1}}}}
	for hour, want := range map[int]bench.Rate{21: 0, 22: 1, 23: 1, 0: 1, 1: 0, 12: 0} {
		if got := p.At(time.Date(2026, 11, 27, hour, 0, 0, 0, time.UTC)).Input; got != want {
			t.Errorf("%d h: rate %d, want %d", hour, got, want)
		}
	}
}

// Writes for an hour cost twice the input, others 1.25 times
// (https://platform.claude.com/docs/en/build-with-claude/prompt-caching).
func TestCostOfWritesForAnHour(t *testing.T) {
	t.Parallel()
	u := bench.Usage{Input: 1_000_000, CacheWrite: 1_000_000, CacheWrite1h: 400_000}
	opus := bench.Rates{Input: bench.PerMillion(5), CacheWrite: bench.PerMillion(6.25)}
	given := opus
	given.CacheWrite1h = bench.PerMillion(9)
	flat := bench.Rates{Input: bench.PerMillion(5), CacheWrite: bench.PerMillion(5)}
	for name, c := range map[string]struct {
		rates bench.Rates
		want  float64
	}{
		"by Anthropic's relation": {opus, 0.6*6.25 + 0.4*10},
		"as given":                {given, 0.6*6.25 + 0.4*9},
		"where writes are input":  {flat, 5},
	} {
		if got := u.Cost(bench.Price{Rates: c.rates}); got != bench.Dollars(c.want) {
			t.Errorf("%s: %s, want $%g", name, got, c.want)
		}
	}
}

func TestPriceIsKept(t *testing.T) {
	t.Parallel()
	p := offPeak()
	p.CacheWrite1h = bench.PerMillion(1)
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var back bench.Price
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back, p) {
		t.Errorf("%s became %+v, %v", text, back, err)
	}
	for _, bad := range []string{`"25:00"`, `"noon"`, `""`} {
		var h bench.Hours
		if json.Unmarshal([]byte(`{"from":`+bad+`}`), &h) == nil {
			t.Errorf("%s is no time of the day", bad)
		}
	}
}

func TestSpending(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cost, unreported bench.USD
		want             string
	}{
		{0, 0, "$0.00"}, {bench.Dollars(1.2), 0, "$1.20"},
		{bench.Dollars(1.2), 1, "≥$1.20"}, {0, 1, "?"},
	} {
		if got := bench.Spending(c.cost, c.unreported); got != c.want {
			t.Errorf("%d and %d unreported: %s, want %s", c.cost, c.unreported, got, c.want)
		}
	}
}
