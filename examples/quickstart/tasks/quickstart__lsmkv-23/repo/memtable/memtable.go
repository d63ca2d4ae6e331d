// Package memtable holds the newest writes in order of their keys.
package memtable

import (
	"slices"
	"strings"

	"example.com/lsmkv/record"
)

// Table is a sorted list of records, one per key. The zero value is empty.
type Table struct {
	records []record.Record
}

// Set stores a record in place of an older one of its key.
func (t *Table) Set(r record.Record) {
	i, found := t.find(r.Key)
	if found {
		t.records[i] = r
		return
	}
	t.records = slices.Insert(t.records, i, r)
}

// Get returns the record of a key, which may be a tombstone.
func (t *Table) Get(key string) (record.Record, bool) {
	if i, found := t.find(key); found {
		return t.records[i], true
	}
	return record.Record{}, false
}

// Scan yields the records with from <= key < to; an empty to has no bound. The
// table must not change before the source is used up.
func (t *Table) Scan(from, to string) record.Source {
	lo, _ := t.find(from)
	hi := len(t.records)
	if to != "" {
		hi, _ = t.find(to)
	}
	return record.FromSlice(t.records[lo:max(lo, hi)])
}

// Len is the number of records.
func (t *Table) Len() int { return len(t.records) }

func (t *Table) find(key string) (int, bool) {
	return slices.BinarySearchFunc(t.records, key, func(r record.Record, key string) int {
		return strings.Compare(r.Key, key)
	})
}
