// Package merge reads several sorted sources as one.
package merge

import (
	"container/heap"

	"example.com/lsmkv/record"
)

// Newest merges sources that are given from the newest to the oldest. Of the
// versions of a key only the newest is passed on, tombstones included.
func Newest(sources ...record.Source) record.Source {
	m := &merged{}
	for age, src := range sources {
		if r, ok := src.Next(); ok {
			m.heads = append(m.heads, head{record: r, age: age, src: src})
		}
	}
	heap.Init(&m.heads)
	return m
}

type merged struct {
	heads heads
}

// Next implements record.Source.
func (m *merged) Next() (record.Record, bool) {
	if len(m.heads) == 0 {
		return record.Record{}, false
	}
	newest := m.heads[0].record
	m.advance()
	if len(m.heads) > 0 && m.heads[0].record.Key == newest.Key {
		m.advance() // an older version
	}
	return newest, true
}

// advance replaces the first head by the next record of its source.
func (m *merged) advance() {
	r, ok := m.heads[0].src.Next()
	if !ok {
		heap.Pop(&m.heads)
		return
	}
	m.heads[0].record = r
	heap.Fix(&m.heads, 0)
}

// Live drops the tombstones of a source.
func Live(src record.Source) record.Source { return &live{src} }

type live struct {
	src record.Source
}

// Next implements record.Source.
func (l *live) Next() (record.Record, bool) {
	for {
		r, ok := l.src.Next()
		if !ok || !r.Tombstone {
			return r, ok
		}
	}
}
