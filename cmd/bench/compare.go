package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"bench/results"
	"bench/results/compare"
	"bench/results/report"
)

// compareFlags are what `bench compare` takes.
type compareFlags struct {
	db       string
	baseline string
	margin   float64
	format   string
}

func newCompare() *cobra.Command {
	var f compareFlags
	c := &cobra.Command{
		Use:   "compare RUN...",
		Short: "Print the comparison of one or several runs",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError(fmt.Errorf("compare takes at least one run (see bench runs)"))
			}
			return checkFormat(f.format)
		},
		RunE: func(c *cobra.Command, args []string) error {
			return withStore(c.Context(), f.db, func(s *results.Store) error {
				return printComparison(c.Context(), c.OutOrStdout(), s, args, f)
			})
		},
	}
	dbFlag(c, &f.db)
	c.Flags().StringVar(&f.baseline, "baseline", "",
		"configuration to compare with (default: the run's)")
	c.Flags().Float64Var(&f.margin, "margin-pp", 0,
		"percentage points fewer that still count as not worse (default: the run's)")
	formatFlag(c, &f.format)
	return c
}

// formats are what a comparison can be printed as.
var formats = []string{"table", "markdown", "csv", "json"}

func formatFlag(c *cobra.Command, format *string) {
	c.Flags().StringVar(format, "format", formats[0], strings.Join(formats, ", "))
}

func checkFormat(format string) error {
	if !slices.Contains(formats, format) {
		return usageError(fmt.Errorf("--format %s: want one of %s", format, strings.Join(formats, ", ")))
	}
	return nil
}

func printComparison(
	ctx context.Context, w io.Writer, s *results.Store, runs []string, f compareFlags,
) error {
	for i, run := range runs {
		if slices.Contains(runs[:i], run) {
			return usageError(fmt.Errorf("run %s is named twice", run))
		}
		if err := known(ctx, s, run); err != nil {
			return err
		}
	}
	c, err := compare.Runs(ctx, s, runs, compare.Options{Baseline: f.baseline, MarginPP: f.margin})
	if err != nil {
		return usageError(err)
	}
	switch f.format {
	case "markdown":
		return report.Markdown(w, c)
	case "csv":
		return report.CSV(w, c)
	case "json":
		return report.JSON(w, c)
	}
	return report.Table(w, c)
}
