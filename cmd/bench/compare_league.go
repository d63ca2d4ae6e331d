package main

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"bench"
	"bench/results"
	"bench/results/compare"
	"bench/results/report"
)

// checkLeague refuses a league that nobody can rank, and what means nothing beside it.
func (f *compareFlags) checkLeague(c *cobra.Command) error {
	if !f.league {
		return nil
	}
	if f.lambda == 0 {
		return bench.Usagef("--league ranks by net benefit: say with --lambda how many dollars one " +
			"more resolved task is worth to you")
	}
	return refuse(c, "league", "baseline", "margin-pp", "metrics", "sidekick-price", "trend",
		"columns", "sort", "full")
}

// printLeague prints how sidekicks rank.
func printLeague(
	ctx context.Context, w io.Writer, s *results.Store, runs []string, f compareFlags,
) error {
	if err := allWithTrials(ctx, s, runs); err != nil {
		return err
	}
	for _, id := range runs {
		r, err := s.Run(ctx, id)
		if err == nil {
			err = errors.Join(ofItsOwn(ctx, s, r), ofFixedSize(r))
		}
		if err != nil {
			return err
		}
	}
	o, err := compareOptions(ctx, s, runs, f)
	if err != nil {
		return err
	}
	standings, err := compare.RankSidekicks(ctx, s, runs, o)
	if errors.Is(err, compare.ErrNoLeague) {
		return bench.Usagef("--league: %w: give one main model several sidekicks, in one run or several",
			err)
	}
	if err != nil {
		return err
	}
	print := map[string]func(io.Writer, compare.Standings) error{
		"table": report.League, "markdown": report.LeagueMarkdown, "csv": report.LeagueCSV,
		"json": report.LeagueJSON,
	}
	return print[f.format](w, standings)
}
