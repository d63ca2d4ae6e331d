package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"bench"
	"bench/internal/plural"
	"bench/results"
	"bench/results/report"
	"bench/results/setup"
)

func newDiff() *cobra.Command {
	var db, format string
	c := &cobra.Command{
		Use:   "diff RUN RUN",
		Short: "Say in what the set-ups of two runs differ, from config to host",
		Long: `diff says in what two runs differ that they were set up with, before anyone compares
what came of them: the config with its prices, as it was resolved, the version of bench,
the tasks, the system prompts and tools of each role, images by digest, the machine and
its engine, workers and limits. Values are named by their paths.

The exit status is 0 if nothing differs, and 102 if something does.`,
		Args: exactly(2, "two runs (see bench runs)"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := formatOf(format, "text", "json", "markdown"); err != nil {
				return err
			}
			return withStore(c.Context(), db, func(s *results.Store) error {
				return diff(c, s, args, format)
			})
		},
	}
	dbFlag(c, &db)
	c.Flags().StringVar(&format, "format", "text", "text, json, markdown")
	return c
}

func diff(c *cobra.Command, s *results.Store, runs []string, format string) error {
	if err := allKnown(c.Context(), s, runs); err != nil {
		return err
	}
	found, err := setup.Diff(c.Context(), s, runs[0], runs[1])
	if err != nil {
		return err
	}
	d := report.Setups{Runs: [2]string(runs), Same: len(found) == 0, Differences: found}
	write := map[string]func(io.Writer, report.Setups) error{
		"text": report.SetupDiff, "json": report.SetupDiffJSON, "markdown": report.SetupDiffMarkdown,
	}
	if err := write[format](c.OutOrStdout(), d); err != nil || d.Same {
		return err
	}
	return &bench.Failure{Status: bench.ExitDiffers, Err: fmt.Errorf(
		"the set-ups of %s and %s differ in %s", runs[0], runs[1],
		plural.Count(len(found), "place"))}
}
