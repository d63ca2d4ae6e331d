package bench_test

import (
	"encoding/json"
	"math/big"
	"math/rand/v2"
	"testing"

	"bench"
)

// sonnet is a price with every class different, and a tier for long prompts.
var sonnet = bench.Price{
	ID: "p",
	Rates: bench.Rates{
		Input: bench.PerMillion(3), CachedInput: bench.PerMillion(0.3),
		CacheWrite: bench.PerMillion(3.75), Output: bench.PerMillion(15),
	},
	Tiers: []bench.Tier{{Above: 200_000, Rates: bench.Rates{
		Input: bench.PerMillion(6), CachedInput: bench.PerMillion(0.6),
		CacheWrite: bench.PerMillion(7.5), Output: bench.PerMillion(22.5),
	}}},
}

func TestCost(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		usage bench.Usage
		want  bench.USD
	}{
		"nothing":             {bench.Usage{}, 0},
		"a token":             {bench.Usage{Input: 1}, 3000},
		"output":              {bench.Usage{Output: 1000}, 15_000_000},
		"reasoning is output": {bench.Usage{Output: 1000, Reasoning: 900}, 15_000_000},
		"cached":              {bench.Usage{Input: 1000, CachedInput: 900}, 300_000 + 270_000},
		"written":             {bench.Usage{Input: 1000, CacheWrite: 1000}, 3_750_000},
		"all": {
			bench.Usage{Input: 100_000, CachedInput: 60_000, CacheWrite: 30_000, Output: 2_000},
			30_000_000 + 18_000_000 + 112_500_000 + 30_000_000,
		},
		"at the tier":    {bench.Usage{Input: 200_000}, 600_000_000},
		"above the tier": {bench.Usage{Input: 200_001, Output: 10}, 1_200_006_000 + 225_000},
	} {
		if got := c.usage.Cost(sonnet); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// TestCostRounds: half a nano-dollar is rounded up, once per call.
func TestCostRounds(t *testing.T) {
	t.Parallel()
	p := bench.Price{Rates: bench.Rates{Input: 1}} // a pico-dollar per token
	for tokens, want := range map[int64]bench.USD{0: 0, 499: 0, 500: 1, 1499: 1, 1500: 2} {
		if got := (bench.Usage{Input: tokens}).Cost(p); got != want {
			t.Errorf("%d tokens: %d, want %d", tokens, got, want)
		}
	}
}

// TestCostIsExact compares with rational arithmetic.
func TestCostIsExact(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		u := bench.Usage{Input: r.Int64N(2_000_000), Output: r.Int64N(200_000)}
		u.CachedInput = r.Int64N(u.Input + 1)
		u.CacheWrite = r.Int64N(u.Input - u.CachedInput + 1)
		rates := sonnet.For(u.Input)
		sum := new(big.Rat)
		for _, c := range [][2]int64{
			{u.Input - u.CachedInput - u.CacheWrite, int64(rates.Input)},
			{u.CachedInput, int64(rates.CachedInput)},
			{u.CacheWrite, int64(rates.CacheWrite)},
			{u.Output, int64(rates.Output)},
		} {
			sum.Add(sum, new(big.Rat).Mul(big.NewRat(c[0], 1), big.NewRat(c[1], 1000)))
		}
		diff := sum.Sub(sum, big.NewRat(int64(u.Cost(sonnet)), 1))
		if diff.Abs(diff).Cmp(big.NewRat(1, 2)) > 0 {
			t.Errorf("%+v is off by %s nano-dollars", u, diff)
		}
	}
}

func TestTiers(t *testing.T) {
	t.Parallel()
	p := bench.Price{
		Rates: bench.Rates{Input: 1},
		Tiers: []bench.Tier{
			{Above: 10, Rates: bench.Rates{Input: 2}}, {Above: 20, Rates: bench.Rates{Input: 3}},
		},
	}
	for input, want := range map[int64]bench.Rate{0: 1, 10: 1, 11: 2, 20: 2, 21: 3, 1 << 40: 3} {
		if got := p.For(input).Input; got != want {
			t.Errorf("%d tokens at %d, want %d", input, got, want)
		}
	}
}

func TestUsageAdds(t *testing.T) {
	t.Parallel()
	a := bench.Usage{Input: 1, CachedInput: 2, CacheWrite: 3, Output: 4, Reasoning: 5}
	b := bench.Usage{Input: 10, CachedInput: 20, CacheWrite: 30, Output: 40, Reasoning: 50}
	want := bench.Usage{Input: 11, CachedInput: 22, CacheWrite: 33, Output: 44, Reasoning: 55}
	if got := a.Add(b); got != want {
		t.Errorf("%+v", got)
	}
	if got := want.Tokens(); got != 55 {
		t.Errorf("%d tokens", got)
	}
}

func TestUSDText(t *testing.T) {
	t.Parallel()
	for usd, want := range map[bench.USD]string{
		0:                    "$0.00",
		bench.Dollars(12.5):  "$12.50",
		bench.Dollars(0.1):   "$0.10",
		bench.Dollars(0.012): "$0.0120",
		bench.Dollars(-0.05): "$-0.0500",
	} {
		if got := usd.String(); got != want {
			t.Errorf("%d is %s, want %s", usd, got, want)
		}
	}
}

func TestMoneySurvivesJSON(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	check := func(u bench.USD, rate bench.Rate) {
		b, err := json.Marshal(struct {
			U bench.USD
			R bench.Rate
		}{u, rate})
		if err != nil {
			t.Fatal(err)
		}
		var back struct {
			U bench.USD
			R bench.Rate
		}
		if err := json.Unmarshal(b, &back); err != nil || back.U != u || back.R != rate {
			t.Errorf("%d, %d became %d, %d by way of %s: %v", u, rate, back.U, back.R, b, err)
		}
	}
	check(0, 0)
	check(-1, 1)
	check(1_999_999_999_999_999, bench.PerMillion(75))
	for range 2000 {
		check(bench.USD(r.Int64N(2_000_000_000_000_000)), bench.Rate(r.Int64N(1_000_000_000)))
	}
	if b, _ := json.Marshal(sonnet); string(b) != `{"id":"p","input":3,"cached_input":0.3,`+
		`"cache_write":3.75,"output":15,"tiers":[{"above":200000,"input":6,"cached_input":0.6,`+
		`"cache_write":7.5,"output":22.5}]}` {
		t.Errorf("price as JSON: %s", b)
	}
	for _, bad := range []string{`"3"`, `{}`, `[1]`} {
		if json.Unmarshal([]byte(bad), new(bench.USD)) == nil || json.Unmarshal([]byte(bad), new(bench.Rate)) == nil {
			t.Errorf("%s was read as money", bad)
		}
	}
}
