package table

import (
	"encoding/binary"
	"sort"

	"example.com/lsmkv/record"
)

// Table is an encoded list of records. It never changes, so any number of
// readers can share it.
type Table struct {
	data     []byte
	restarts []int // offsets of entries that can be read without the ones before
	count    int
}

// Len is the number of records.
func (t *Table) Len() int { return t.count }

// Size is the number of encoded bytes.
func (t *Table) Size() int { return len(t.data) }

// Get finds the record of a key, which may be a tombstone.
func (t *Table) Get(key string) (record.Record, bool) {
	c := t.seek(key)
	for r, ok := c.Next(); ok && r.Key <= key; r, ok = c.Next() {
		if r.Key == key {
			return r, true
		}
	}
	return record.Record{}, false
}

// Scan yields the records with from <= key < to; an empty to has no bound.
func (t *Table) Scan(from, to string) record.Source {
	return &bounded{cursor: t.seek(from), from: from, to: to}
}

// seek returns a cursor that stands at the last restart point whose key is not
// greater than key, or at the start.
func (t *Table) seek(key string) *cursor {
	i := sort.Search(len(t.restarts), func(i int) bool {
		c := cursor{data: t.data[t.restarts[i]:]}
		r, _ := c.Next()
		return r.Key > key
	})
	if i == 0 {
		return &cursor{data: t.data}
	}
	return &cursor{data: t.data[t.restarts[i-1]:]}
}

// cursor decodes one entry after another.
type cursor struct {
	data []byte
	key  []byte // of the entry before
}

// Next implements record.Source.
func (c *cursor) Next() (record.Record, bool) {
	if len(c.data) == 0 {
		return record.Record{}, false
	}
	shared, rest := c.number(), c.number()
	flags, size := c.number(), c.number()
	c.key = append(c.key[:min(shared, len(c.key))], c.data[:rest]...)
	value := string(c.data[rest : rest+size])
	c.data = c.data[rest+size:]
	return record.Record{
		Key: string(c.key), Value: value, Tombstone: flags&flagTombstone != 0,
	}, true
}

func (c *cursor) number() int {
	n, size := binary.Uvarint(c.data)
	c.data = c.data[size:]
	return int(n)
}

// bounded cuts a cursor to a range of keys.
type bounded struct {
	*cursor
	from, to string
}

// Next implements record.Source.
func (b *bounded) Next() (record.Record, bool) {
	for {
		r, ok := b.cursor.Next()
		if !ok || (b.to != "" && r.Key >= b.to) {
			return record.Record{}, false
		}
		if r.Key >= b.from {
			return r, true
		}
	}
}
