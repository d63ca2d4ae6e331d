package ledger_test

import (
	"strings"
	"testing"
	"time"

	"example.com/ledger/book"
	"example.com/ledger/export"
	"example.com/ledger/money"
)

func exported(t *testing.T, text, sum string) string {
	t.Helper()
	a, err := money.Parse(sum)
	if err != nil {
		t.Fatal(err)
	}
	b := book.New()
	err = b.Post(book.Transaction{
		Date: time.Date(2026, 3, 14, 0, 0, 0, 0, time.UTC), Text: text,
		Entries: []book.Entry{
			{Account: "stock", Amount: a}, {Account: "bank", Amount: a.Neg()},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := export.CSV(&out, b); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestCSV(t *testing.T) {
	want := "date,text,account,debit,credit,currency\n" +
		"2026-03-14,\"paper, ink\",stock,19.90,,EUR\n" +
		"2026-03-14,\"paper, ink\",bank,,19.90,EUR\n"
	if got := exported(t, "paper, ink", "19.90 EUR"); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
