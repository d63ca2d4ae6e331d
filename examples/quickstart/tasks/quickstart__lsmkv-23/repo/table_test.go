package lsmkv

import (
	"fmt"
	"testing"

	"example.com/lsmkv/record"
	"example.com/lsmkv/table"
)

func writeTable(t *testing.T, n int) *table.Table {
	t.Helper()
	var records []record.Record
	for i := range n {
		records = append(records, record.Record{
			Key: fmt.Sprintf("user:%04d", i), Value: fmt.Sprint(i), Tombstone: i%5 == 4,
		})
	}
	tab, err := table.Write(record.FromSlice(records))
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func count(src record.Source) int {
	n := 0
	for _, ok := src.Next(); ok; _, ok = src.Next() {
		n++
	}
	return n
}

func TestTableGet(t *testing.T) {
	tab := writeTable(t, 10)
	r, ok := tab.Get("user:0007")
	if !ok || r.Value != "7" || r.Tombstone {
		t.Errorf("got %+v, %t", r, ok)
	}
	if r, ok := tab.Get("user:0004"); !ok || !r.Tombstone {
		t.Errorf("got %+v, %t, want a tombstone", r, ok)
	}
	if r, ok := tab.Get("user:9999"); ok {
		t.Errorf("found %+v", r)
	}
}

func TestTableScanAll(t *testing.T) {
	if n := count(writeTable(t, 100).Scan("", "")); n != 100 {
		t.Errorf("%d records, want 100", n)
	}
}

func TestTableScanRange(t *testing.T) {
	if n := count(writeTable(t, 10).Scan("user:0003", "user:0006")); n != 3 {
		t.Errorf("%d records, want 3", n)
	}
}

func TestTableSharesPrefixes(t *testing.T) {
	if size := writeTable(t, 16).Size(); size > 16*10 {
		t.Errorf("%d bytes for 16 records", size)
	}
}

func TestTableRefusesDisorder(t *testing.T) {
	_, err := table.Write(record.FromSlice([]record.Record{{Key: "b"}, {Key: "a"}}))
	if err == nil {
		t.Error("want an error for keys out of order")
	}
}
