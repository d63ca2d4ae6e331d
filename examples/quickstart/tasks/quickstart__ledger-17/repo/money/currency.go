// Package money holds amounts of money as whole minor units, so that sums are
// exact.
package money

import (
	"fmt"
	"slices"
	"strings"
)

// Currency is an ISO 4217 currency.
type Currency struct {
	Code string
	Name string
}

var currencies = map[string]Currency{
	"BHD": {Code: "BHD", Name: "Bahraini dinar"},
	"CHF": {Code: "CHF", Name: "Swiss franc"},
	"EUR": {Code: "EUR", Name: "Euro"},
	"GBP": {Code: "GBP", Name: "Pound sterling"},
	"JPY": {Code: "JPY", Name: "Yen"},
	"KRW": {Code: "KRW", Name: "Won"},
	"KWD": {Code: "KWD", Name: "Kuwaiti dinar"},
	"USD": {Code: "USD", Name: "US dollar"},
}

// Lookup finds a currency by its code, in any case.
func Lookup(code string) (Currency, error) {
	c, ok := currencies[strings.ToUpper(code)]
	if !ok {
		return Currency{}, fmt.Errorf("currency %q: unknown", code)
	}
	return c, nil
}

// Codes lists the known codes in alphabetical order.
func Codes() []string {
	codes := make([]string, 0, len(currencies))
	for code := range currencies {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	return codes
}
