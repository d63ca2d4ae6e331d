package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"bench"
	"bench/internal/plural"
	"bench/results"
	"bench/results/examination"
	"bench/results/report"
)

func newExamine() *cobra.Command {
	var db, format string
	c := &cobra.Command{
		Use:   "examine RUN...",
		Short: "List the trials that touched the upstream fix of their task, with the evidence",
		Long: `List the trials whose agents touched the upstream fix of their task, or tried to:
over the network, in later history, in newer copies of the package, in hidden
tests, or as lines of the fix itself. Every trial is examined when it ends; this
examines those that were not, as of an earlier bench. Nothing is run or sent.
docs/contamination.md has the rules.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return bench.Usagef("examine takes at least one run (see bench runs)")
			}
			if format != "text" && format != "json" {
				return bench.Usagef("--format %s: want one of text, json", format)
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			return withStore(c.Context(), db, func(s *results.Store) error {
				return examineRuns(c.Context(), c.OutOrStdout(), s, args, format)
			})
		},
	}
	dbFlag(c, &db)
	c.Flags().StringVar(&format, "format", "text", "text, json")
	return c
}

// examineRuns examines what was not, and prints what is known of all trials.
func examineRuns(
	ctx context.Context, w io.Writer, s *results.Store, runs []string, format string,
) error {
	if err := allWithTrials(ctx, s, runs); err != nil {
		return err
	}
	var all []report.ExaminedTrial
	for _, run := range runs {
		if _, err := examination.Run(ctx, s, run); err != nil {
			return err
		}
		trials, err := s.Trials(ctx, run)
		if err != nil {
			return err
		}
		found, err := s.Examined(ctx, run)
		if err != nil {
			return err
		}
		for _, t := range trials {
			x := report.ExaminedTrial{Run: run, TrialKey: t.Key}
			if f, ok := found[t.ID]; ok {
				x.Contamination = &f.Contamination
			}
			all = append(all, x)
		}
	}
	if format == "json" {
		return report.ExaminedJSON(w, all)
	}
	return report.Examined(w, all)
}

// excludeFlagged is the name of the flag that excludeFlag adds.
const excludeFlagged = "exclude-flagged"

// excludeFlag adds --exclude-flagged.
func excludeFlag(c *cobra.Command, severity *string) {
	c.Flags().StringVar(severity, excludeFlagged, "",
		"leave out, in all configurations, the tasks of which a trial `touched` the upstream fix; "+
			"=tried: or tried to")
	c.Flags().Lookup(excludeFlagged).NoOptDefVal = string(bench.Touched)
}

// exclusion finds what --exclude-flagged leaves out of runs; nil if it is not given.
func exclusion(
	ctx context.Context, s *results.Store, runs []string, severity string,
) (*results.Exclusion, error) {
	if severity == "" {
		return nil, nil
	}
	for _, run := range runs {
		if _, err := examination.Run(ctx, s, run); err != nil {
			return nil, fmt.Errorf("--exclude-flagged: %w", err)
		}
	}
	x, err := s.Exclusion(ctx, runs, bench.Severity(severity))
	if err == nil && x.Of > 0 && len(x.Tasks) == x.Of {
		err = bench.Usagef("--exclude-flagged leaves no task: all of %s are flagged",
			plural.Count(x.Of, "task"))
	}
	return x, err
}

// checkExclude refuses what is no severity.
func checkExclude(c *cobra.Command, severity string) error {
	if !c.Flags().Changed(excludeFlagged) || bench.Severity(severity).AtLeast(bench.Tried) {
		return nil
	}
	return bench.Usagef("--exclude-flagged=%s: want touched or tried", severity)
}
