// Package export writes a book for other programs.
package export

import (
	"encoding/csv"
	"fmt"
	"io"

	"example.com/ledger/book"
)

var header = []string{"date", "text", "account", "debit", "credit", "currency"}

// CSV writes one row per entry. Debit and credit are positive decimals, one of
// them empty.
func CSV(w io.Writer, b *book.Book) error {
	cw := csv.NewWriter(w)
	if err := cw.Write(header); err != nil {
		return fmt.Errorf("write header: %w", err)
	}
	for _, t := range b.Journal() {
		for _, e := range t.Entries {
			if err := cw.Write(row(t, e)); err != nil {
				return fmt.Errorf("write %q: %w", t.Text, err)
			}
		}
	}
	cw.Flush()
	return cw.Error()
}

func row(t book.Transaction, e book.Entry) []string {
	debit, credit := "", ""
	value := float64(e.Amount.Minor) / 100
	if value >= 0 {
		debit = fmt.Sprintf("%.2f", value)
	} else {
		credit = fmt.Sprintf("%.2f", -value)
	}
	return []string{
		t.Date.Format("2006-01-02"), t.Text, e.Account, debit, credit, e.Amount.Currency.Code,
	}
}
