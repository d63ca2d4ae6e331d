package lsmkv

import (
	"strings"
	"testing"

	"example.com/lsmkv/merge"
	"example.com/lsmkv/record"
)

// source reads "a=1 b=2 -c": values and tombstones.
func source(text string) record.Source {
	var records []record.Record
	for _, f := range strings.Fields(text) {
		if key, dead := strings.CutPrefix(f, "-"); dead {
			records = append(records, record.Record{Key: key, Tombstone: true})
			continue
		}
		key, value, _ := strings.Cut(f, "=")
		records = append(records, record.Record{Key: key, Value: value})
	}
	return record.FromSlice(records)
}

func text(src record.Source) string {
	var fields []string
	for r, ok := src.Next(); ok; r, ok = src.Next() {
		if r.Tombstone {
			fields = append(fields, "-"+r.Key)
		} else {
			fields = append(fields, r.Key+"="+r.Value)
		}
	}
	return strings.Join(fields, " ")
}

func TestMergeInterleaves(t *testing.T) {
	got := text(merge.Newest(source("b=1 d=2"), source("a=3 c=4 e=5")))
	if want := "a=3 b=1 c=4 d=2 e=5"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestMergeNewestWins(t *testing.T) {
	got := text(merge.Newest(source("a=new -b"), source("a=old b=old c=old")))
	if want := "a=new -b c=old"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestMergeOfNothing(t *testing.T) {
	if got := text(merge.Newest()) + text(merge.Newest(source(""), source(""))); got != "" {
		t.Errorf("got %s", got)
	}
}

func TestLiveDropsTombstones(t *testing.T) {
	if got := text(merge.Live(source("-a b=1 -c"))); got != "b=1" {
		t.Errorf("got %s", got)
	}
}
