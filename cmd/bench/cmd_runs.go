package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"bench"
	"bench/internal/plural"
	"bench/results"
	"bench/results/report"
)

func newRuns() *cobra.Command {
	var db string
	c := &cobra.Command{
		Use:   "runs",
		Short: "List the runs of a database",
		Args:  exactly(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			return withStore(c.Context(), db, func(s *results.Store) error {
				runs, err := s.Runs(c.Context())
				if err != nil {
					return err
				}
				return report.Runs(c.OutOrStdout(), runs)
			})
		},
	}
	dbFlag(c, &db)
	c.AddCommand(newRunsRemove(), newRunsDropBodies())
	return c
}

func newRunsRemove() *cobra.Command {
	var (
		db  string
		yes bool
	)
	c := &cobra.Command{
		Use:   "rm RUN...",
		Short: "Remove runs from a database, for good",
		Long: `Remove runs from a database, with all that is known of them and with the texts
that no other run has. It cannot be undone: bench db backup keeps a copy. The file
becomes smaller by bench db vacuum. No run in the database may be worked on meanwhile.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return bench.Usagef("runs rm: which runs?")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			return withWriting(c, db, func(s *results.Store) error {
				return removeRuns(c, s, args, yes)
			})
		},
	}
	dbFlag(c, &db)
	c.Flags().BoolVar(&yes, "yes", false, "remove them; without it, what would go is printed")
	return c
}

// removeRuns removes runs, or says what would go. None goes if one of them must not.
func removeRuns(c *cobra.Command, store *results.Store, ids []string, yes bool) error {
	ctx, out := c.Context(), c.OutOrStdout()
	if err := allKnown(ctx, store, ids); err != nil {
		return err
	}
	named, err := store.Baselines(ctx)
	if err != nil {
		return err
	}
	for _, b := range named {
		if slices.Contains(ids, b.RunID) {
			return bench.Usagef("run %s is the baseline %s: give that name to another run first, with "+
				"bench gate baseline %s RUN", b.RunID, b.Name, b.Name)
		}
	}
	if err := nobodyWorks(store.Path()); err != nil {
		return err
	}
	var locks []io.Closer
	defer func() {
		for _, lock := range locks {
			lock.Close()
		}
	}()
	for _, id := range ids {
		lock, err := lockRun(store, id)
		if err != nil {
			return err
		}
		locks = append(locks, lock)
	}
	for _, id := range ids {
		run, err := store.Run(ctx, id)
		if err != nil {
			return err
		}
		verb := "would remove"
		if yes {
			if err := store.RemoveRun(ctx, id); err != nil {
				return err
			}
			verb = "removed"
		}
		fmt.Fprintf(out, "%s %s: %s, %s\n", verb, id, plural.Count(run.Trials, "trial"), run.Cost)
	}
	if !yes {
		return bench.Usagef("nothing was removed: say --yes to remove for good")
	}
	return nil
}
