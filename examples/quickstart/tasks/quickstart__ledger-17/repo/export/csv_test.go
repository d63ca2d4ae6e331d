package export

import (
	"strings"
	"testing"
	"time"

	"example.com/ledger/book"
	"example.com/ledger/money"
)

func export(t *testing.T, text, sum string) string {
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
	if err := CSV(&out, b); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestCSV(t *testing.T) {
	want := "date,text,account,debit,credit,currency\n" +
		"2026-03-14,\"paper, ink\",stock,19.90,,EUR\n" +
		"2026-03-14,\"paper, ink\",bank,,19.90,EUR\n"
	if got := export(t, "paper, ink", "19.90 EUR"); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
