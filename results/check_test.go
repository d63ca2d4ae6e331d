package results

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bench"
	"bench/results/resultstest"
)

// stored is the file of a database with runs, closed.
func stored(t *testing.T, specs ...resultstest.Spec) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "bench.db")
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range specs {
		resultstest.Write(t, s.Append, spec)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// checked is what Check finds in a file.
func checked(t *testing.T, path string) Health {
	t.Helper()
	s, err := OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	h, err := s.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change string
		want   []string // parts of the faults, in order
	}{
		"sound": {"", nil},
		"body changed": {
			"UPDATE bodies SET content = x'726f772039', encoding = 'raw' WHERE hash = 'ROW'",
			[]string{"body ROW was changed after it was written: its hash is "},
		},
		"body that does not unpack": {
			"UPDATE bodies SET content = x'726f772039', encoding = 'zstd' WHERE hash = 'ROW'",
			[]string{"unpack body ROW: "},
		},
		"body gone": {
			"DELETE FROM bodies WHERE hash = 'ROW'",
			[]string{"event 1 of run r names body ROW, which is missing"},
		},
		"event gone": {
			"DROP TRIGGER events_never_go; DELETE FROM tool_calls; DELETE FROM events WHERE seq = 2",
			[]string{"run r: "},
		},
		"relation gone": {
			"DELETE FROM tasks",
			[]string{"trials: rows of tasks are missing"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := stored(t, resultstest.Spec{RunID: "r", Tasks: 1})
			row := string(bench.Body("row 0").Hash())
			if test.change != "" {
				execute(t, path, strings.ReplaceAll(test.change, "ROW", row))
			}
			h := checked(t, path)
			if h.Runs != 1 || h.Bodies < 10 || h.Events < 20 {
				t.Errorf("got %+v", h)
			}
			ok := len(h.Faults) == len(test.want)
			for i := range test.want {
				ok = ok && strings.Contains(h.Faults[i], strings.ReplaceAll(test.want[i], "ROW", row))
			}
			if !ok {
				t.Errorf("got %q, want %q", h.Faults, test.want)
			}
		})
	}
}

// A changed body is an error wherever it is read, and never what was written.
func TestChangedBody(t *testing.T) {
	t.Parallel()
	path := stored(t, resultstest.Spec{RunID: "r", Tasks: 1})
	row := bench.Body("row 0").Hash()
	execute(t, path, fmt.Sprintf("UPDATE bodies SET content = x'726f772039' WHERE hash = '%s'", row))
	s, err := OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	body, err := s.Body(t.Context(), row)
	if body != nil || !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), string(row)) ||
		!strings.Contains(err.Error(), "bench db check") {
		t.Errorf("got %q, %v", body, err)
	}
}

// Blocks that are overwritten anywhere in the file are found by both checks, and no
// query takes what lies there for results without an error or the right answer.
func TestOverwrittenBlocks(t *testing.T) {
	t.Parallel()
	path := stored(t, resultstest.Spec{RunID: "r", Tasks: 4})
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	rng := rand.New(rand.NewPCG(1, 2))
	found := 0
	for range 20 {
		damaged := slices.Clone(whole)
		n := page * (1 + rng.IntN(len(whole)/page-1)) // not the first, which says whose file it is
		for i := range page {
			damaged[n+i] = byte(rng.Uint32())
		}
		if err := os.WriteFile(path, damaged, 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := OpenReadOnly(t.Context(), path)
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("page %d: %v", n/page, err)
			}
			found++
			continue
		}
		quick := s.QuickCheck(t.Context())
		h, err := s.Check(t.Context())
		if err != nil {
			t.Errorf("page %d: %v", n/page, err)
		}
		// A page of a long text has no structure that a quick check could miss.
		if len(h.Faults) == 0 || quick != nil && !errors.Is(quick, ErrDamaged) {
			t.Errorf("page %d: quick %v, full %q", n/page, quick, h.Faults)
		}
		if quick != nil {
			found++
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if found < 10 {
		t.Errorf("%d of 20 were found by quick checks", found)
	}
}

func TestRemoveRun(t *testing.T) {
	t.Parallel()
	a := resultstest.Spec{RunID: "a", Tasks: 2, Faults: true}
	b := resultstest.Spec{RunID: "b", Tasks: 3, Seed: 1, Faults: true}
	path, alone := stored(t, a, b), stored(t, b)
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.RemoveRun(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Run(t.Context(), "a"); !errors.Is(err, ErrNotFound) {
		t.Errorf("run a: %v", err)
	}
	// What is left is what there is without the other run, table by table.
	only, err := OpenReadOnly(t.Context(), alone)
	if err != nil {
		t.Fatal(err)
	}
	defer only.Close()
	tables, err := query(t.Context(), s.reader, scanText,
		"SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
	if err != nil || len(tables) < 15 {
		t.Fatalf("%q, %v", tables, err)
	}
	for _, table := range tables {
		count := func(s *Store) (n int) {
			if err := s.reader.QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if got, want := count(s), count(only); got != want {
			t.Errorf("%s has %d rows, want %d", table, got, want)
		}
	}
	h, err := s.Check(t.Context())
	if err != nil || len(h.Faults) > 0 {
		t.Errorf("left: %q, %v", h.Faults, err)
	}
	// The log is append-only again, and its run can be written anew.
	if _, err := s.tx.conn.ExecContext(t.Context(), "DELETE FROM events"); err == nil {
		t.Error("events can be removed")
	}
	resultstest.Write(t, s.Append, resultstest.Spec{RunID: "c", Tasks: 1})
	before, after, err := s.Vacuum(t.Context())
	if err != nil || after >= before || after == 0 {
		t.Errorf("vacuum: %d bytes, then %d, %v", before, after, err)
	}
	resultstest.Write(t, s.Append, a)
	if h, err := s.Check(t.Context()); err != nil || len(h.Faults) > 0 {
		t.Errorf("after all: %q, %v", h.Faults, err)
	}
}

// A log that someone still reads from cannot be folded in, which is no success.
func TestFoldWhileSomeoneReads(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), stored(t, resultstest.Spec{RunID: "a", Tasks: 1}))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	reads, err := s.reader.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer reads.Rollback()
	if _, err := one(query(t.Context(), reads, scanText, "SELECT run_id FROM runs")); err != nil {
		t.Fatal(err)
	}
	resultstest.Write(t, s.Append, resultstest.Spec{RunID: "b", Tasks: 1})
	folded := func() error {
		return s.housekeeping(t.Context(), "fold", func(conn *sql.Conn) error {
			if _, err := conn.ExecContext(t.Context(), "PRAGMA busy_timeout(0)"); err != nil {
				return err
			}
			_, err := s.settled(t.Context(), conn)
			return err
		})
	}
	if err := folded(); err == nil || !strings.Contains(err.Error(), "others use it") {
		t.Errorf("while someone reads: %v", err)
	}
	if err := reads.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := folded(); err != nil || LeftOpen(s.path) {
		t.Errorf("after that: %v", err)
	}
}

func TestBackup(t *testing.T) {
	t.Parallel()
	path := stored(t, resultstest.Spec{RunID: "a", Tasks: 1})
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	resultstest.Write(t, s.Append, resultstest.Spec{RunID: "b", Tasks: 1}) // still in the -wal
	copied := filepath.Join(t.TempDir(), "a ' b.db")
	if err := s.Backup(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	if h := checked(t, copied); h.Runs != 2 || len(h.Faults) > 0 {
		t.Errorf("got %+v", h)
	}
	if err := s.Backup(t.Context(), copied); err == nil {
		t.Error("a file was overwritten")
	}
	left, err := os.ReadDir(filepath.Dir(copied))
	for _, e := range left {
		if !strings.HasPrefix(e.Name(), filepath.Base(copied)) {
			t.Errorf("%s is left", e.Name())
		}
	}
	if err != nil || len(left) == 0 {
		t.Errorf("%v, %v", left, err)
	}
}

// A backup that fails leaves neither a file nor a part of one.
func TestBackupThatFails(t *testing.T) {
	t.Parallel()
	path := stored(t, resultstest.Spec{RunID: "a", Tasks: 1})
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	root, err := one(query(t.Context(), s.reader, func(r *sql.Rows) (n int64, err error) {
		return n, r.Scan(&n)
	}, "SELECT rootpage FROM sqlite_schema WHERE name = 'events'"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt(bytes.Repeat([]byte{0xff}, 4096), (root-1)*4096)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	if err := s.Backup(t.Context(), filepath.Join(to, "copy.db")); err == nil {
		t.Error("a damaged database was copied")
	}
	if left, err := os.ReadDir(to); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// A log that is cut or torn at its end is as a crash leaves it. One with damage before
// commits is not taken for a shorter one.
func TestCheckLog(t *testing.T) {
	t.Parallel()
	from := filepath.Join(t.TempDir(), "bench.db")
	s, err := Open(t.Context(), from)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	resultstest.Write(t, s.Append, resultstest.Spec{RunID: "a", Tasks: 1})
	log, err := os.ReadFile(from + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	const frame = walFrame + 4096
	if (len(log)-walHeader)/frame < 20 {
		t.Fatalf("a log of %d bytes", len(log))
	}
	zero := func(at, n int) []byte {
		b := slices.Clone(log)
		clear(b[at : at+n])
		return b
	}
	// A round that ends after two frames leaves those of an earlier one behind it.
	older := slices.Clone(log)
	for at := walHeader + 2*frame; at+frame <= len(older); at += frame {
		older[at+8] ^= 1
	}
	flip := func(at int) []byte {
		b := slices.Clone(log)
		b[at] ^= 1
		return b
	}
	for name, test := range map[string]struct {
		log  []byte
		want string
	}{
		"none":             {nil, ""},
		"as it was":        {log, ""},
		"cut in a frame":   {log[:len(log)-1000], ""},
		"its header cut":   {log[:20], ""},
		"torn at its end":  {flip(len(log) - 10), ""},
		"of another round": {slices.Concat(log[:walHeader+2*frame], make([]byte, 3*frame)), ""},
		"an earlier round": {older, ""},
		"zeros at its end": {zero(len(log)-frame, frame), ""},
		"a block of zeros": {zero(2*4096, 4096), "is damaged at frame 2, and "},
		"a frame of zeros": {zero(walHeader+2*frame, frame), "is damaged at frame 3, and "},
		"header":           {flip(17), "does not begin as a log does"},
		"third frame":      {flip(walHeader + 2*frame + walFrame + 99), "is damaged at frame 3, and "},
		"first checksum":   {flip(walHeader + 17), "is damaged at frame 1, and "},
	} {
		path := filepath.Join(t.TempDir(), "bench.db")
		if err := os.WriteFile(path+"-wal", test.log, 0o644); err != nil {
			t.Fatal(err)
		}
		err := CheckLog(path)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v is no damage", name, err)
		}
	}
}
