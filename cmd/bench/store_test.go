package main

import (
	"database/sql"
	"errors"
	"path/filepath"
	"testing"

	"bench/results"
	"bench/results/resultstest"
)

// Whoever reads a database of an earlier bench brings it up to date.
func TestReadingAnOldDatabase(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bench.db")
	s, err := results.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	resultstest.Write(t, s.Append, resultstest.Spec{RunID: "r", Tasks: 1})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec("DROP TABLE baselines; DROP TABLE trial_sums; DROP INDEX events_of_run; " +
		"PRAGMA user_version = 10")
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := results.OpenReadOnly(t.Context(), path); !errors.Is(err, results.ErrOutdated) {
		t.Fatalf("error %v, want that it is of an earlier bench", err)
	}
	for range 2 {
		s, err := openStore(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if run, err := s.State(t.Context(), "r"); err != nil || run.Totals().Done != 3 {
			t.Errorf("%+v, %v", run, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
