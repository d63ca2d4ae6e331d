// Package lsmkv is a key-value store in the shape of a log-structured merge
// tree.
package lsmkv

import (
	"fmt"
	"slices"

	"example.com/lsmkv/memtable"
	"example.com/lsmkv/merge"
	"example.com/lsmkv/record"
	"example.com/lsmkv/table"
)

// DB is a store. It is for use by one goroutine; the zero value is empty.
type DB struct {
	mem    memtable.Table
	tables []*table.Table // newest first
}

// Put sets the value of a key.
func (db *DB) Put(key, value string) {
	db.mem.Set(record.Record{Key: key, Value: value})
}

// Delete removes a key, which need not exist.
func (db *DB) Delete(key string) {
	db.mem.Set(record.Record{Key: key, Tombstone: true})
}

// Get returns the value of a key.
func (db *DB) Get(key string) (string, bool) {
	r, found := db.mem.Get(key)
	for i := 0; !found && i < len(db.tables); i++ {
		r, found = db.tables[i].Get(key)
	}
	if !found || r.Tombstone {
		return "", false
	}
	return r.Value, true
}

// Scan yields the keys from <= key < to with their values, in order; an empty
// to has no bound. The store must not change meanwhile.
func (db *DB) Scan(from, to string) record.Source {
	sources := []record.Source{db.mem.Scan(from, to)}
	for _, t := range db.tables {
		sources = append(sources, t.Scan(from, to))
	}
	return merge.Live(merge.Newest(sources...))
}

// Flush writes the newest records into a table of their own.
func (db *DB) Flush() error {
	if db.mem.Len() == 0 {
		return nil
	}
	t, err := table.Write(db.mem.Scan("", ""))
	if err != nil {
		return fmt.Errorf("flush: %w", err)
	}
	db.tables = slices.Insert(db.tables, 0, t)
	db.mem = memtable.Table{}
	return nil
}

// Tables is the number of tables.
func (db *DB) Tables() int { return len(db.tables) }
