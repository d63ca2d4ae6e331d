package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"bench"
	"bench/internal/plural"
	"bench/results"
)

func newDB() *cobra.Command {
	c := &cobra.Command{
		Use:   "db",
		Short: "Check, tidy up, copy and merge databases",
		Args:  exactly(0, "check, vacuum, backup or merge"),
		RunE: func(*cobra.Command, []string) error {
			return bench.Usagef("db: check, vacuum, backup or merge?")
		},
	}
	c.AddCommand(newDBCheck(), newDBVacuum(), newDBBackup(), newDBMerge())
	return c
}

func newDBCheck() *cobra.Command {
	var db string
	c := &cobra.Command{
		Use:   "check",
		Short: "Read all of a database and list what is damaged or was changed",
		Long: `Read all of a database: every page and index, the relations between rows, the
logs of all runs, and every text, whose hash must be that of what was written.
What is wrong is listed, and nothing is changed.

Exit status: 0 if all is as it was written, 1 if not.`,
		Args: exactly(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := mustExist(db); err != nil {
				return err
			}
			log := results.CheckLog(db)
			if log != nil && !anyAlive(db) {
				return log
			}
			store, err := openUpToDate(c.Context(), db)
			if err != nil {
				return err
			}
			defer store.Close()
			h, err := store.Check(c.Context())
			if err != nil {
				return err
			}
			for _, fault := range h.Faults {
				fmt.Fprintln(c.OutOrStdout(), fault)
			}
			if n := len(h.Faults); n > 0 {
				return fmt.Errorf("%s: %w: %s", db, results.ErrDamaged, plural.Count(n, "fault"))
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s is as it was written: %s, %s, %s\n", db,
				plural.Count(h.Runs, "run"), plural.Count(h.Events, "event"),
				plural.Count(h.Bodies, "text"))
			return err
		},
	}
	dbFlag(c, &db)
	return c
}

func newDBVacuum() *cobra.Command {
	var db string
	c := &cobra.Command{
		Use:   "vacuum",
		Short: "Give the room of removed runs back to the disk",
		Long: `Write the database anew without the room that removed runs have left. That takes
as much free disk as the database, and nobody may write to it meanwhile.`,
		Args: exactly(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			return withWriting(c, db, func(s *results.Store) error {
				if err := nobodyWorks(db); err != nil {
					return err
				}
				before, after, err := s.Vacuum(c.Context())
				if err == nil {
					_, err = fmt.Fprintf(c.OutOrStdout(), "%s: %.1f MB before, %.1f MB now\n", db,
						float64(before)/1e6, float64(after)/1e6)
				}
				return err
			})
		},
	}
	dbFlag(c, &db)
	return c
}

func newDBBackup() *cobra.Command {
	var db string
	c := &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy a database to a new file, also while a run writes to it",
		Args:  exactly(1, "the file to write"),
		RunE: func(c *cobra.Command, args []string) error {
			if _, err := os.Lstat(args[0]); !errors.Is(err, fs.ErrNotExist) {
				return bench.Usagef("%s is there already: name another file", args[0])
			}
			return withWriting(c, db, func(s *results.Store) error {
				if err := s.Backup(c.Context(), args[0]); err != nil {
					return err
				}
				_, err := fmt.Fprintln(c.OutOrStdout(), args[0])
				return err
			})
		},
	}
	dbFlag(c, &db)
	return c
}

// nobodyWorks refuses what keeps others from writing to a database for longer than a run
// waits for its turn.
func nobodyWorks(db string) error {
	if anyAlive(db) {
		return bench.Usagef("a run in %s is worked on: wait until it has ended", db)
	}
	return nil
}

// withWriting runs f on an existing database opened for writing.
func withWriting(c *cobra.Command, path string, f func(*results.Store) error) error {
	if err := mustExist(path); err != nil {
		return err
	}
	store, err := openForWriting(c.Context(), path)
	if err != nil {
		return err
	}
	defer store.Close()
	return f(store)
}
