package bench

import (
	"encoding/json"
	"fmt"
	"math"
)

// USD is an amount of money in nano-dollars (10^-9 USD). Sums are exact; only
// the cost of a single call is rounded, once.
type USD int64

// Dollars converts a number of dollars, rounding to the nearest nano-dollar.
func Dollars(d float64) USD { return USD(math.Round(d * 1e9)) }

// Float returns the amount in dollars, for display and for JSON.
func (u USD) Float() float64 { return float64(u) / 1e9 }

// String prints dollars with as many decimals as small amounts need.
func (u USD) String() string {
	if d := math.Abs(u.Float()); d != 0 && d < 0.1 {
		return fmt.Sprintf("$%.4f", u.Float())
	}
	return fmt.Sprintf("$%.2f", u.Float())
}

// MarshalJSON writes dollars as a decimal number.
func (u USD) MarshalJSON() ([]byte, error) { return json.Marshal(u.Float()) }

// UnmarshalJSON reads what MarshalJSON writes, without loss below $2,000,000.
func (u *USD) UnmarshalJSON(b []byte) error {
	var f float64
	if err := json.Unmarshal(b, &f); err != nil {
		return err
	}
	*u = Dollars(f)
	return nil
}

// Usage is what one or more calls consumed, in tokens, in raw classes. Input
// includes CachedInput (read from the provider's cache) and CacheWrite
// (written to it); Output includes Reasoning.
type Usage struct {
	Input       int64 `json:"input"`
	CachedInput int64 `json:"cached_input"`
	CacheWrite  int64 `json:"cache_write"`
	Output      int64 `json:"output"`
	Reasoning   int64 `json:"reasoning"`
}

// Add returns the sum of u and v, class by class.
func (u Usage) Add(v Usage) Usage {
	return Usage{
		Input: u.Input + v.Input, CachedInput: u.CachedInput + v.CachedInput,
		CacheWrite: u.CacheWrite + v.CacheWrite,
		Output:     u.Output + v.Output, Reasoning: u.Reasoning + v.Reasoning,
	}
}

// Attempt is what one attempt at a model call reported.
type Attempt struct {
	Usage        Usage `json:"usage"`
	ReportedCost *USD  `json:"reported_cost,omitempty"` // as the provider says
}

// CostOf prices attempts one by one and adds the dollars: the tier of a price
// is chosen by the input of one request, not by a sum.
func CostOf(attempts []Attempt, p Price) USD {
	var sum USD
	for _, a := range attempts {
		sum += a.Usage.Cost(p)
	}
	return sum
}

// Tokens is input plus output.
func (u Usage) Tokens() int64 { return u.Input + u.Output }

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

// Rates are the prices of the four billed token classes.
type Rates struct {
	Input       Rate `json:"input"`
	CachedInput Rate `json:"cached_input"`
	CacheWrite  Rate `json:"cache_write"`
	Output      Rate `json:"output"`
}

// Price is what a model costs. ID names where it came from, so that a stored
// call can be re-priced; it is stored with every call.
type Price struct {
	ID string `json:"id"`
	Rates
	// Tiers replace the rates for a whole call whose input exceeds Above
	// tokens; the highest tier that applies wins. Sorted by Above.
	Tiers []Tier `json:"tiers,omitempty"`
}

// Tier is a set of rates for calls with long prompts.
type Tier struct {
	Above int64 `json:"above"`
	Rates
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
// rounded half up to the nano-dollar. Reasoning tokens are part of output.
func (u Usage) Cost(p Price) USD {
	r := p.For(u.Input)
	pico := (u.Input-u.CachedInput-u.CacheWrite)*int64(r.Input) +
		u.CachedInput*int64(r.CachedInput) +
		u.CacheWrite*int64(r.CacheWrite) +
		u.Output*int64(r.Output)
	return USD((pico + 500) / 1000)
}
