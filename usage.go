package bench

import (
	"encoding/json"
	"fmt"
	"math"
	"time"
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

// Spending writes what something cost where a part of it was not reported and is
// only estimated: ≥ marks a lower bound, ? what is not known at all.
func Spending(cost, unreported USD) string {
	switch {
	case unreported == 0:
		return cost.String()
	case cost == 0:
		return "?"
	}
	return "≥" + cost.String()
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
// (written to it); CacheWrite includes CacheWrite1h (kept for an hour instead
// of minutes); Output includes Reasoning.
type Usage struct {
	Input        int64 `json:"input"`
	CachedInput  int64 `json:"cached_input"`
	CacheWrite   int64 `json:"cache_write"`
	CacheWrite1h int64 `json:"cache_write_1h,omitempty"`
	Output       int64 `json:"output"`
	Reasoning    int64 `json:"reasoning"`
}

// Add returns the sum of u and v, class by class.
func (u Usage) Add(v Usage) Usage {
	return Usage{
		Input: u.Input + v.Input, CachedInput: u.CachedInput + v.CachedInput,
		CacheWrite: u.CacheWrite + v.CacheWrite, CacheWrite1h: u.CacheWrite1h + v.CacheWrite1h,
		Output: u.Output + v.Output, Reasoning: u.Reasoning + v.Reasoning,
	}
}

// Attempt is what one attempt at a model call used.
type Attempt struct {
	Usage        Usage     `json:"usage"`
	ReportedCost *USD      `json:"reported_cost,omitempty"` // as the provider says
	Start        time.Time `json:"start,omitzero"`          // when it was sent
}

// CostOf prices attempts one by one and adds the dollars: rates are chosen by
// the input of one request and by the time it was sent, not by sums.
func CostOf(attempts []Attempt, p Price) USD {
	var sum USD
	for _, a := range attempts {
		sum += a.Usage.Cost(p.At(a.Start))
	}
	return sum
}

// Billed are the attempts of a call that reported something: those given, or
// the only one if it did.
func Billed(attempts []Attempt, only Attempt) []Attempt {
	if len(attempts) > 0 || only.Usage == (Usage{}) && only.ReportedCost == nil {
		return attempts
	}
	return []Attempt{only}
}

// Tokens is input plus output.
func (u Usage) Tokens() int64 { return u.Input + u.Output }

// UsageForm says how a server counts the tokens that it read from and wrote to
// its cache.
type UsageForm string

// The forms. Auto takes cached tokens for a part of the prompt's, as OpenAI
// counts them, until an answer shows that they are counted apart.
const (
	UsageAuto      UsageForm = "auto"
	UsageInclusive UsageForm = "inclusive" // part of the prompt's tokens
	UsageExclusive UsageForm = "exclusive" // beside them, as Anthropic counts
)

// Choices returns the forms of usage.
func (UsageForm) Choices() []string {
	return []string{string(UsageAuto), string(UsageInclusive), string(UsageExclusive)}
}
