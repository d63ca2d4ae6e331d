package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"bench"
	"bench/internal/plural"
	"bench/results"
	"bench/results/report"
)

func newStatus() *cobra.Command {
	var db string
	c := &cobra.Command{
		Use:   "status RUN",
		Short: "Show how far a run is: trials, spend, outcomes",
		Args:  exactly(1, "one run"),
		RunE: func(c *cobra.Command, args []string) error {
			return withStore(c.Context(), db, func(s *results.Store) error {
				if err := known(c.Context(), s, args[0]); err != nil {
					return err
				}
				run, err := s.State(c.Context(), args[0])
				if err != nil {
					return err
				}
				if run.State == bench.RunRunning && !alive(s.Path(), run.ID) {
					with := ""
					if lost := run.LoseCalls(); lost > 0 {
						with = ", and with it " + plural.Count(lost, "model call") + " under way"
					}
					fmt.Fprintf(c.ErrOrStderr(), "the process of run %s is gone%s; to continue: %s\n",
						run.ID, with, resumed(s.Path(), run.ID).goOn)
				}
				return report.Status(c.OutOrStdout(), run, time.Now())
			})
		},
	}
	dbFlag(c, &db)
	return c
}
