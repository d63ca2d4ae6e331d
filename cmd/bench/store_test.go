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
	_, err = db.Exec("DROP TABLE dropped_bodies; ALTER TABLE trials DROP COLUMN bodies_dropped_at; " +
		"DROP VIEW v_hosts; ALTER TABLE tool_calls DROP COLUMN round_trip_ms; " +
		"ALTER TABLE agents DROP COLUMN stop_reason; " +
		"ALTER TABLE tool_calls DROP COLUMN title; ALTER TABLE tool_calls DROP COLUMN permission; " +
		"ALTER TABLE runs DROP COLUMN repetition_of; " +
		"DROP VIEW v_trials; DROP TABLE hosts; ALTER TABLE trials DROP COLUMN host; " +
		"ALTER TABLE trials DROP COLUMN grading_host; " +
		"CREATE VIEW v_trials AS SELECT trial_id FROM trials; " +
		"DROP TABLE shards; ALTER TABLE runs DROP COLUMN planned_tasks; " +
		"ALTER TABLE runs DROP COLUMN plan; ALTER TABLE runs DROP COLUMN shards; " +
		"ALTER TABLE runs DROP COLUMN shard; " +
		"DROP TABLE routes; DROP TABLE contamination; DROP TABLE outages; ALTER TABLE runs DROP COLUMN stop; " +
		"ALTER TABLE runs DROP COLUMN replay; ALTER TABLE llm_calls DROP COLUMN source; " +
		"DROP TABLE baselines; DROP TABLE trial_sums; DROP INDEX events_of_run; " +
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

// A log that someone who only reads keeps from being folded in is checked once, and not
// by every command after that.
func TestLogThatAReaderKeeps(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bench.db")
	s, err := results.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := results.OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	resultstest.Write(t, s.Append, resultstest.Spec{RunID: "r", Tasks: 1})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if !results.LeftOpen(path) {
		t.Fatal("the reader does not keep the log")
	}
	again, err := openStore(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if results.LeftOpen(path) {
		t.Error("the log is still to be checked")
	}
	for _, s := range []*results.Store{reader, again} {
		if run, err := s.State(t.Context(), "r"); err != nil || run.Totals().Done != 3 {
			t.Errorf("%+v, %v", run, err)
		}
	}
}
