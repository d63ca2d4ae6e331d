package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bench"
	"bench/results"
	"bench/results/report"
)

func newGateBaseline() *cobra.Command {
	var db string
	c := &cobra.Command{
		Use:   "baseline [NAME RUN]",
		Short: "Name a run as the baseline of gates, or list the names",
		Long: `baseline gives a run a name by which bench gate --baseline finds it. The name stays
with that run until somebody gives it to another one: no gate does. Nights before
the run are history no more. Without arguments it lists the names.`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 0 && len(args) != 2 {
				return bench.Usagef("baseline takes a name and a run, or nothing (see %s --help)",
					c.CommandPath())
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return withStore(c.Context(), db, func(s *results.Store) error {
					return listBaselines(c, s)
				})
			}
			return nameBaseline(c, db, args[0], args[1])
		},
	}
	dbFlag(c, &db)
	return c
}

func listBaselines(c *cobra.Command, s *results.Store) error {
	all, err := s.Baselines(c.Context())
	if err != nil {
		return err
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(c.OutOrStdout(), "No baselines.")
		return err
	}
	var rows [][]string
	for _, b := range all {
		rows = append(rows, []string{b.Name, b.RunID, b.NamedAt.Local().Format("2006-01-02 15:04")})
	}
	return report.Grid(c.OutOrStdout(), []string{"baseline", "run", "since"}, rows)
}

// nameBaseline records in the run's log that it is a baseline.
func nameBaseline(c *cobra.Command, db, name, run string) error {
	ctx := c.Context()
	if strings.ContainsAny(name, " \t\n") || name == "" {
		return bench.Usagef("baseline %q: want a name without spaces", name)
	}
	if _, err := os.Stat(db); err != nil {
		return bench.Usagef("no database %s: name it with --db", db)
	}
	store, err := openForWriting(ctx, db)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := withTrials(ctx, store, run); err != nil {
		return err
	}
	if _, err := store.Run(ctx, name); err == nil {
		return bench.Usagef("baseline %s: a run is called so; choose another name", name)
	}
	r, err := store.Run(ctx, run)
	if err != nil || r.EndedAt.IsZero() {
		return bench.Usagef("run %s has not ended: %s", run, resumed(store.Path(), run).goOn)
	}
	if part := r.Part(); part != "" {
		return bench.Usagef("run %s is %s: name what it is merged to (bench db merge)", run, part)
	}
	if err := ofItsOwn(ctx, store, r); err != nil {
		return err
	}
	_, err = store.Append(ctx, bench.Event{
		RunID: run, Time: time.Now(), Payload: bench.BaselineNamed{Name: name},
	})
	if err == nil {
		fmt.Fprintf(c.ErrOrStderr(), "baseline %s: run %s\n", name, run)
	}
	return err
}
