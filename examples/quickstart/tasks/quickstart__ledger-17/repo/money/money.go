package money

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrCurrency reports arithmetic between different currencies.
var ErrCurrency = errors.New("currencies differ")

// Amount is a quantity of one currency in its minor unit. The zero value has
// no currency and can be added to anything.
type Amount struct {
	Minor    int64
	Currency Currency
}

// Of returns an amount of minor units.
func Of(minor int64, code string) (Amount, error) {
	c, err := Lookup(code)
	if err != nil {
		return Amount{}, err
	}
	return Amount{Minor: minor, Currency: c}, nil
}

// Parse reads "1234.56 EUR" or "-0.05 USD". Fewer decimals than the currency
// has are filled up; more are an error, because money is never rounded silently.
func Parse(s string) (Amount, error) {
	number, code, ok := strings.Cut(strings.TrimSpace(s), " ")
	if !ok {
		return Amount{}, fmt.Errorf("amount %q: want a number, a blank and a currency", s)
	}
	c, err := Lookup(strings.TrimSpace(code))
	if err != nil {
		return Amount{}, fmt.Errorf("amount %q: %w", s, err)
	}
	minor, err := parseMinor(number)
	if err != nil {
		return Amount{}, fmt.Errorf("amount %q: %w", s, err)
	}
	return Amount{Minor: minor, Currency: c}, nil
}

func parseMinor(number string) (int64, error) {
	digits, negative := strings.CutPrefix(number, "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	if whole == "" || strings.ContainsAny(whole+fraction, "+-") {
		return 0, errors.New("not a number")
	}
	if len(fraction) > 2 {
		return 0, fmt.Errorf("more than %d decimals", 2)
	}
	fraction += strings.Repeat("0", 2-len(fraction))
	minor, err := strconv.ParseInt(whole+fraction, 10, 64)
	if err != nil {
		return 0, errors.New("not a number")
	}
	if negative {
		minor = -minor
	}
	return minor, nil
}

// Add returns a+b.
func (a Amount) Add(b Amount) (Amount, error) {
	switch {
	case a == Amount{}:
		return b, nil
	case b == Amount{}:
		return a, nil
	case a.Currency != b.Currency:
		return Amount{}, fmt.Errorf("%s and %s: %w", a.Currency.Code, b.Currency.Code, ErrCurrency)
	}
	return Amount{Minor: a.Minor + b.Minor, Currency: a.Currency}, nil
}

// Neg returns -a.
func (a Amount) Neg() Amount { return Amount{Minor: -a.Minor, Currency: a.Currency} }

// IsZero reports whether the amount is nothing, in whatever currency.
func (a Amount) IsZero() bool { return a.Minor == 0 }

// Decimal prints the number without its currency: "-0.05".
func (a Amount) Decimal() string {
	sign, minor := "", a.Minor
	if minor < 0 {
		sign, minor = "-", -minor
	}
	return fmt.Sprintf("%s%d.%02d", sign, minor/100, minor%100)
}

// String prints what Parse reads.
func (a Amount) String() string { return a.Decimal() + " " + a.Currency.Code }

// Split divides the amount into n parts that add up to it; the first parts
// carry the odd minor units.
func (a Amount) Split(n int) ([]Amount, error) {
	if n <= 0 {
		return nil, fmt.Errorf("split %s into %d parts", a, n)
	}
	share, rest := a.Minor/int64(n), a.Minor%int64(n)
	unit := int64(1)
	if rest < 0 {
		unit, rest = -1, -rest
	}
	parts := make([]Amount, n)
	for i := range parts {
		parts[i] = Amount{Minor: share, Currency: a.Currency}
		if int64(i) < rest {
			parts[i].Minor += unit
		}
	}
	return parts, nil
}
