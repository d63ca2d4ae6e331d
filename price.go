package bench

import (
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// Rate is a price per token in pico-dollars (10^-12 USD), which is the same
// number as micro-dollars per million tokens.
type Rate int64

// PerMillion converts a price in USD per million tokens.
func PerMillion(usd float64) Rate { return Rate(math.Round(usd * 1e6)) }

// USDPerMillion returns the rate as USD per million tokens.
func (r Rate) USDPerMillion() float64 { return float64(r) / 1e6 }

// MarshalJSON writes USD per million tokens.
func (r Rate) MarshalJSON() ([]byte, error) { return json.Marshal(r.USDPerMillion()) }

// UnmarshalJSON reads USD per million tokens.
func (r *Rate) UnmarshalJSON(b []byte) error {
	var f float64
	if err := json.Unmarshal(b, &f); err != nil {
		return err
	}
	*r = PerMillion(f)
	return nil
}

// Rates are the prices of the billed token classes.
type Rates struct {
	Input        Rate `json:"input"`
	CachedInput  Rate `json:"cached_input"`
	CacheWrite   Rate `json:"cache_write"`
	CacheWrite1h Rate `json:"cache_write_1h,omitempty"` // 0: see Write1h
	Output       Rate `json:"output"`
}

// Write1h is the rate of tokens written to a cache for an hour. Where it is not
// given it keeps the relation that Anthropic's has to that of other writes: 2 to
// 1.25 times the input rate (https://platform.claude.com/docs/en/build-with-claude/prompt-caching);
// where writes cost no more than input, neither do these.
func (r Rates) Write1h() Rate {
	switch {
	case r.CacheWrite1h > 0:
		return r.CacheWrite1h
	case r.CacheWrite > r.Input:
		return r.CacheWrite * 8 / 5
	}
	return r.CacheWrite
}

// Price is what a model costs. ID names where it came from, so that a stored
// call can be re-priced; it is stored with every call.
type Price struct {
	ID string `json:"id"`
	Rates
	// Tiers replace the rates for a whole call whose input exceeds Above
	// tokens; the highest tier that applies wins. Sorted by Above.
	Tiers []Tier `json:"tiers,omitempty"`
	// Hours replace the rates for calls that are sent at some times of the day.
	Hours []Hours `json:"hours,omitempty"`
}

// Tier is a set of rates for calls with long prompts.
type Tier struct {
	Above int64 `json:"above"`
	Rates
}

// Hours is a set of rates for a part of the day.
type Hours struct {
	From     TimeOfDay `json:"from"`
	To       TimeOfDay `json:"to"`                 // exclusive; before From if it goes over midnight
	Weekdays bool      `json:"weekdays,omitempty"` // Monday to Friday in UTC alone
	Rates
}

// TimeOfDay is a time in UTC, in minutes since midnight.
type TimeOfDay int

// String writes 16:30.
func (t TimeOfDay) String() string { return fmt.Sprintf("%02d:%02d", t/60, t%60) }

// MarshalText writes what String does.
func (t TimeOfDay) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads 16:30.
func (t *TimeOfDay) UnmarshalText(b []byte) error {
	clock, err := time.Parse("15:04", string(b))
	if err != nil {
		return fmt.Errorf("time of day %q: want one like 16:30, in UTC", b)
	}
	*t = TimeOfDay(60*clock.Hour() + clock.Minute())
	return nil
}

// holds reports whether a time in UTC is among the hours.
func (h Hours) holds(at time.Time) bool {
	if day := at.Weekday(); h.Weekdays && (day == time.Saturday || day == time.Sunday) {
		return false
	}
	t := TimeOfDay(60*at.Hour() + at.Minute())
	if h.From <= h.To {
		return h.From <= t && t < h.To
	}
	return t >= h.From || t < h.To
}

// At is the price of calls sent at a time. A zero time is outside of all hours.
func (p Price) At(t time.Time) Price {
	if len(p.Hours) == 0 {
		return p
	}
	hours := p.Hours
	p.Hours = nil
	if t.IsZero() {
		return p
	}
	for _, h := range hours {
		if h.holds(t.UTC()) {
			p.Rates, p.Tiers = h.Rates, nil
		}
	}
	return p
}

// Dearest is the price with the highest rates it has at any time of the day:
// what a call must be able to pay whose time is not known.
func (p Price) Dearest() Price {
	dear := p
	dear.Hours = nil
	for _, h := range p.Hours {
		if h.Output > dear.Output {
			dear.Rates, dear.Tiers = h.Rates, nil
		}
	}
	return dear
}

// For returns the rates of a call with the given number of input tokens.
func (p Price) For(input int64) Rates {
	r := p.Rates
	for _, t := range p.Tiers {
		if input > t.Above {
			r = t.Rates
		}
	}
	return r
}

// Cost is the price of one call, and the only place where tokens become
// dollars:
//
//	(input - cached - written)·p_input + cached·p_cached + written·p_write + output·p_output
//
// rounded half up to the nano-dollar, where tokens written for an hour have a
// rate of their own. Reasoning tokens are part of output. Prices with hours are
// those of a time first: see Price.At.
func (u Usage) Cost(p Price) USD {
	r := p.For(u.Input)
	pico := (u.Input-u.CachedInput-u.CacheWrite)*int64(r.Input) +
		u.CachedInput*int64(r.CachedInput) +
		(u.CacheWrite-u.CacheWrite1h)*int64(r.CacheWrite) +
		u.CacheWrite1h*int64(r.Write1h()) +
		u.Output*int64(r.Output)
	return USD((pico + 500) / 1000)
}
