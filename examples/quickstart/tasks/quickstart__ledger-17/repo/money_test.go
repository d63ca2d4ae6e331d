package ledger_test

import (
	"errors"
	"testing"

	"example.com/ledger/money"
)

func TestParseRoundTrip(t *testing.T) {
	for _, s := range []string{"0.00 EUR", "12.34 USD", "-0.05 CHF", "1000000.10 GBP"} {
		a, err := money.Parse(s)
		if err != nil {
			t.Errorf("Parse(%q): %v", s, err)
			continue
		}
		if a.String() != s {
			t.Errorf("Parse(%q).String() = %q", s, a)
		}
	}
}

func TestParseFillsDecimals(t *testing.T) {
	a, err := money.Parse("7.5 eur")
	if err != nil || a.Minor != 750 {
		t.Errorf("got %d, %v, want 750", a.Minor, err)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, s := range []string{"", "12.34", "12.345 EUR", "1x EUR", "--1 EUR", ".5 EUR", "1 XXX"} {
		if a, err := money.Parse(s); err == nil {
			t.Errorf("Parse(%q) = %v, want an error", s, a)
		}
	}
}

func TestAddRefusesMixedCurrencies(t *testing.T) {
	eur, _ := money.Of(100, "EUR")
	usd, _ := money.Of(100, "USD")
	if _, err := eur.Add(usd); !errors.Is(err, money.ErrCurrency) {
		t.Errorf("got %v, want ErrCurrency", err)
	}
}

func TestSplitKeepsTheSum(t *testing.T) {
	for _, minor := range []int64{100, 101, -100, 1, -7} {
		a, _ := money.Of(minor, "EUR")
		parts, err := a.Split(3)
		if err != nil {
			t.Fatal(err)
		}
		var sum int64
		for _, p := range parts {
			sum += p.Minor
		}
		if sum != minor {
			t.Errorf("Split(%d) adds up to %d", minor, sum)
		}
	}
}
