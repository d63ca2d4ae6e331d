package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bench"
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
	return c
}

func newStatus() *cobra.Command {
	var db string
	c := &cobra.Command{
		Use:   "status RUN",
		Short: "Show how far a run is: trials, spend, outcomes",
		Args:  exactly(1, "one run"),
		RunE: func(c *cobra.Command, args []string) error {
			return withStore(c.Context(), db, func(s *results.Store) error {
				run, err := fold(c.Context(), s, args[0])
				if err != nil {
					return err
				}
				return report.Status(c.OutOrStdout(), run, time.Now())
			})
		},
	}
	dbFlag(c, &db)
	return c
}

// fold replays a run's events into its state.
func fold(ctx context.Context, s *results.Store, id string) (*bench.Run, error) {
	if err := known(ctx, s, id); err != nil {
		return nil, err
	}
	run := bench.NewRun(id)
	for e, err := range s.Events(ctx, id, 1) {
		if err != nil {
			return nil, err
		}
		if err := run.Apply(e); err != nil {
			return nil, fmt.Errorf("event %d of run %s: %w", e.Seq, id, err)
		}
	}
	return run, nil
}

// known refuses a run that the database does not have, and names those it has.
func known(ctx context.Context, s *results.Store, id string) error {
	_, err := s.Run(ctx, id)
	if !errors.Is(err, results.ErrNotFound) {
		return err
	}
	runs, err := s.Runs(ctx)
	if err != nil {
		return err
	}
	names := make([]string, len(runs))
	for i, r := range runs {
		names[i] = r.ID
	}
	return usageError(fmt.Errorf("no run %s in %s, which has: %s",
		id, s.Path(), strings.Join(names, ", ")))
}

func newShow() *cobra.Command {
	var (
		db, configuration string
		attempt           int
	)
	c := &cobra.Command{
		Use:   "show RUN INSTANCE",
		Short: "Show the trials of one task: timeline, calls, delegations, patch, tests",
		Args:  exactly(2, "a run and an instance id"),
		RunE: func(c *cobra.Command, args []string) error {
			return withStore(c.Context(), db, func(s *results.Store) error {
				keys, err := trialsOf(c.Context(), s, args[0], args[1], configuration, attempt)
				if err != nil {
					return err
				}
				for i, k := range keys {
					if i > 0 {
						fmt.Fprintln(c.OutOrStdout())
					}
					d, err := s.Detail(c.Context(), args[0], k)
					if err != nil {
						return err
					}
					if err := report.Show(c.OutOrStdout(), d); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	dbFlag(c, &db)
	c.Flags().StringVar(&configuration, "configuration", "", "only this configuration")
	c.Flags().IntVar(&attempt, "attempt", 0, "only this attempt")
	return c
}

// trialsOf lists the trials of an instance that the flags ask for.
func trialsOf(
	ctx context.Context, s *results.Store, run, instance, configuration string, attempt int,
) ([]bench.TrialKey, error) {
	if err := known(ctx, s, run); err != nil {
		return nil, err
	}
	trials, err := s.Trials(ctx, run)
	if err != nil {
		return nil, err
	}
	var keys []bench.TrialKey
	for _, t := range trials {
		k := t.Key
		if k.InstanceID == instance && (configuration == "" || k.Configuration == configuration) &&
			(attempt == 0 || k.Attempt == attempt) {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return nil, usageError(fmt.Errorf("run %s has no such trial of %s", run, instance))
	}
	return keys, nil
}
