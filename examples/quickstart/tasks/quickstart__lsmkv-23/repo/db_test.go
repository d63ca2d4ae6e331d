package lsmkv

import (
	"fmt"
	"strings"
	"testing"
)

func flush(t *testing.T, db *DB) {
	t.Helper()
	if err := db.Flush(); err != nil {
		t.Fatal(err)
	}
}

func scan(db *DB, from, to string) string {
	var fields []string
	src := db.Scan(from, to)
	for r, ok := src.Next(); ok; r, ok = src.Next() {
		fields = append(fields, r.Key+"="+r.Value)
	}
	return strings.Join(fields, " ")
}

func TestPutGetDelete(t *testing.T) {
	var db DB
	db.Put("a", "1")
	db.Put("a", "2")
	if v, ok := db.Get("a"); !ok || v != "2" {
		t.Errorf("a = %q, %t", v, ok)
	}
	db.Delete("a")
	if v, ok := db.Get("a"); ok {
		t.Errorf("a = %q after Delete", v)
	}
}

func TestNewerTablesHideOlder(t *testing.T) {
	var db DB
	db.Put("a", "1")
	db.Put("b", "1")
	flush(t, &db)
	db.Put("a", "2")
	db.Delete("b")
	flush(t, &db)
	if got := scan(&db, "", ""); got != "a=2" {
		t.Errorf("got %s", got)
	}
}

func TestScanIsHalfOpen(t *testing.T) {
	var db DB
	for i := range 6 {
		db.Put(fmt.Sprint("k", i), "v")
		if i == 2 {
			flush(t, &db)
		}
	}
	if got := scan(&db, "k1", "k4"); got != "k1=v k2=v k3=v" {
		t.Errorf("got %s", got)
	}
}

func TestCompactAll(t *testing.T) {
	var db DB
	for _, v := range []string{"1", "2"} {
		db.Put("a", v)
		db.Put("b"+v, v)
		flush(t, &db)
	}
	db.Delete("b1")
	flush(t, &db)
	if err := db.CompactAll(); err != nil {
		t.Fatal(err)
	}
	if got := scan(&db, "", ""); got != "a=2 b2=2" || db.Tables() != 1 {
		t.Errorf("%s in %d tables", got, db.Tables())
	}
}
