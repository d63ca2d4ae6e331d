// Package record is what the other packages store and pass on.
package record

// Record is one version of a key. A tombstone says that the key is deleted and
// hides older versions of it.
type Record struct {
	Key       string
	Value     string
	Tombstone bool
}

// Source yields records in ascending order of their keys.
type Source interface {
	// Next returns the next record, and false after the last one.
	Next() (Record, bool)
}

// List is a source that yields a slice.
type List struct {
	rest []Record
}

// FromSlice returns a source of records that are sorted already.
func FromSlice(records []Record) *List { return &List{rest: records} }

// Next implements Source.
func (l *List) Next() (Record, bool) {
	if len(l.rest) == 0 {
		return Record{}, false
	}
	r := l.rest[0]
	l.rest = l.rest[1:]
	return r, true
}
