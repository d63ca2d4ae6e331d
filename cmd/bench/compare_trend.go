package main

import (
	"context"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"bench"
	"bench/results"
	"bench/results/nights"
	"bench/results/report"
	"bench/stats"
)

// checkTrend refuses what means nothing beside --trend, and --by without it.
func (f *compareFlags) checkTrend(c *cobra.Command) error {
	switch {
	case f.trend:
		err := refuse(c, "trend", "baseline", "margin-pp", "lambda", "metrics", "prices",
			"sidekick-price", "columns", "sort", "full")
		if err != nil {
			return err
		}
	case c.Flags().Changed("by"):
		return bench.Usagef("--by says what one occasion of --trend is, which is not given")
	}
	return f.checkBy()
}

// checkBy refuses what is no occasion of a trend.
func (f *compareFlags) checkBy() error {
	if !slices.Contains(nights.Groupings, nights.Grouping(f.by)) {
		return bench.Usagef("--by %s: want night, version or config", f.by)
	}
	return nil
}

// byFlag adds --by to a command that makes trends with a flag.
func (f *compareFlags) byFlag(c *cobra.Command, trend string) {
	c.Flags().StringVar(&f.by, "by", string(nights.ByNight),
		"what counts as one `occasion` of "+trend+": a night, or all of a version (of bench) or config")
}

// printTrend prints how configurations did from night to night.
func printTrend(
	ctx context.Context, w io.Writer, s *results.Store, ids []string, f compareFlags,
) error {
	t, err := trendOf(ctx, s, ids, nights.Grouping(f.by), f.exclude)
	if err != nil {
		return err
	}
	print := map[string]func(io.Writer, nights.Trend) error{
		"table": report.Trend, "markdown": report.TrendMarkdown, "csv": report.TrendCSV,
		"json": report.TrendJSON,
	}
	return print[f.format](w, t)
}

// trendOf finds how configurations did over the nights that some runs stand for.
func trendOf(
	ctx context.Context, s *results.Store, ids []string, by nights.Grouping, exclude string,
) (t nights.Trend, err error) {
	if err := allWithTrials(ctx, s, ids); err != nil {
		return t, err
	}
	runs, err := nightsOf(ctx, s, ids)
	if err != nil {
		return t, err
	}
	i := slices.IndexFunc(runs, func(r results.Run) bool { return r.Imported != "" })
	if i >= 0 && by != nights.ByNight {
		return t, bench.Usagef("--by %s: run %s was imported from %s, and nobody knows its %s", by,
			runs[i].ID, runs[i].Imported, by)
	}
	all, left, err := readNights(ctx, s, runs, exclude)
	if err != nil {
		return t, err
	}
	t = nights.Trends(all, by, stats.Resampling{
		Resamples: 10_000, Confidence: nights.Confidence,
	})
	t.Excluded = left
	if len(t.Occasions) < 2 {
		return t, bench.Usagef("--by %s: all nights have the same, and nothing to compare", by)
	}
	return t, nil
}

// nightsOf are runs in the order in which they were started. One alone stands for
// itself and the ended runs with its name before it.
func nightsOf(ctx context.Context, s *results.Store, ids []string) ([]results.Run, error) {
	all, err := s.Runs(ctx)
	if err != nil {
		return nil, err
	}
	var chosen []results.Run
	for _, r := range all {
		if slices.Contains(ids, r.ID) {
			chosen = append(chosen, r)
		}
	}
	if len(chosen) == 1 {
		last := chosen[0]
		for _, r := range all {
			if byStart(r, last) < 0 && isNight(r, last) && r.Name == last.Name {
				chosen = append(chosen, r)
			}
		}
		if len(chosen) == 1 {
			return nil, bench.Usagef("a trend takes two nights, and no run before %s has its name, %s: "+
				"name the runs", last.ID, last.Name)
		}
	}
	slices.SortFunc(chosen, byStart)
	return chosen, nil
}
