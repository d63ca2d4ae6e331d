package results

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"bench"
	"bench/results/resultstest"
)

// open makes a database that is closed with the test.
func open(t testing.TB) *Store {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "bench.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// filled is a database with one made-up run.
func filled(t testing.TB, spec resultstest.Spec) *Store {
	t.Helper()
	s := open(t)
	resultstest.Write(t, s.Append, spec)
	return s
}

func TestOpenRefusesWithReasons(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	database := func(name, sql string) string {
		path := filepath.Join(dir, name)
		execute(t, path, sql)
		return path
	}
	newer := filepath.Join(dir, "newer.db")
	s, err := Open(t.Context(), newer)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	execute(t, newer, "PRAGMA user_version = 99")
	for _, test := range []struct{ name, path, want string }{
		{"empty name", "", "no file name"},
		{"directory", dir, "is a directory"},
		{"missing directory", filepath.Join(dir, "no", "x.db"), "no such file or directory"},
		{"text", write("notes.db", strings.Repeat("not a database ", 100)), "not a SQLite database"},
		{"other program", database("other.db", "CREATE TABLE t (x)"), "of another program"},
		{"newer", newer, "made by a newer bench (this one knows up to 25)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for kind, open := range map[string]func(context.Context, string) (*Store, error){
				"write": Open, "read": OpenReadOnly,
			} {
				if kind == "read" && test.path == "" {
					continue
				}
				_, err := open(t.Context(), test.path)
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("open to %s: got %v, want %q", kind, err, test.want)
				}
			}
		})
	}
}

// execute runs SQL on a file without going through a Store.
func execute(t testing.TB, path, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", dsn(path, "_pragma=busy_timeout(1000)"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(text)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestOpenReadOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "a b?c#d%e.db") // every character counts
	if _, err := OpenReadOnly(t.Context(), path); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("missing file: got %v", err)
	}
	if exists(path) {
		t.Fatal("reading created the file")
	}
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	resultstest.Write(t, s.Append, resultstest.Spec{RunID: "r", Tasks: 1})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if names, _ := filepath.Glob(filepath.Join(dir, "*")); len(names) != 1 {
		t.Fatalf("a closed database is one file, got %v", names)
	}
	r, err := OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if runs, err := r.Runs(t.Context()); err != nil || len(runs) != 1 {
		t.Fatalf("got %v, %v", runs, err)
	}
	_, err = r.Append(t.Context(), resultstest.Events(resultstest.Spec{RunID: "x"})[0])
	if err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Fatalf("append: got %v", err)
	}
}

// The pragmas must hold on every connection, not on the first of each pool.
func TestPragmasOnEveryConnection(t *testing.T) {
	t.Parallel()
	s := open(t)
	pragma := func(conn *sql.Conn, name string) (v string) {
		t.Helper()
		if err := conn.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	for name, want := range map[string]string{
		"journal_mode": "wal", "foreign_keys": "1", "synchronous": "2", "busy_timeout": "10000",
	} {
		if got := pragma(s.tx.conn, name); got != want {
			t.Errorf("writer: %s = %s, want %s", name, got, want)
		}
	}
	for range 2 {
		conn, err := s.reader.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if got := pragma(conn, "foreign_keys"); got != "1" {
			t.Errorf("reader: foreign_keys = %s", got)
		}
		if _, err := conn.ExecContext(t.Context(), "DELETE FROM runs"); err == nil {
			t.Error("a reader may write")
		}
	}
}

// Two processes may create the same database at the same time.
func TestMigrateTogether(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bench.db")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			s, err := Open(t.Context(), path)
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestBodies(t *testing.T) {
	t.Parallel()
	s := open(t)
	big := bench.Body(strings.Repeat("the same line again\n", 5000))
	bodies := []bench.Body{nil, bench.Body("short"), big, bench.Body(resultsNoise(4096))}
	events := resultstest.Events(resultstest.Spec{RunID: "r"})
	for range 3 { // stored once, however often they are sent
		e := events[0]
		e.Bodies = bodies
		if _, err := s.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range bodies {
		got, err := s.Body(t.Context(), want.Hash())
		if err != nil || string(got) != string(want) {
			t.Errorf("body of %d bytes: got %d bytes, %v", len(want), len(got), err)
		}
	}
	var rows, stored int
	err := s.reader.QueryRow("SELECT count(*), sum(length(content)) FROM bodies").Scan(&rows, &stored)
	if err != nil || rows != 3 {
		t.Errorf("%d bodies stored, want 3 (%v)", rows, err)
	}
	if stored > 8192 {
		t.Errorf("%d bytes stored of %d", stored, len(big))
	}
	if _, err := s.Body(t.Context(), "0000"); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown body: got %v", err)
	}
}

// resultsNoise does not compress.
func resultsNoise(n int) []byte {
	b := make([]byte, n)
	x := uint64(88172645463325252)
	for i := range b {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		b[i] = byte(x)
	}
	return b
}

func TestKnownBodiesForget(t *testing.T) {
	t.Parallel()
	p, err := newPacker()
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	often := packed{hash: "often"}
	p.committed([]packed{often})
	for i := range 3 * knownBodies {
		p.committed([]packed{{hash: bench.Body{byte(i), byte(i >> 8), 1}.Hash()}})
		if i%100 == 0 && !p.known(often.hash) {
			t.Fatal("a body in use was forgotten")
		}
	}
	if n := len(p.young) + len(p.old); n > knownBodies {
		t.Errorf("%d bodies remembered, want at most %d", n, knownBodies)
	}
}
