// Package book keeps accounts by double entry: every transaction adds up to
// zero in each currency.
package book

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"example.com/ledger/money"
)

// ErrUnbalanced reports a transaction whose entries do not add up to zero.
var ErrUnbalanced = errors.New("transaction does not balance")

// Entry is one line of a transaction: positive debits, negative credits.
type Entry struct {
	Account string
	Amount  money.Amount
}

// Transaction is a set of entries booked together.
type Transaction struct {
	Date    time.Time
	Text    string
	Entries []Entry
}

// Book is an append-only journal with running balances.
type Book struct {
	journal  []Transaction
	balances map[string]map[string]money.Amount // account, currency
}

// New returns an empty book.
func New() *Book { return &Book{balances: map[string]map[string]money.Amount{}} }

// Post books a transaction, or nothing at all if it does not balance.
func (b *Book) Post(t Transaction) error {
	if len(t.Entries) < 2 {
		return fmt.Errorf("post %q: %w: fewer than two entries", t.Text, ErrUnbalanced)
	}
	sums := map[string]int64{}
	for _, e := range t.Entries {
		sums[e.Amount.Currency.Code] += e.Amount.Minor
	}
	for _, code := range slices.Sorted(maps.Keys(sums)) {
		if sums[code] != 0 {
			return fmt.Errorf("post %q: %w: %d minor units of %s left over",
				t.Text, ErrUnbalanced, sums[code], code)
		}
	}
	for _, e := range t.Entries {
		b.add(e)
	}
	b.journal = append(b.journal, t)
	return nil
}

func (b *Book) add(e Entry) {
	of := b.balances[e.Account]
	if of == nil {
		of = map[string]money.Amount{}
		b.balances[e.Account] = of
	}
	code := e.Amount.Currency.Code
	of[code] = money.Amount{Minor: of[code].Minor + e.Amount.Minor, Currency: e.Amount.Currency}
}

// Journal returns the transactions in the order they were posted.
func (b *Book) Journal() []Transaction { return slices.Clone(b.journal) }

// Balance is what an account holds of a currency.
func (b *Book) Balance(account, code string) money.Amount {
	return b.balances[account][strings.ToUpper(code)]
}
