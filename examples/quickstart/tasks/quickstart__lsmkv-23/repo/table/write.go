// Package table encodes sorted records into an immutable block of bytes.
//
// An entry is: length of the prefix shared with the key before, length of the
// rest of the key, flags, length of the value (all uvarints), rest of the key,
// value. Every restartEvery-th entry is a restart point: its key is stored in
// full, so that reading can begin there. The offsets of the restart points
// allow a search without reading everything.
package table

import (
	"encoding/binary"
	"fmt"

	"example.com/lsmkv/record"
)

const (
	restartEvery  = 16
	flagTombstone = 1
)

// Write encodes all records of a source. Keys must ascend.
func Write(src record.Source) (*Table, error) {
	t := &Table{}
	previous := ""
	for r, ok := src.Next(); ok; r, ok = src.Next() {
		if t.count > 0 && r.Key <= previous {
			return nil, fmt.Errorf("write %q after %q: keys must ascend", r.Key, previous)
		}
		if t.count%restartEvery == 0 {
			t.restarts = append(t.restarts, len(t.data))
		}
		t.append(r, sharedPrefix(previous, r.Key))
		previous = r.Key
		t.count++
	}
	return t, nil
}

func (t *Table) append(r record.Record, shared int) {
	flags := uint64(0)
	if r.Tombstone {
		flags = flagTombstone
	}
	t.data = binary.AppendUvarint(t.data, uint64(shared))
	t.data = binary.AppendUvarint(t.data, uint64(len(r.Key)-shared))
	t.data = binary.AppendUvarint(t.data, flags)
	t.data = binary.AppendUvarint(t.data, uint64(len(r.Value)))
	t.data = append(t.data, r.Key[shared:]...)
	t.data = append(t.data, r.Value...)
}

func sharedPrefix(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
