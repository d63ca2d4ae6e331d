package lsmkv

import (
	"fmt"

	"example.com/lsmkv/merge"
	"example.com/lsmkv/record"
	"example.com/lsmkv/table"
)

// Compact merges the n newest tables into one. It reads the older ones not at
// all, so its cost depends on what was written lately.
func (db *DB) Compact(n int) error {
	n = min(n, len(db.tables))
	if n < 2 {
		return nil
	}
	sources := make([]record.Source, n)
	for i, t := range db.tables[:n] {
		sources[i] = t.Scan("", "")
	}
	t, err := table.Write(merge.Live(merge.Newest(sources...)))
	if err != nil {
		return fmt.Errorf("compact %d tables: %w", n, err)
	}
	db.tables = append([]*table.Table{t}, db.tables[n:]...)
	return nil
}

// CompactAll merges everything, the unflushed writes included.
func (db *DB) CompactAll() error {
	if err := db.Flush(); err != nil {
		return err
	}
	return db.Compact(len(db.tables))
}
