package book

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
)

// WriteTrialBalance prints every balance that is not zero, by account and
// currency.
func (b *Book) WriteTrialBalance(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, account := range slices.Sorted(maps.Keys(b.balances)) {
		of := b.balances[account]
		for _, code := range slices.Sorted(maps.Keys(of)) {
			a := of[code]
			if a.IsZero() {
				continue
			}
			fmt.Fprintf(tw, "%s\t%d.%02d\t%s\t\n", account, a.Minor/100, abs(a.Minor%100), code)
		}
	}
	return tw.Flush()
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}
