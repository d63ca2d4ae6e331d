package config

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"bench"
	"bench/internal/strictyaml"
)

// Price is a price given in the file, or auto until Load has looked it up.
type Price struct {
	Auto bool
	Prices
}

// DecodeNode reads auto or a mapping of prices.
func (p *Price) DecodeNode(d *strictyaml.Decoder, n *strictyaml.Node, at strictyaml.Path) {
	if n.Kind == strictyaml.Mapping {
		d.Into(n, &p.Prices, at)
		p.complete()
		return
	}
	if n.Kind == strictyaml.Scalar && n.Text == "auto" {
		p.Auto = true
		return
	}
	d.Expected(n, at, "auto or {input: …, output: …} in USD per million tokens")
}

// complete fills in the rates that default to others, and the id.
func (p *Price) complete() {
	if p.Input == nil || p.Output == nil {
		return
	}
	p.Rates.complete(nil)
	for i := range p.Tiers {
		p.Tiers[i].Rates.complete(&p.Rates)
	}
	for i := range p.Hours {
		p.Hours[i].Rates.complete(&p.Rates)
	}
	slices.SortStableFunc(p.Tiers, func(a, b Tier) int { return int(a.Above - b.Above) })
	if p.ID == "" {
		rates, err := json.Marshal(p.Prices)
		if err != nil { // numbers and structs of numbers always encode
			panic("encode prices: " + err.Error())
		}
		sum := sha256.Sum256(rates)
		p.ID = "config:" + hex.EncodeToString(sum[:6])
	}
}

// complete fills in the rates that are not given; that of writes for an hour is
// bench.Rates.Write1h. In a tier or in hours, whose base is not nil, cached input
// and cache writes keep their relation to the input price.
func (r *Rates) complete(base *Rates) {
	if r.Input == nil || r.Output == nil {
		return
	}
	fill := func(rate **float64, of func(*Rates) *float64) {
		if *rate != nil {
			return
		}
		value := *r.Input
		if base != nil && *base.Input > 0 {
			value = *r.Input * *of(base) / *base.Input
		}
		*rate = &value
	}
	fill(&r.CachedInput, func(b *Rates) *float64 { return b.CachedInput })
	fill(&r.CacheWrite, func(b *Rates) *float64 { return b.CacheWrite })
}

// Bench returns the price as the rest of the program uses it.
func (p Price) Bench() bench.Price {
	if p.Auto || p.Input == nil || p.Output == nil {
		return bench.Price{}
	}
	b := bench.Price{ID: p.ID, Rates: p.Rates.bench()}
	for _, t := range p.Tiers {
		b.Tiers = append(b.Tiers, bench.Tier{Above: t.Above, Rates: t.Rates.bench()})
	}
	for _, h := range p.Hours {
		b.Hours = append(b.Hours, bench.Hours{From: bench.TimeOfDay(h.From), To: bench.TimeOfDay(h.To),
			Weekdays: h.Weekdays, Rates: h.Rates.bench()})
	}
	return b
}

func (r Rates) bench() bench.Rates {
	rate := func(f *float64) bench.Rate {
		if f == nil {
			return 0
		}
		return bench.PerMillion(*f)
	}
	return bench.Rates{
		Input: rate(r.Input), CachedInput: rate(r.CachedInput),
		CacheWrite: rate(r.CacheWrite), CacheWrite1h: rate(r.CacheWrite1h), Output: rate(r.Output),
	}
}

// priceOf is the inverse of Bench.
func priceOf(b bench.Price) Price {
	p := Price{Prices: Prices{ID: b.ID, Rates: ratesOf(b.Rates)}}
	for _, t := range b.Tiers {
		p.Tiers = append(p.Tiers, Tier{Above: t.Above, Rates: ratesOf(t.Rates)})
	}
	for _, h := range b.Hours {
		p.Hours = append(p.Hours, Hours{From: TimeOfDay(h.From), To: TimeOfDay(h.To),
			Weekdays: h.Weekdays, Rates: ratesOf(h.Rates)})
	}
	return p
}

func ratesOf(b bench.Rates) Rates {
	usd := func(r bench.Rate) *float64 { f := r.USDPerMillion(); return &f }
	r := Rates{
		Input: usd(b.Input), CachedInput: usd(b.CachedInput),
		CacheWrite: usd(b.CacheWrite), Output: usd(b.Output),
	}
	if b.CacheWrite1h > 0 {
		r.CacheWrite1h = usd(b.CacheWrite1h)
	}
	return r
}

// MarshalJSON writes auto or the prices.
func (p Price) MarshalJSON() ([]byte, error) {
	if p.Auto {
		return json.Marshal("auto")
	}
	return json.Marshal(p.Prices)
}
