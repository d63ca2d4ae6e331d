package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"

	"bench"

	"github.com/spf13/cobra"

	"bench/results"
)

// dbFlag adds --db to a command that reads a database.
func dbFlag(c *cobra.Command, path *string) {
	c.Flags().StringVar(path, "db", "bench.db", "database file")
}

// openStore opens a database for reading. One of an earlier bench is brought up to
// date, if it can be written to.
func openStore(ctx context.Context, path string) (*results.Store, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, bench.Usagef("no database %s: name it with --db", path)
	}
	s, err := results.OpenReadOnly(ctx, path)
	if !errors.Is(err, results.ErrOutdated) {
		return s, err
	}
	updated, failed := results.Open(ctx, path)
	if failed != nil {
		return nil, err
	}
	if err := updated.Close(); err != nil {
		return nil, err
	}
	return results.OpenReadOnly(ctx, path)
}

// withStore runs f on a database opened for reading.
func withStore(ctx context.Context, path string, f func(*results.Store) error) error {
	store, err := openStore(ctx, path)
	if err != nil {
		return err
	}
	defer store.Close()
	return f(store)
}

// known refuses a run that the database does not have, and names those it has.
func known(ctx context.Context, s *results.Store, id string) error {
	_, err := s.Run(ctx, id)
	if !errors.Is(err, results.ErrNotFound) {
		return err
	}
	names, err := runIDs(ctx, s)
	if err != nil {
		return err
	}
	return bench.Usagef("no run %s in %s, which has: %s",
		id, s.Path(), strings.Join(names, ", "))
}

// runIDs are the runs that a database has.
func runIDs(ctx context.Context, s *results.Store) ([]string, error) {
	runs, err := s.Runs(ctx)
	ids := make([]string, len(runs))
	for i, r := range runs {
		ids[i] = r.ID
	}
	return ids, err
}

// allKnown refuses runs of which one is not in the database, or named twice.
func allKnown(ctx context.Context, s *results.Store, runs []string) error {
	for i, run := range runs {
		if slices.Contains(runs[:i], run) {
			return bench.Usagef("run %s is named twice", run)
		}
		if err := known(ctx, s, run); err != nil {
			return err
		}
	}
	return nil
}
