package ledger_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"example.com/ledger/book"
	"example.com/ledger/money"
)

func amount(t *testing.T, s string) money.Amount {
	t.Helper()
	a, err := money.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func transfer(t *testing.T, from, to, sum string) book.Transaction {
	t.Helper()
	a := amount(t, sum)
	return book.Transaction{
		Date: time.Date(2026, 3, 14, 0, 0, 0, 0, time.UTC), Text: from + " to " + to,
		Entries: []book.Entry{{Account: to, Amount: a}, {Account: from, Amount: a.Neg()}},
	}
}

func TestPostMovesMoney(t *testing.T) {
	b := book.New()
	if err := b.Post(transfer(t, "bank", "rent", "850.00 EUR")); err != nil {
		t.Fatal(err)
	}
	if got := b.Balance("rent", "eur").String(); got != "850.00 EUR" {
		t.Errorf("rent holds %s", got)
	}
	if got := b.Balance("bank", "EUR").String(); got != "-850.00 EUR" {
		t.Errorf("bank holds %s", got)
	}
}

func TestPostRefusesUnbalanced(t *testing.T) {
	b := book.New()
	err := b.Post(book.Transaction{Text: "slip", Entries: []book.Entry{
		{Account: "cash", Amount: amount(t, "10.00 EUR")},
		{Account: "sales", Amount: amount(t, "-9.99 EUR")},
	}})
	if !errors.Is(err, book.ErrUnbalanced) {
		t.Errorf("got %v, want ErrUnbalanced", err)
	}
	if len(b.Journal()) != 0 || !b.Balance("cash", "EUR").IsZero() {
		t.Error("an unbalanced transaction left traces")
	}
}

func TestTrialBalance(t *testing.T) {
	b := book.New()
	for _, tr := range []book.Transaction{
		transfer(t, "bank", "rent", "850.00 EUR"), transfer(t, "bank", "food", "12.30 EUR"),
	} {
		if err := b.Post(tr); err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	if err := b.WriteTrialBalance(&out); err != nil {
		t.Fatal(err)
	}
	want := "  bank  -862.30  EUR\n  food    12.30  EUR\n  rent   850.00  EUR\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}
