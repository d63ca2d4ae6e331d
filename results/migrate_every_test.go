package results

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"bench/results/resultstest"
)

// TestEverySchema fills a database of each earlier schema with a run, as far as that
// schema has the columns, and opens it: nothing of it is lost or other than it was,
// everything can be read, and the schema is that of a new file.
func TestEverySchema(t *testing.T) {
	t.Parallel()
	texts, err := steps()
	if err != nil {
		t.Fatal(err)
	}
	now := filepath.Join(t.TempDir(), "now.db")
	s, err := Open(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	resultstest.Write(t, s.Append, resultstest.Spec{RunID: "r", Tasks: 1, Seed: 3, Faults: true})
	want, err := s.State(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for version := 1; version < len(texts); version++ {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "old.db")
			kept := fillOld(t, path, now, texts, version)
			s, err := Open(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			got, err := s.State(t.Context(), "r")
			if err != nil || !reflect.DeepEqual(got.Totals(), want.Totals()) {
				t.Errorf("got %+v, %v, want %+v", got.Totals(), err, want.Totals())
			}
			if f, err := s.Facts(t.Context(), "r"); err != nil || len(f.Trials) != len(want.Trials) {
				t.Errorf("%d trials, %v", len(f.Trials), err)
			}
			if h, err := s.Check(t.Context()); err != nil || len(h.Faults) > 0 {
				t.Errorf("faults %q, %v", h.Faults, err)
			}
			for table, columns := range kept {
				text := "SELECT " + columns + " FROM " + table
				if got, want := rowsOf(t, path, text), rowsOf(t, now, text); !slices.Equal(got, want) {
					t.Errorf("%s: got %d rows, want %d, the same", table, len(got), len(want))
				}
			}
			const schema = "SELECT type, name, sql FROM sqlite_schema"
			if got, want := rowsOf(t, path, schema), rowsOf(t, now, schema); !slices.Equal(got, want) {
				t.Error("the schema is not that of a new file")
			}
		})
	}
}

// fillOld makes a file by the first migrations alone and copies into it what their schema
// has room for. It returns the columns that were copied, by table.
func fillOld(
	t *testing.T, path, now string, texts []string, version int,
) (kept map[string]string) {
	t.Helper()
	db, err := sql.Open("sqlite", dsn(path, writeParams+"&_pragma=foreign_keys(0)"))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	defer db.Close()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for i := range version {
		if err := step(t.Context(), conn, texts, i); err != nil {
			t.Fatal(err)
		}
	}
	kept, err = copyRows(t.Context(), conn, now)
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

// copyRows copies all rows of another file into the tables and columns of this one.
func copyRows(ctx context.Context, conn *sql.Conn, from string) (map[string]string, error) {
	for _, text := range []string{"PRAGMA foreign_keys = 0", "ATTACH '" + from + "' AS today"} {
		if _, err := conn.ExecContext(ctx, text); err != nil {
			return nil, err
		}
	}
	shared, err := sharedColumns(ctx, conn)
	if err != nil {
		return nil, err
	}
	kept := map[string]string{}
	for table, columns := range shared {
		kept[table] = strings.Join(columns, ", ")
		_, err := conn.ExecContext(ctx, fmt.Sprintf("INSERT INTO main.%s (%s) SELECT %s FROM today.%[1]s",
			table, kept[table], kept[table]))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", table, err)
		}
	}
	return kept, nil
}

// sharedColumns are those that the tables of this file and of the other have, by table.
func sharedColumns(ctx context.Context, conn *sql.Conn) (all map[string][]string, err error) {
	rows, err := conn.QueryContext(ctx, `SELECT t.name, c.name
		FROM main.sqlite_schema t, pragma_table_info(t.name, 'main') c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND EXISTS (
			SELECT 1 FROM pragma_table_info(t.name, 'today') n WHERE n.name = c.name)`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all = map[string][]string{}
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			return nil, err
		}
		all[table] = append(all[table], `"`+column+`"`)
	}
	return all, rows.Err()
}

// rowsOf are the rows of a query, in an order of their own.
func rowsOf(t *testing.T, path, text string) (out []string) {
	t.Helper()
	db, err := sql.Open("sqlite", dsn(path, readParams))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			t.Fatal(err)
		}
		var line strings.Builder
		for _, v := range values {
			fmt.Fprintf(&line, "%v|", *v.(*any))
		}
		out = append(out, line.String())
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}
