package main

import (
	"context"
	"os"

	"bench"

	"github.com/spf13/cobra"

	"bench/results"
)

// dbFlag adds --db to a command that reads a database.
func dbFlag(c *cobra.Command, path *string) {
	c.Flags().StringVar(path, "db", "bench.db", "database file")
}

// openStore opens a database for reading.
func openStore(ctx context.Context, path string) (*results.Store, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, bench.Usagef("no database %s: name it with --db", path)
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
