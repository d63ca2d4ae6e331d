package main

import (
	"github.com/spf13/cobra"

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
